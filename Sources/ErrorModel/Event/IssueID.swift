/// The stable name of an issue: its project and its fingerprint, as in `1-30b4d8a9847d6360`.
///
/// A function of what the log holds alone, so that it is the same after every rebuild.
package struct IssueID: Hashable, Sendable, CustomStringConvertible {
    package var project: UInt32
    package var fingerprint: UInt64

    package init(project: UInt32, fingerprint: UInt64) {
        self.project = project
        self.fingerprint = fingerprint
    }

    /// Returns nil where `text` is not of the form.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let project = UInt32(parts[0]),
            let fingerprint = HexText.value(String(parts[1]))
        else { return nil }
        self.init(project: project, fingerprint: fingerprint)
    }

    /// The fingerprint as 16 lower-case hexadecimal characters.
    package static func text(_ fingerprint: UInt64) -> String { HexText.text(fingerprint) }

    package var description: String { "\(project)-\(Self.text(fingerprint))" }
}

extension EventKeys {
    /// The key under which the log finds the events of an issue.
    package static func issue(_ id: IssueID) -> UInt64 {
        issue(project: id.project, fingerprint: id.fingerprint)
    }
}
