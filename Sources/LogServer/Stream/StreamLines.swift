import Glibc

/// Cuts the bytes of a stream into lines where they lie.
///
/// A plain value. However the bytes are cut, the same lines come out. It holds what was received
/// and not handed on, and never more than the limit of a line that has no end yet.
struct StreamLines {
    struct Line: Equatable {
        /// From 1 on.
        var number: Int
        /// The byte of the stream at which it begins, from 0 on.
        var byte: Int
        /// Where its bytes stand in `bytes`, without `\n` or `\r\n`; nil where it was too long.
        var range: Range<Int>?
    }

    private let limit: Int
    /// Ranges of lines hold until the next `receive`.
    private(set) var bytes: [UInt8] = []
    /// The place in the stream of the first of `bytes`.
    private(set) var base = 0
    /// The first byte that is not handed on.
    private var head = 0
    /// In front of it no newline was found.
    private var scanned = 0
    private var number = 0
    /// Where a line began whose rest is thrown away.
    private var skipped: Int?
    /// Where one began whose end has come.
    private var tooLong: Int?
    private var isEnded = false

    /// `limit`: bytes of the longest line that is handed on, without its end.
    init(limit: Int) { self.limit = limit }

    /// Bytes that are held.
    var heldByteCount: Int { bytes.count - head }

    /// Takes the next bytes.
    mutating func receive(_ more: UnsafeRawBufferPointer) {
        compact()
        guard let start = skipped else { return bytes.append(contentsOf: more) }
        guard let newline = Self.newline(more, from: 0) else {
            base += more.count
            return
        }
        skipped = nil
        tooLong = start
        base += newline + 1
        bytes.append(contentsOf: more[(newline + 1)...])
    }

    /// No more bytes will come: what is left without an end is the last line.
    mutating func end() { isEnded = true }

    /// Counts lines and bytes from here on.
    mutating func restart() {
        base = -head
        number = 0
    }

    /// The next whole line, if there is one.
    mutating func next() -> Line? {
        if let start = tooLong {
            tooLong = nil
            return line(from: start, range: nil)
        }
        if let start = skipped {
            guard isEnded else { return nil }
            skipped = nil
            return line(from: start, range: nil)
        }
        let newline = bytes.withUnsafeBytes { Self.newline($0, from: max(head, scanned)) }
        if let newline {
            defer { (head, scanned) = (newline + 1, newline + 1) }
            return line(upTo: newline)
        }
        scanned = bytes.count
        if isEnded, head < bytes.count {
            defer { head = bytes.count }
            return line(upTo: bytes.count)
        }
        // One byte more: it may be the \r of a line that just fits.
        if heldByteCount > limit + 1 {
            skipped = base + head
            head = bytes.count
        }
        return nil
    }

    private mutating func line(upTo end: Int) -> Line {
        let hasReturn = end > head && bytes[end - 1] == UInt8(ascii: "\r")
        let range = head..<(hasReturn ? end - 1 : end)
        return line(from: base + head, range: range.count > limit ? nil : range)
    }

    private mutating func line(from byte: Int, range: Range<Int>?) -> Line {
        number += 1
        return Line(number: number, byte: byte, range: range)
    }

    /// Puts spaces in the place of a part of a line.
    mutating func blank(_ range: Range<Int>) {
        for index in range { bytes[index] = UInt8(ascii: " ") }
    }

    private mutating func compact() {
        guard head > 0 else { return }
        base += head
        if head == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= StreamLimits.keptBufferBytes * 2)
        } else {
            bytes.removeSubrange(..<head)
        }
        scanned -= min(head, scanned)
        head = 0
    }

    private static func newline(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count,
            let found = memchr(base + start, 0x0A, bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
