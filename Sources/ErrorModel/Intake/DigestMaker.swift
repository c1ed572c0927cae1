/// Turns the facts of a payload into keys and digest; pure.
struct DigestMaker {
    let bytes: JSONBytes
    let facts: EventFacts
    let envelope: EnvelopeFacts
    let receivedAt: Timestamp
    let project: UInt32
    let salt: [UInt8]
    let isMended: Bool
    let version: FingerprintVersion

    /// How far an SDK's clock may be off before its times are moved.
    static let skewTolerance = Timestamp(microseconds: 60 * Timestamp.microsecondsPerSecond)

    /// The earlier of the client's time, its clock put right, and the time of receipt.
    static func happened(
        _ timestamp: Timestamp?, sentAt: Timestamp?, receivedAt: Timestamp
    ) -> Timestamp {
        guard var timestamp else { return receivedAt }
        if let sentAt {
            let (skew, overflow) = receivedAt.microseconds
                .subtractingReportingOverflow(sentAt.microseconds)
            if !overflow, skew.magnitude > skewTolerance.microseconds.magnitude {
                timestamp = timestamp.shifted(byMicroseconds: skew)
            }
        }
        return min(timestamp, receivedAt)
    }

    func make() -> (keys: IntakeKeys, digest: [UInt8]) {
        let (fingerprint, isClient) = fingerprint(version)
        var writer = EventDigestWriter()
        writer.level = facts.level
        writer.action = facts.action
        writer.fingerprintVersion = version.rawValue
        writer.fingerprint = fingerprint
        writer.happened = Self.happened(
            facts.timestamp, sentAt: envelope.sentAt, receivedAt: receivedAt)
        let salt = salt
        writer.account = bytes.withText(facts.user.account) {
            EventKeys.account($0, salt: salt)
        }
        writer.flags = flags(isClient: isClient)
        appendStrings(to: &writer)
        appendTags(to: &writer)
        return (keys(fingerprint), writer.finish())
    }

    private func flags(isClient: Bool) -> EventDigest.Flags {
        var flags: EventDigest.Flags = []
        if !facts.saysHow { flags.insert(.handledUnknown) }
        if isClient { flags.insert(.clientFingerprint) }
        if facts.release.isEmpty { flags.insert(.noRelease) }
        if isMended { flags.insert(.mended) }
        return flags
    }

    private func keys(_ fingerprint: UInt64) -> IntakeKeys {
        let salt = salt
        return IntakeKeys(
            issue: EventKeys.issue(project: project, fingerprint: fingerprint),
            user: bytes.withText(facts.user.key(bytes)) { EventKeys.user($0, salt: salt) },
            trace: facts.traceID.isEmpty
                ? envelope.traceID.map(EventKeys.trace) ?? 0
                : bytes.withText(facts.traceID) { EventKeys.trace($0) },
            session: bytes.withText(facts.sessionID) { EventKeys.session($0) })
    }

    // MARK: Fingerprint

    /// The fingerprint by every version of the rules.
    func fingerprints() -> Fingerprints {
        var all = Fingerprints()
        for version in FingerprintVersion.allCases { all[version] = fingerprint(version).0 }
        return all
    }

    private func fingerprint(_ version: FingerprintVersion) -> (UInt64, isClient: Bool) {
        let text = canonicalText(version)
        if facts.fingerprint.isEmpty { return (text.hash, false) }
        let parts = facts.fingerprint.map { bytes.string($0) }
        let defaultText = String(decoding: text.bytes, as: UTF8.self)
        guard let client = Fingerprint.clientText(parts: parts, defaultText: defaultText) else {
            return (text.hash, false)
        }
        return (Fingerprint.hash(canonical: client), true)
    }

    private func canonicalText(_ version: FingerprintVersion) -> CanonicalText {
        // Closures that name a member take a copy of all of them.
        let hasException = facts.hasException
        let language = withPlatform { FrameLanguage(platform: $0) }
        var text = withType {
            CanonicalText(language: language, type: hasException ? $0 : nil)
        }
        let choice = facts.stack.choice(language, version)
        let count = facts.stackIsOfCause ? 0 : facts.stack.count(choice)
        for index in 0..<count {
            Self.append(facts.stack.frame(index, choice), of: bytes, to: &text)
        }
        if count > 0 { return text }
        if let frames = facts.rawStack?.frames,
            Fingerprint.append(frames.map(\.fingerprintFrame), language, version, to: &text)
        {
            return text
        }
        if !facts.template.isEmpty {
            bytes.withText(facts.template) { text.appendTemplate($0) }
        } else if let composed = facts.composedValue {
            composed.withUnsafeBytes { text.appendMessage($0) }
        } else {
            bytes.withText(facts.value) { text.appendMessage($0) }
        }
        return text
    }

