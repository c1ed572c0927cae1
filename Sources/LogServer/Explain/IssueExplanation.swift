import ErrorModel
import Projections

/// Why an issue is what it is, with the records that it rests on; pure.
struct IssueExplanation {
    var issue: IssueSummary
    /// The fingerprints that it shows, its own first.
    var parts: [IssueID]
    /// Oldest first.
    var acts: [IssueAct]
    var state: PolicyState
    /// By which version of the fingerprint the view groups its project.
    var grouping = Grouping.initial
    /// The newest event that is still whole; nil where none is near.
    var event: ErrorEvent?
    var eventOffset: UInt64?
    /// While it is resolved, what came since.
    var judged: JudgedEvents?
    /// All events since were looked at.
    var isWhole = true

    /// The change of status that holds.
    private var change: IssueAct? {
        acts.last {
            $0.type == RecordKind.issueStatusChanged.name
                || $0.type == RecordKind.issueRegressed.name
                || $0.type == RecordKind.issueActUndone.name
                    && details($0)["act"]?.string == "status"
        }
    }

    private func details(_ act: IssueAct) -> JSONValue {
        (try? JSONValue(parsing: act.details)) ?? .null
    }

    // MARK: sentences

    /// Why it has its status.
    var status: [String] {
        guard let change else { return ["open since its first event: nobody has changed that"] }
        let data = details(change)
        let who = "\(change.actor), \(change.time.text), record \(change.offset)"
        var sentences = ["\(issue.status.rawValue)\(how(data)) by \(who)"]
        if let undoes = data["undoes"]?.int64 {
            sentences[0] += ", which took back record \(undoes)"
        }
        if let text = data["explanation"]?.string { sentences.append(text) }
        if let text = data["comment"]?.string { sentences.append("comment: \(text)") }
        return sentences + condition
    }

    private func how(_ data: JSONValue) -> String {
        switch issue.resolution {
        case .inRelease(let release): " in \(release)"
        case .inNextRelease(let after): " in the release after \(after ?? "none at all")"
        case .anyRelease: ", with no release named,"
        case nil: ""
        }
    }

    private var condition: [String] {
        guard issue.status == .ignored || issue.status == .muted else { return [] }
        guard let until = issue.until else { return ["for ever: no condition opens it"] }
        var sentence = "it opens when: \(until.sentence)"
        if let progress = state.progress {
            switch until {
            case .events(let count): sentence += "; so far \(progress.eventCount) of \(count)"
            case .users(let count): sentence += "; so far \(progress.users.count) of \(count)"
            case .time, .window: break
            }
        }
        return [sentence]
    }

    /// Why it has, or has not, come back.
    var regression: [String] {
        guard issue.status == .resolved, let judged else {
            return issue.status == .regressed
                ? [] : ["an issue that is \(issue.status.rawValue) cannot regress"]
        }
        var sentences = judged.sentences(
            state, resolvedIn: issue.resolution?.release,
            isRestored: change.map { details($0)["undoes"] != nil } ?? false)
        if sentences.isEmpty { sentences = ["no event has come since it was resolved"] }
        if grouping.since > issue.changedOffset,
            judged.groups.contains(where: { $0.group.decision.outcome == .regressed })
        {
            sentences.append(
                "the project was regrouped by record \(grouping.since - 1): what came before it is not judged by that"
            )
        }
        if !isWhole { sentences.append("older ones since the resolve were not looked at again") }
        return sentences
    }

    /// Why its events belong together.
    var grouped: [String] {
        var sentences: [String] = []
        let own = IssueID.text(issue.id.fingerprint)
        let rule = "the first 16 hexadecimal digits of the SHA-256 of a text"
        if let event {
            sentences.append("fingerprint \(own): \(rule), which its newest event shows")
            sentences.append(
                event.clientFingerprint.isEmpty
                    ? Self.rule(grouping.version)
                    : "the SDK has set it: \(event.clientFingerprint.joined(separator: ", "))")
        } else {
            sentences.append("fingerprint \(own): \(rule) that no kept payload shows any more")
        }
        for part in parts.dropFirst() {
            sentences.append("\(part) is merged into it" + merging(part))
        }
        return sentences
    }

    private static func rule(_ version: FingerprintVersion) -> String {
        switch version {
        case .page:
            "type and the three frames nearest to the throw, or the message where there are none"
        case .inAppFirst:
            "type and the three frames of the application's own code nearest to the throw, where there "
                + "are such, else any, or the message where there are none"
        }
    }

    private func merging(_ part: IssueID) -> String {
        let act = acts.last { act in
            act.type == RecordKind.issueMerged.name && act.undoneBy == nil
                && details(act)["moves"]?.array?.contains {
                    $0["part"]?.string == part.description
                } == true
        }
        return act.map { " by \($0.actor), \($0.time.text), record \($0.offset)" } ?? ""
    }

    // MARK: JSON

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", issue.id.description)
        json.member("status", issue.status.rawValue)
        json.key("statusBecause")
        json.beginObject()
        json.member("text", .array(status.map(JSONValue.string)))
        json.member("record", change.map { .integer($0.offset) } ?? .null)
        json.member("actor", change.map { .string($0.actor) } ?? .null)
        if let until = issue.until { json.member("until", until.json) }
        if let progress = state.progress {
            json.member("events", progress.eventCount)
            json.member("users", progress.users.count)
        }
        json.endObject()
        json.key("groupedBecause")
        json.beginObject()
        json.member("text", .array(grouped.map(JSONValue.string)))
        json.member("fingerprint", IssueID.text(issue.id.fingerprint))
        json.member("fingerprintVersion", Int(grouping.version.rawValue))
        if let event {
            json.member("hashedText", hashedText(event))
            json.member("event", event.id.map { .string($0.text) } ?? .null)
            json.member("record", eventOffset.map { .integer($0) } ?? .null)
        }
        json.member("merged", .array(parts.dropFirst().map { .string($0.description) }))
        json.endObject()
        json.key("regressionBecause")
        writeRegression(to: &json)
        json.endObject()
    }

    private func hashedText(_ event: ErrorEvent) -> String {
        let text = event.canonicalText(grouping.version)
        return Fingerprint.clientText(parts: event.clientFingerprint, defaultText: text) ?? text
    }

    private func writeRegression(to json: inout JSONWriter) {
        json.beginObject()
        json.member("text", .array(regression.map(JSONValue.string)))
        json.member("policy", state.regression.rawValue)
        json.member("releaseOrder", state.scheme.rawValue)
        json.member("allEventsLookedAt", isWhole)
        json.key("eventsSince")
        json.beginArray()
        for (group, events, example) in judged?.groups ?? [] {
            json.beginObject()
            json.member("release", group.release.map(JSONValue.string) ?? .null)
            json.member("events", events)
            json.member("reason", group.decision.reason.rawValue)
            json.member("outcome", group.decision.outcome.rawValue)
            json.member("newest", example.text)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}
