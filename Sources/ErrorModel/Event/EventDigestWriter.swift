/// Builds the binary form of a digest; the layout is in the table above `EventDigest`.
struct EventDigestWriter {
    enum Field: Int {
        case type, value, culprit, release, environment, platform

        var limit: Int {
            switch self {
            case .type: EventDigestLimits.type
            case .value: EventDigestLimits.value
            case .culprit: EventDigestLimits.culprit
            case .release: EventDigestLimits.release
            case .environment: EventDigestLimits.environment
            case .platform: EventDigestLimits.platform
            }
        }

        static func all(_ texts: String...) -> [(Field, String)] {
            texts.enumerated().compactMap { index, text in
                Field(rawValue: index).map { ($0, text) }
            }
        }
    }

    var level = Level.error
    var action = Action.caught
    var flags: EventDigest.Flags = []
    var fingerprintVersion = FingerprintVersion.standard.rawValue
    var fingerprint: UInt64 = 0
    var happened = Timestamp(microseconds: 0)
    var account: UInt64 = 0

    private var bytes: [UInt8]
    private var lengths = InlineArray<6, UInt16>(repeating: 0)
    private var tagCount: UInt16 = 0

    /// Room for a usual digest, so that building it allocates once.
    private static let usualByteCount = 640

    init() {
        bytes = []
        bytes.reserveCapacity(Self.usualByteCount)
        bytes.append(contentsOf: repeatElement(0, count: EventDigest.fixedByteCount))
    }

    /// Appends a string; each field once, in the order of `Field`.
    mutating func append(_ field: Field, _ text: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        seal(field, from: start)
    }

    /// Appends a string that `body` writes as UTF-8.
    @inline(__always)
    mutating func append(_ field: Field, _ body: (inout [UInt8]) -> Void) {
        let start = bytes.count
        body(&bytes)
        seal(field, from: start)
    }

    private mutating func seal(_ field: Field, from start: Int) {
        lengths[field.rawValue] = mend(from: start, limit: field.limit)
    }

    mutating func appendTag(_ tag: EventDigest.Tag) {
        appendTag(
            { $0.append(contentsOf: tag.key.utf8) }, { $0.append(contentsOf: tag.value.utf8) })
    }

    /// Appends a tag; in the order of their keys, at most `EventDigestLimits.tagCount`.
    @inline(__always)
    mutating func appendTag(_ key: (inout [UInt8]) -> Void, _ value: (inout [UInt8]) -> Void) {
        guard tagCount < UInt16(EventDigestLimits.tagCount) else { return }
        let start = bytes.count
        for _ in 0..<4 { bytes.append(0) }
        key(&bytes)
        let keyLength = mend(from: start + 4, limit: EventDigestLimits.tagKey)
        let valueStart = bytes.count
        value(&bytes)
        let valueLength = mend(from: valueStart, limit: EventDigestLimits.tagValue)
        store(keyLength, at: start)
        store(valueLength, at: start + 2)
        tagCount += 1
    }

    /// Cuts what was appended since `start` to the limit and replaces U+0000; gives its length.
    private mutating func mend(from start: Int, limit: Int) -> UInt16 {
        if holdsZero(from: start) { replaceZeros(from: start) }
        if bytes.count - start > limit {
            var end = start + limit
            // Back to the first byte of a scalar: continuation bytes are 0b10xxxxxx.
            while end > start, bytes[end] & 0xC0 == 0x80 { end -= 1 }
            bytes.removeSubrange(end...)
        }
        return UInt16(bytes.count - start)
    }

    @inline(__always)
    private func holdsZero(from start: Int) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var low: UInt8 = 1
            for index in start..<buffer.count { low = min(low, buffer[index]) }
            return low == 0
        }
    }

    private mutating func replaceZeros(from start: Int) {
        let mended = bytes[start...].flatMap { $0 == 0 ? JSONEscapes.replacement : [$0] }
        bytes.replaceSubrange(start..., with: mended)
    }

    private mutating func store(_ value: some FixedWidthInteger, at offset: Int) {
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value))
        }
    }

    mutating func finish() -> [UInt8] {
        bytes[0] = EventDigest.version
        bytes[1] = fingerprintVersion
        bytes[2] = level.rawValue
        bytes[3] = action.rawValue
        store(flags.rawValue, at: 4)
        store(tagCount, at: 6)
        store(fingerprint, at: 8)
        store(happened.microseconds, at: 16)
        store(account, at: 24)
        for index in 0..<6 { store(lengths[index], at: 32 + 2 * index) }
        return bytes
    }

    /// Sorted by the bytes of their keys; of tags with one key the last.
    static func sorted(_ tags: [EventDigest.Tag]) -> [EventDigest.Tag] {
        var byKey: [String: String] = [:]
        for tag in tags { byKey[tag.key] = tag.value }
        return byKey.map { EventDigest.Tag(key: $0.key, value: $0.value) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
