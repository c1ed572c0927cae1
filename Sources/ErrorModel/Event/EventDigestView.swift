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
        let header = try bytes.withUnsafeBytes { EventDigestHeader.read($0) }.get()
        self.bytes = bytes
        level = header.level
        action = header.action
        flags = header.flags
        fingerprintVersion = header.fingerprintVersion
        fingerprint = header.fingerprint
        happened = header.happened
        account = header.account
        tagCount = header.tagCount

        let lengths = header.lengths
        let start = bytes.startIndex + EventDigest.fixedByteCount
        typeRange = start..<start + lengths[0]
        valueRange = typeRange.upperBound..<typeRange.upperBound + lengths[1]
        culpritRange = valueRange.upperBound..<valueRange.upperBound + lengths[2]
        releaseRange = culpritRange.upperBound..<culpritRange.upperBound + lengths[3]
        environmentRange = releaseRange.upperBound..<releaseRange.upperBound + lengths[4]
        platformRange = environmentRange.upperBound..<environmentRange.upperBound + lengths[5]
        tagsStart = platformRange.upperBound
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
        var place = tagsStart
        for _ in 0..<tagCount {
            let keyStart = place + 4
            let keyEnd = keyStart + length(place)
            let valueEnd = keyEnd + length(place + 2)
            body(keyStart..<keyEnd, keyEnd..<valueEnd)
            place = valueEnd
        }
    }

    private func length(_ place: Int) -> Int { Int(bytes[place]) | Int(bytes[place + 1]) << 8 }

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

/// What stands in front of a digest's strings, read and checked at once.
///
/// Folds read millions: from borrowed bytes, so that no access counts references.
package struct EventDigestHeader {
    package fileprivate(set) var level: Level
    package fileprivate(set) var action: Action
    package fileprivate(set) var flags: EventDigest.Flags
    package fileprivate(set) var fingerprintVersion: UInt8
    package fileprivate(set) var fingerprint: UInt64
    package fileprivate(set) var happened: Timestamp
    package fileprivate(set) var account: UInt64
    package fileprivate(set) var tagCount: Int
    /// Of type, value, culprit, release, environment and platform.
    fileprivate var lengths = InlineArray<6, Int>(repeating: 0)

    /// Where the release is, counted from the first byte of the digest.
    package var releaseRange: Range<Int> {
        let start = EventDigest.fixedByteCount + lengths[0] + lengths[1] + lengths[2]
        return start..<start + lengths[3]
    }

    /// Where the environment is, likewise.
    package var environmentRange: Range<Int> {
        let start = releaseRange.upperBound
        return start..<start + lengths[4]
    }

    /// Reads the whole of a digest; a failure is an error of the bytes.
    package static func read(
        _ bytes: UnsafeRawBufferPointer
    ) -> Result<EventDigestHeader, DigestError> {
        guard bytes.count >= EventDigest.fixedByteCount else {
            return .failure(
                .wrongLength(expected: EventDigest.fixedByteCount, actual: bytes.count))
        }
        guard bytes[0] == EventDigest.version else { return .failure(.unknownVersion(bytes[0])) }
        guard let level = Level(rawValue: bytes[2]) else {
            return .failure(.invalidField(offset: 2))
        }
        guard let action = Action(rawValue: bytes[3]) else {
            return .failure(.invalidField(offset: 3))
        }
        var header = EventDigestHeader(
            level: level, action: action,
            flags: EventDigest.Flags(rawValue: bytes.integer(4)), fingerprintVersion: bytes[1],
            fingerprint: bytes.integer(8),
            happened: Timestamp(microseconds: bytes.integer(16)), account: bytes.integer(24),
            tagCount: Int(bytes.integer(6) as UInt16))
        var end = EventDigest.fixedByteCount
        for field in 0..<6 {
            header.lengths[field] = Int(bytes.integer(32 + 2 * field) as UInt16)
            end += header.lengths[field]
        }
        for _ in 0..<header.tagCount {
            guard end + 4 <= bytes.count else {
                return .failure(.wrongLength(expected: end + 4, actual: bytes.count))
            }
            end += 4 + Int(bytes.integer(end) as UInt16) + Int(bytes.integer(end + 2) as UInt16)
        }
        if end != bytes.count {
            return .failure(.wrongLength(expected: end, actual: bytes.count))
        }
        return .success(header)
    }
}

extension UnsafeRawBufferPointer {
    /// The little-endian integer at a place that is inside the bytes.
    @inline(__always)
    fileprivate func integer<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> T {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count)
        return T(littleEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}
