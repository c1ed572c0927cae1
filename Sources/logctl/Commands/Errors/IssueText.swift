import ErrorModel

/// One issue for people to read on a terminal.
struct IssueText {
    let issue: JSONValue

    var text: String {
        var lines = [
            plain("title"),
            "\(plain("id"))  \(plain("project"))  \(plain("status"))  \(plain("action"))  "
                + plain("level"),
            "",
            "events \(plain("events")) · users \(plain("users")) · accounts \(plain("accounts"))",
            "first  \(plain("firstSeen"))  release \(orDash("firstRelease"))",
            "last   \(plain("lastSeen"))  release \(orDash("lastRelease"))",
            "seen in " + counts("environmentCounts"),
        ]
        if let sampled = issue["sampledEvents"]?.int64, sampled > 0 {
            lines.append("\(sampled) of the events came in a storm and were counted only")
        }
        if let culprit = issue["culprit"]?.string, !culprit.isEmpty {
            lines.append("culprit \(Terminal.plain(culprit))")
        }
        let merged = (issue["merged"]?.array ?? []).map { Terminal.plain(Cell.text($0)) }
        if !merged.isEmpty { lines.append("with \(merged.joined(separator: ", "))") }
        if let assignee = issue["assignee"]?.string {
            lines.append("assigned to \(Terminal.plain(assignee))")
        }
        lines += resolution + tags + stack + beside + history + comments
        return lines.joined(separator: "\n") + "\n"
    }

    private func plain(_ member: String) -> String { Terminal.plain(Cell.text(issue[member])) }

    private func orDash(_ member: String) -> String {
        let text = plain(member)
        return text.isEmpty ? "-" : text
    }

    private func counts(_ member: String) -> String {
        (issue[member]?.array ?? []).map {
            "\(Terminal.plain(Cell.text($0["name"]))) (\(Cell.text($0["events"])))"
        }.joined(separator: ", ")
    }

    private var resolution: [String] {
        switch issue["resolution"]?.string {
        case "release": ["resolved in \(orDash("resolvedIn"))"]
        case "next": ["resolved in the release after \(orDash("resolvedIn"))"]
        case "any": ["resolved, with no release named"]
        default: issue["until"].map { ["until \($0.compactText)"] } ?? []
        }
    }

    private var stack: [String] {
        guard let event = issue["latestEvent"], event["frames"]?.array != nil else { return [] }
        return ["", "latest event \(Cell.text(event["id"])), nearest to the throw first:"]
            + StackLines(event: event).lines
    }

    private var tags: [String] {
        (issue["tags"]?.array ?? []).map { tag in
            let values = (tag["values"]?.array ?? []).prefix(Self.valueLimit).map { value in
                let percent = ((value["share"]?.double ?? 0) * 100).rounded()
                return "\(Terminal.plain(Cell.text(value["value"]))) \(Int(percent)) %"
            }
            return "tag \(Terminal.plain(Cell.text(tag["key"]))): \(values.joined(separator: ", "))"
        }
    }

    /// Values shown of a tag.
    private static let valueLimit = 3

    /// Other errors of the trace, session and window, and lines of logs.
    private var beside: [String] {
        let related = (issue["related"]?.array ?? []).map { event in
            let shares = (event["shares"]?.array ?? []).map { Cell.text($0) }
            return "  \(Cell.text(event["timestamp"]))  \(Cell.text(event["issue"]))  "
                + "\(Terminal.plain(Cell.text(event["type"]))) "
                + "(same \(shares.joined(separator: ", ")))"
        }
        let logs = (issue["logs"]?.array ?? []).map { line in
            "  \(Cell.text(line["timestamp"]))  \(Terminal.plain(Cell.text(line["level"])))  "
                + Terminal.plain(Cell.text(line["message"]))
        }
        return (related.isEmpty ? [] : ["", "other errors beside it:"] + related)
            + (logs.isEmpty ? [] : ["", "logs of its trace:"] + logs)
    }

    private var comments: [String] {
        guard let comments = issue["comments"]?.array, !comments.isEmpty else { return [] }
        return ["", "comments:"]
            + comments.map { comment in
                "  \(Cell.text(comment["time"]))  \(Terminal.plain(Cell.text(comment["actor"]))): "
                    + Terminal.plain(Cell.text(comment["details"]?["comment"]))
            }
    }

    private var history: [String] {
        guard let changes = issue["history"]?.array, !changes.isEmpty else { return [] }
        return ["", "history:"]
            + changes.map { change in
                var line =
                    "  \(Cell.text(change["time"]))  \(Cell.text(change["from"])) → "
                    + "\(Cell.text(change["to"])) by \(Terminal.plain(Cell.text(change["actor"])))"
                let details = change["details"]
                for member in ["release", "comment", "explanation"] {
                    if let text = details?[member]?.string {
                        line += "\n      \(member): \(Terminal.plain(text))"
                    }
                }
                return line
            }
    }
}
