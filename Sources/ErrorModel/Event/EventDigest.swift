/// What folds read of an event: the small binary summary that is stored beside the payload.
///
/// A digest is a pure function, in this version, of the record's `data`, its time of receipt, its
/// project and the project's salt: it can be made again from them, byte for byte.
///
/// Version 1, little-endian:
///
/// | bytes | what |
/// |---|---|
/// | 0 | version of this layout, 1 |
/// | 1 | version of the fingerprint's rules (`FingerprintVersion`) |
/// | 2 | level (`Level.rawValue`) |
/// | 3 | action (`Action.rawValue`) |
/// | 4–5 | flags (`Flags`) |
/// | 6–7 | number of tags |
/// | 8–15 | fingerprint: the first 8 bytes of the SHA-256, read big-endian |
/// | 16–23 | happened, microseconds since 1970, signed |
/// | 24–31 | account key, 0 = none |
/// | 32–43 | byte lengths of the six strings, 2 bytes each |
/// | 44–47 | reserved, 0 |
/// | 48… | type, value, culprit, release, environment, platform, in UTF-8 without a U+0000 |
/// | … | the tags, sorted by the bytes of their keys: key length (2), value length (2), key, value |
package struct EventDigest: Equatable, Sendable {
    package static let version: UInt8 = 1
    static let fixedByteCount = 48

    package struct Flags: OptionSet, Hashable, Sendable {
        package var rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The SDK did not say whether the error was handled.
        package static let handledUnknown = Flags(rawValue: 1)
        /// The fingerprint came from the client, wholly or in part.
        package static let clientFingerprint = Flags(rawValue: 2)
        /// The event names no release.
        package static let noRelease = Flags(rawValue: 4)
        /// Bytes of the payload were replaced by U+FFFD, or dropped, to make it storable.
        package static let mended = Flags(rawValue: 8)
        /// One of a storm: it is counted, its payload was not kept.
        package static let sampled = Flags(rawValue: 16)
        /// Taken in while its project grouped by another version than the fold that reads it;
        /// never stored.
        package static let otherGrouping = Flags(rawValue: 1 << 15)
    }

    /// The binary form of a digest with more flags set.
    package static func marked(_ digest: [UInt8], _ flags: Flags) -> [UInt8] {
        precondition(digest.count >= fixedByteCount, "not a digest in its binary form")
        var digest = digest
        digest[flagsPosition] |= UInt8(truncatingIfNeeded: flags.rawValue)
        digest[flagsPosition + 1] |= UInt8(truncatingIfNeeded: flags.rawValue >> 8)
        return digest
    }

    /// The binary form of a digest with another fingerprint.
    package static func regrouped(
        _ digest: [UInt8], _ fingerprint: UInt64, _ version: FingerprintVersion
    ) -> [UInt8] {
        precondition(digest.count >= fixedByteCount, "not a digest in its binary form")
        var digest = digest
        digest[versionPosition] = version.rawValue
        for byte in 0..<8 {
            digest[fingerprintPosition + byte] = UInt8(
                truncatingIfNeeded: fingerprint >> (8 * byte))
        }
        return digest
    }

    /// Little-endian, as the table says.
    private static let versionPosition = 1
    private static let flagsPosition = 4
    private static let fingerprintPosition = 8

    package struct Tag: Hashable, Sendable {
        package var key: String
        package var value: String
        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    package var level: Level
    package var action: Action
    package var flags: Flags = []
    package var fingerprintVersion: UInt8 = FingerprintVersion.standard.rawValue
    package var fingerprint: UInt64
    package var happened: Timestamp
    package var account: UInt64 = 0
    package var type: String
    /// The text of the exception or message.
    package var value: String
    /// Where it happened: the transaction, else function and file of the frame nearest the throw.
    package var culprit: String = ""
    package var release: String = ""
    package var environment: String = EventDigestLimits.defaultEnvironment
    package var platform: String = ""
    package var tags: [Tag] = []

    package init(
        type: String, value: String, fingerprint: UInt64, happened: Timestamp,
        level: Level = .error, action: Action = .caught
    ) {
        self.type = type
        self.value = value
        self.fingerprint = fingerprint
        self.happened = happened
        self.level = level
        self.action = action
    }

    /// The binary form: strings cut to their bounds on UTF-8 boundaries, tags sorted by key, of
    /// tags with one key the last.
    package func encoded() -> [UInt8] {
        var writer = EventDigestWriter()
        writer.level = level
        writer.action = action
        writer.flags = flags
        writer.fingerprintVersion = fingerprintVersion
        writer.fingerprint = fingerprint
        writer.happened = happened
        writer.account = account
        for (field, text) in EventDigestWriter.Field.all(
            type, value, culprit, release, environment, platform)
        {
            writer.append(field, text)
        }
        for tag in EventDigestWriter.sorted(tags) { writer.appendTag(tag) }
        return writer.finish()
    }
}

/// The bounds of a digest, in bytes of UTF-8.
///
/// They keep it a few hundred bytes, so that a fold of
/// millions stays in memory, and rows of views short; the payload keeps the whole text.
package enum EventDigestLimits {
    /// Qualified class names reach about 100.
    package static let type = 128
    /// One line of an issue list.
    package static let value = 256
    /// Sentry's own bound for `culprit`.
    package static let culprit = 200
    /// Sentry's own bound for a release name.
    package static let release = 250
    /// Sentry's own bound for an environment name.
    package static let environment = 64
    /// The longest platform name in use has 13.
    package static let platform = 32
    /// Sentry allows 32 characters, newer SDKs send up to 200; longer ones are no facets.
    package static let tagKey = 64
    /// Sentry's own bound for a tag's value.
    package static let tagValue = 200
    /// Beyond this nobody filters by them; the payload keeps all.
    package static let tagCount = 50
    /// What an event without environment counts as.
    package static let defaultEnvironment = "production"
}