    /// Lends the type, else the one that the raw stack says.
    @inline(__always)
    private func withType<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if facts.type.isEmpty, var type = facts.rawStack?.type {
            return type.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        }
        return bytes.withText(facts.type, body)
    }

    /// Lends the platform, else the one whose form the raw stack has.
    @inline(__always)
    private func withPlatform<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if facts.platform.isEmpty, var platform = facts.rawStack?.platform {
            return platform.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        }
        return bytes.withText(facts.platform, body)
    }

    @inline(__always)
    private static func append(
        _ frame: FrameFacts, of bytes: JSONBytes, to text: inout CanonicalText
    ) {
        bytes.withText(frame.function) { function in
            bytes.withText(frame.place) { file in
                bytes.withText(frame.module) { module in
                    text.appendFrame(
                        function: function, file: file, module: module,
                        isResolved: frame.isResolved)
                }
            }
        }
    }

    // MARK: Strings and tags

    private func appendStrings(to writer: inout EventDigestWriter) {
        writer.append(.type) { output in
            withType { type in
                let name = type.trimmedText
                if !name.isEmpty {
                    output.append(contentsOf: name)
                } else {
                    output.append(contentsOf: facts.hasException ? "Error".utf8 : "Message".utf8)
                }
            }
        }
        writer.append(.value) { output in
            if let composed = facts.composedValue {
                output.append(contentsOf: composed)
            } else {
                append(facts.value, .value, to: &output)
            }
        }
        writer.append(.culprit) { appendCulprit(to: &$0) }
        writer.append(.release) { append(facts.release, .release, to: &$0) }
        writer.append(.environment) { output in
            if facts.environment.isEmpty {
                output.append(contentsOf: EventDigestLimits.defaultEnvironment.utf8)
            } else {
                append(facts.environment, .environment, to: &output)
            }
        }
        writer.append(.platform) { output in
            if facts.platform.isEmpty {
                output.append(contentsOf: (facts.rawStack?.platform ?? "other").utf8)
            } else {
                append(facts.platform, .platform, to: &output)
            }
        }
    }

    private func appendCulprit(to output: inout [UInt8]) {
        if !facts.transaction.isEmpty {
            append(facts.transaction, .culprit, to: &output)
        } else if let frame = facts.stack.nearest {
            append(frame.function, .culprit, to: &output)
            if frame.function.isEmpty { output.append(contentsOf: "<anonymous>".utf8) }
            let place = frame.place.or(frame.module)
            if place.isEmpty { return }
            output.append(contentsOf: " in ".utf8)
            append(place, .culprit, to: &output)
        } else if let frame = facts.rawStack?.frames.first {
            output.append(contentsOf: frame.place.utf8)
        }
    }

    /// Appends the value, of a long one only what the field's bound can hold.
    @inline(__always)
    private func append(
        _ slice: JSONSlice, _ field: EventDigestWriter.Field, to output: inout [UInt8]
    ) {
        if slice.hasEscapes {
            bytes.append(slice, to: &output)
        } else {
            // A few bytes more than the bound, so that the cut finds the start of a scalar.
            let text = bytes.raw(slice)
            output.append(contentsOf: text[..<min(text.count, field.limit + 4)])
        }
    }

    private func appendTags(to writer: inout EventDigestWriter) {
        if facts.tags.isEmpty { return }
        for tag in sortedTags() where !tag.value.isMissing {
            writer.appendTag(
                { bytes.append(tag.key, to: &$0) }, { bytes.append(tag.value, to: &$0) })
        }
    }

    /// Sorted by key; of one key the last.
    ///
    /// Insertion costs the square of their number, which is bounded first.
    private func sortedTags() -> [TagFacts] {
        var sorted = facts.tags
        var count = 0
        if sorted.count > Self.insertionLimit { return mergedTags() }
        for tag in facts.tags {
            var place = count
            // Most SDKs send few tags, and nearly sorted: insertion is the quickest.
            while place > 0, precedes(tag.key, sorted[place - 1].key) { place -= 1 }
            if place > 0, !precedes(sorted[place - 1].key, tag.key) {
                sorted[place - 1] = tag
                continue
            }
            var index = count
            while index > place {
                sorted[index] = sorted[index - 1]
                index -= 1
            }
            sorted[place] = tag
            count += 1
        }
        sorted.removeLast(sorted.count - count)
        return sorted
    }

    /// From so many tags on they are sorted by merging, which hostile numbers cannot slow down.
    private static let insertionLimit = 64

    private func mergedTags() -> [TagFacts] {
        // Stable, so that of one key the last in the payload stands last.
        let sorted = facts.tags.sorted { precedes($0.key, $1.key) }
        var unique: [TagFacts] = []
        for tag in sorted {
            if let last = unique.last, !precedes(last.key, tag.key) { unique.removeLast() }
            unique.append(tag)
        }
        return unique
    }

    private func precedes(_ left: JSONSlice, _ right: JSONSlice) -> Bool {
        bytes.withText(left) { left in
            bytes.withText(right) { right in
                for index in 0..<min(left.count, right.count) where left[index] != right[index] {
                    return left[index] < right[index]
                }
                return left.count < right.count
            }
        }
    }
}
