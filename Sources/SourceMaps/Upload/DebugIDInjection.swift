import ErrorModel

/// Why a debug id cannot be put into a script and its map.
package enum DebugIDInjectionError: Error, Equatable, Sendable, CustomStringConvertible {
    case map(SourceMapError)
    /// The map is valid, and yet not of the form that can be changed in place.
    case mapText
    case escapedMappings
    case different(script: DebugID, map: DebugID)

    package var description: String {
        switch self {
        case .map(let error): "its map is none: \(error)"
        case .mapText: "its map cannot be changed: a section has no place, or stands too deep"
        case .escapedMappings: "its map cannot be changed: there are escapes in its mappings"
        case .different(let script, let map):
            "it has the debug id \(script) and its map \(map): build both anew"
        }
    }
}

/// Ties a script to its map by one debug id, in both texts.
///
/// Pure. The script gets a line of code at its front, by which SDKs of browsers tell the id with
/// every event, and a comment at its end, as the debug id proposal of ECMA-426 has it; the map gets
/// the id, and a line more. What has an id already keeps it, so that it can be done again.
package struct DebugIDInjection: Equatable, Sendable {
    package let debugID: DebugID
    /// The texts as they should be; nil: as they are.
    package let script: [UInt8]?
    package let map: [UInt8]?

    init(debugID: DebugID, script: [UInt8]? = nil, map: [UInt8]? = nil) {
        (self.debugID, self.script, self.map) = (debugID, script, map)
    }

    /// - Parameters:
    ///   - map: text that has been decoded as `decoded`.
    package init(
        script: [UInt8], map: [UInt8], decoded: SourceMap
    ) throws(DebugIDInjectionError) {
        let inScript = MapComments(of: script, language: .javaScript).debugID
        switch (inScript, decoded.debugID) {
        case (let script?, let map?) where script != map:
            throw .different(script: script, map: map)
        case (let id?, .some):
            (debugID, self.script, self.map) = (id, nil, nil)
        case (let id?, nil):
            (debugID, self.script) = (id, nil)
            self.map = try MapEdit.tie(map, to: id, insertedLine: nil)
        case (nil, let known):
            // The same build gets the same id, whoever asks.
            let id = known ?? DebugID(hashing: [script, map])
            let front = ScriptFront(script)
            debugID = id
            self.script = Self.inject(id, into: script, front)
            let tied = try MapEdit.tie(map, to: id, insertedLine: front.line)
            self.map = tied == map ? nil : tied
        }
    }

    private static func inject(
        _ id: DebugID, into script: [UInt8], _ front: ScriptFront
    ) -> [UInt8] {
        var text = Array(script[..<front.place])
        if front.line > 0, text.last != 0x0A { text.append(0x0A) }
        text += front.directives
        text += Array(snippet(id).utf8)
        text.append(0x0A)
        text += script[front.place...]
        if text.last != 0x0A { text.append(0x0A) }
        text += Array("//# debugId=\(id)\n".utf8)
        return text
    }

    /// One line: who meets an error later finds, by a stack of this file, the file's id.
    private static func snippet(_ id: DebugID) -> String {
        "!function(){try{var g=typeof globalThis!=\"undefined\"?globalThis:typeof window!=\"undefined\""
            + "?window:typeof self!=\"undefined\"?self:typeof global!=\"undefined\"?global:{},"
            + "s=(new g.Error).stack;s&&((g._sentryDebugIds=g._sentryDebugIds||{})[s]=\"\(id)\")"
            + "}catch(e){}}();"
    }
}

/// Where a line of code may be put into a script without changing what the script means.
struct ScriptFront {
    /// Bytes before the place: a byte order mark and a `#!` line.
    private(set) var place = 0
    /// Lines before it.
    private(set) var line = 0
    /// The directives ("use strict") with which the script begins: what is put before them has to
    /// begin with them too.
    private(set) var directives: [UInt8] = []

    init(_ script: [UInt8]) {
        if script.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        if script[place...].starts(with: "#!".utf8) {
            place = script[place...].firstIndex(of: 0x0A).map { $0 + 1 } ?? script.count
            line = 1
        }
        var reader = DirectiveReader(text: script, place: place)
        while let directive = reader.next() { directives += directive + [UInt8(ascii: ";")] }
    }
}

/// Reads the directives at the front of a script: statements of a string alone.
private struct DirectiveReader {
    let text: [UInt8]
    var place: Int

    /// Directives that are told apart; a script with more is odd, and loses the rest of them.
    private static let byteLimit = 64

    mutating func next() -> [UInt8]? {
        place = pass(from: place).place
        guard place < text.count,
            text[place] == UInt8(ascii: "\"") || text[place] == UInt8(ascii: "'")
        else { return nil }
        let start = place
        var end = place + 1
        while end < text.count, text[end] != text[start] {
            // No known directive has an escape or runs over a line.
            if text[end] == UInt8(ascii: "\\") || text[end] == 0x0A { return nil }
            end += 1
        }
        guard end < text.count, end - start <= Self.byteLimit else { return nil }
        let behind = pass(from: end + 1)
        if behind.place < text.count, text[behind.place] == UInt8(ascii: ";") {
            place = behind.place + 1
        } else if behind.sawLineEnd, behind.place < text.count,
            !Self.continues(text[behind.place])
        {
            place = behind.place
        } else {
            return nil
        }
        return Array(text[start...end])
    }

    /// White space and comments.
    private func pass(from start: Int) -> (place: Int, sawLineEnd: Bool) {
        var place = start
        var sawLineEnd = false
        while place < text.count {
            if ASCII.isSpace(text[place]) {
                sawLineEnd = sawLineEnd || text[place] == 0x0A || text[place] == 0x0D
                place += 1
            } else if text[place...].starts(with: "//".utf8) {
                while place < text.count, text[place] != 0x0A { place += 1 }
            } else if text[place...].starts(with: "/*".utf8) {
                var end = place + 2
                while end < text.count, !text[end...].starts(with: "*/".utf8) {
                    sawLineEnd = sawLineEnd || text[end] == 0x0A
                    end += 1
                }
                place = min(end + 2, text.count)
            } else {
                break
            }
        }
        return (place, sawLineEnd)
    }

    /// A byte that makes one expression of a string and what follows on the next line.
    private static func continues(_ byte: UInt8) -> Bool {
        ".([+-*/,?:=<>&|^%`!".utf8.contains(byte)
    }
}

extension DebugID {
    /// The id of texts: a UUID of version 8 (RFC 9562 section 5.8) out of their SHA-256.
    package init(hashing texts: [[UInt8]]) {
        let hash = ContentDigest.sha256(texts)
        func half(_ start: Int) -> UInt64 {
            hash[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        let version: UInt64 = 8 << 12
        let variant: UInt64 = 2 << 62
        self.init(
            high: half(0) & ~0xF000 | version,
            low: half(8) & 0x3FFF_FFFF_FFFF_FFFF | variant)
    }
}
