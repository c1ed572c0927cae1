import ErrorModel

/// Makes a digest a second time, the slow way, from the event decoded in full.
enum DigestReference {
    /// What differs between the digest of the hot path and the one made here; nil for nothing.
    static func difference(
        _ event: IntakeEvent, receivedAt: Timestamp, salt: [UInt8]
    ) throws -> String? {
        let full = try ErrorEvent.fromData(event.data.span.bytes)
        let view = try EventDigestView(event.digest)
        let expected = try EventDigestView(digest(full, view, receivedAt, salt).encoded()).digest
        if view.digest != expected { return "\(view.digest) ≠ \(expected)" }
        let known = try EventIntake.fingerprints(ofData: event.data.span.bytes)
        for version in FingerprintVersion.allCases
        where known[version] != full.fingerprint(version) {
            return "fingerprint by version \(version)"
        }
        if full.id ?? event.id != event.id { return "id" }
        if full.kind != event.kind { return "kind" }
        let keys = IntakeKeys(
            issue: event.keys.issue,
            user: EventKeys.user(full.user?.key ?? "", salt: salt),
            trace: EventKeys.trace(full.traceID ?? ""),
            session: EventKeys.session(full.sessionID ?? ""))
        return keys == event.keys ? nil : "\(keys) ≠ \(event.keys)"
    }

    private static func digest(
        _ event: ErrorEvent, _ view: EventDigestView, _ receivedAt: Timestamp, _ salt: [UInt8]
    ) -> EventDigest {
        var digest = EventDigest(
            type: event.shownType, value: event.value ?? "", fingerprint: event.fingerprint,
            happened: view.happened, level: event.level, action: event.action)
        digest.culprit = event.culprit
        digest.release = event.release ?? ""
        digest.environment =
            event.environment.flatMap { $0.isEmpty ? nil : $0 }
            ?? EventDigestLimits.defaultEnvironment
        digest.platform = event.platform.flatMap { $0.isEmpty ? nil : $0 } ?? "other"
        digest.account = EventKeys.account(event.account?.id ?? "", salt: salt)
        digest.tags = event.tags
        // Bits that the event as a value does not hold are taken over.
        digest.flags = view.flags.intersection([.mended, .clientFingerprint])
        if !event.saysHow { digest.flags.insert(.handledUnknown) }
        if digest.release.isEmpty { digest.flags.insert(.noRelease) }
        return digest
    }
}
