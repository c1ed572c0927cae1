import ErrorModel
import NIOCore

/// A line of the log on its way to somebody who follows it.
struct TailLine: Sendable {
    var project: UInt32
    var isEvent: Bool
    var bytes: [UInt8]
}

extension Faultlog {
    /// The lines as they are, each of an event with a member `resolved` at its end: its frames, and
    /// those of its causes, by the source maps of now.
    func resolved(_ lines: [TailLine]) async throws -> ByteBuffer {
        var events: [UInt32: [(line: Int, event: StoredEventAnswer)]] = [:]
        for (index, line) in lines.enumerated() where line.isEvent {
            // What cannot be read is shown as it is.
            guard let data = RecordLine.dataRange(line.bytes),
                let event = try? ErrorEvent.fromData(line.bytes.span.bytes.extracting(data))
            else { continue }
            events[line.project, default: []].append(
                (
                    index,
                    StoredEventAnswer(
                        offset: 0, receivedAt: Timestamp(microseconds: 0), content: .whole(event))
                ))
        }
        var members: [Int: [UInt8]] = [:]
        for (project, found) in events {
            var shown = found.map(\.event)
            try await resolve(&shown, project: project)
            for (item, answer) in zip(found, shown) {
                guard case .whole(let event) = answer.content else { continue }
                members[item.line] = Self.member(event)
            }
        }
        var buffer = ByteBuffer()
        for (index, line) in lines.enumerated() {
            if let member = members[index] {
                buffer.writeBytes(line.bytes.dropLast())
                buffer.writeBytes(member)
            } else {
                buffer.writeBytes(line.bytes)
            }
            buffer.writeInteger(UInt8(ascii: "\n"))
        }
        return buffer
    }

    /// `,"resolved":{"frames":[…]}}`, the end of the line.
    private static func member(_ event: ErrorEvent) -> [UInt8] {
        var json = JSONWriter(appendingTo: Array(",\"resolved\":".utf8))
        json.beginObject()
        event.writeStacks(to: &json)
        json.endObject()
        return json.bytes + [UInt8(ascii: "}")]
    }
}
