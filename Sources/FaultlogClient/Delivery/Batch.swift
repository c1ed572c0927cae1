/// What one request carries; sent again it is the same, byte for byte.
struct Batch: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        case events
        case lossReport
    }

    var kind: Kind
    /// Each one line without its end.
    var lines: [[UInt8]]

    /// How many events it carries.
    var eventCount: Int { kind == .events ? lines.count : 0 }

    var body: [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(lines.reduce(0) { $0 + $1.count + 1 })
        for line in lines {
            body += line
            body.append(UInt8(ascii: "\n"))
        }
        return body
    }

    /// What was dropped here, as an envelope that the server adds up.
    static func lossReport(_ losses: [DropReason: Int], microseconds: Int64) -> Batch {
        var report = JSONText()
        report.object { json in
            json.member(
                "timestamp", TimeText.text(microseconds: microseconds), limit: TextLimits.name)
            json.key("discarded_events")
            json.array { json in
                for (reason, count) in losses.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                    json.object { json in
                        json.member("reason", reason.rawValue, limit: TextLimits.name)
                        json.member("category", "error", limit: TextLimits.name)
                        json.key("quantity")
                        json.literal(String(count))
                    }
                }
            }
        }
        let lines = [Array("{}".utf8), Array(#"{"type":"client_report"}"#.utf8), report.bytes]
        return Batch(kind: .lossReport, lines: lines)
    }
}
