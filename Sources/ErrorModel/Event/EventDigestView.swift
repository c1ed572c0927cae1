/// Why bytes are no digest that this version can read.
package enum DigestError: Error, Equatable, Sendable {
    case unknownVersion(UInt8)
    /// The bytes end before what their lengths announce, or go on after it.
    case wrongLength(expected: Int, actual: Int)
    case invalidField(offset: Int)
}

/// Reads a digest in place: numbers at once, strings as byte ranges or Strings on demand.
///
/// All lengths are checked once in `init`; reading afterwards cannot fail.
package struct EventDigestView: Sendable {
    /// The bytes that the ranges count in.
    package let bytes: ArraySlice<UInt8>
    package let level: Level
    package let action: Action
    package let flags: EventDigest.Flags
    package let fingerprintVersion: UInt8
    package let fingerprint: UInt64
    package let happened: Timestamp
    /// The hashed account, 0 = none.
    package let account: UInt64
    package let tagCount: Int

    package let typeRange: Range<Int>
    package let valueRange: Range<Int>
    package let culpritRange: Range<Int>
    package let releaseRange: Range<Int>
    package let environmentRange: Range<Int>
    package let platformRange: Range<Int>
    private let tagsStart: Int

    /// Reads a whole array.
    package init(_ bytes: [UInt8]) throws(DigestError) {
        try self.init(bytes[...])
    }

    /// Reads the bytes of `range` in `bytes`; the ranges of this view count in `bytes`.
    package init(_ bytes: [UInt8], in range: Range<Int>) throws(DigestError) {
        try self.init(bytes[range])
    }

    package init(_ bytes: ArraySlice<UInt8>) throws(DigestError) {
        guard bytes.count >= EventDigest.fixedByteCount else {
            throw .wrongLength(expected: EventDigest.fixedByteCount, actual: bytes.count)
        }
        let reader = DigestReader(bytes)
        let version = reader.byte(0)
        guard version == EventDigest.version else { throw .unknownVersion(version) }
        guard let level = Level(rawValue: reader.byte(2)) else { throw .invalidField(offset: 2) }
        guard let action = Action(rawValue: reader.byte(3)) else { throw .invalidField(offset: 3) }
        self.bytes = bytes
        self.level = level
        self.action = action
        fingerprintVersion = reader.byte(1)
        flags = EventDigest.Flags(rawValue: reader.uint16(4))
        tagCount = Int(reader.uint16(6))
        fingerprint = reader.uint64(8)
        happened = Timestamp(microseconds: Int64(bitPattern: reader.uint64(16)))
        account = reader.uint64(24)

        let start = bytes.startIndex + EventDigest.fixedByteCount
        typeRange = start..<start + reader.length(0)
        valueRange = typeRange.upperBound..<typeRange.upperBound + reader.length(1)
        culpritRange = valueRange.upperBound..<valueRange.upperBound + reader.length(2)
        releaseRange = culpritRange.upperBound..<culpritRange.upperBound + reader.length(3)
        environmentRange = releaseRange.upperBound..<releaseRange.upperBound + reader.length(4)
        platformRange =
            environmentRange.upperBound..<environmentRange.upperBound + reader.length(5)
        tagsStart = platformRange.upperBound

        let end = try reader.endOfTags(from: tagsStart - bytes.startIndex, count: tagCount)
        guard end == bytes.count else { throw .wrongLength(expected: end, actual: bytes.count) }
    }

    package var type: String { string(typeRange) }
    package var value: String { string(valueRange) }
    package var culprit: String { string(culpritRange) }
    package var release: String { string(releaseRange) }
    package var environment: String { string(environmentRange) }
    package var platform: String { string(platformRange) }

    package func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// Calls `body` with the byte ranges of each tag's key and value, in the order of the keys.
    package func forEachTag(_ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
        let reader = DigestReader(bytes)
        var place = tagsStart
        for _ in 0..<tagCount {
            let keyStart = place + 4
            let keyEnd = keyStart + Int(reader.uint16(place - bytes.startIndex))
            let valueEnd = keyEnd + Int(reader.uint16(place + 2 - bytes.startIndex))
            body(keyStart..<keyEnd, keyEnd..<valueEnd)
            place = valueEnd
        }
    }

    package var tags: [EventDigest.Tag] {
        var tags: [EventDigest.Tag] = []
        forEachTag { tags.append(EventDigest.Tag(key: string($0), value: string($1))) }
        return tags
    }

    /// The digest as a value, to be changed or compared.
    package var digest: EventDigest {
        var digest = EventDigest(
            type: type, value: value, fingerprint: fingerprint, happened: happened, level: level,
            action: action)
        digest.flags = flags
        digest.fingerprintVersion = fingerprintVersion
        digest.account = account
        digest.culprit = culprit
        digest.release = release
        digest.environment = environment
        digest.platform = platform
        digest.tags = tags
        return digest
    }
}

/// Little-endian integers at checked offsets.
private struct DigestReader {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    func byte(_ offset: Int) -> UInt8 { bytes[bytes.startIndex + offset] }

    func uint16(_ offset: Int) -> UInt16 {
        UInt16(byte(offset)) | UInt16(byte(offset + 1)) << 8
    }

    func uint64(_ offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset + 8 <= bytes.count, "offset outside of the digest")
        return bytes.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
    }

    func length(_ field: Int) -> Int { Int(uint16(32 + 2 * field)) }

    /// Walks over the tags, checking each length; gives the offset after the last.
    func endOfTags(from start: Int, count: Int) throws(DigestError) -> Int {
        var place = start
        for _ in 0..<count {
            guard place + 4 <= bytes.count else {
                throw .wrongLength(expected: place + 4, actual: bytes.count)
            }
            place += 4 + Int(uint16(place)) + Int(uint16(place + 2))
        }
        return place
    }
}
