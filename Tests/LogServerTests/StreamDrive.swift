import ErrorModel
import EventLog

@testable import LogServer

/// Plays the shell of a `StreamSession`: no socket, no log.
///
/// An event is good when it begins with a brace and does not hold `bad`.
struct StreamDrive {
    var session: StreamSession
    /// Each event as it would be decoded: line, place, key, text.
    private(set) var events: [String] = []
    private(set) var output: [JSONValue] = []
    /// Whether the server lingers; nil while it is open.
    private(set) var closing: Bool?
    /// Batches that the log has not answered for, with their events.
    private(set) var waiting: [(number: Int, count: Int)] = []
    private(set) var mostHeld = 0
    /// All batches are settled at once.
    var settlesAtOnce = true
    var offset: UInt64 = 0

    static let hello = #"{"hello":1,"key":"pk_1"}"# + "\n"

    init(durability: Durability = .durable, lineBytes: Int = StreamLimits.lineBytes) {
        session = StreamSession(durability: durability, lineBytes: lineBytes)
    }

    mutating func receive(_ bytes: some Collection<UInt8>) {
        Array(bytes).withUnsafeBytes { session.receive($0) }
        run()
    }

    mutating func receive(_ text: String) { receive(Array(text.utf8)) }

    mutating func endInput() {
        session.inputEnded()
        run()
    }

    mutating func goAway() {
        session.gone()
        run()
    }

    mutating func stop() {
        session.stop()
        run()
    }

    /// The log answers for one of the batches.
    mutating func settle(_ index: Int, _ outcome: StreamWindow.Outcome? = nil) {
        let batch = waiting.remove(at: index)
        offset += UInt64(batch.count)
        session.settled(
            batch.number,
            outcome ?? .stored(accepted: batch.count, duplicate: 0, offset: offset - 1))
    }

    mutating func run() {
        while let action = session.next() {
            session.window.checkInvariants()
            precondition(closing == nil, "an action behind the end")
            switch action {
            case .greet(let hello):
                if hello.key == "pk_0" {
                    session.fail(.unknownKey)
                } else {
                    session.greeted(hello, project: 7, slug: "shop")
                }
            case .take(let burst): take(burst)
            case .write(let bytes):
                precondition(bytes.last == 10 && !bytes.dropLast().contains(10), "one line")
                output.append((try? JSONValue(parsing: Array(bytes.dropLast()))) ?? .null)
            case .close(let lingers): closing = lingers
            }
        }
        mostHeld = max(mostHeld, session.lines.heldByteCount)
    }

    private mutating func take(_ burst: StreamBurst) {
        var fate = StreamFate()
        for run in burst.runs {
            for item in run.items {
                let text = String(decoding: session.lines.bytes[item.range], as: UTF8.self)
                let byte = session.lines.base + item.range.lowerBound
                if text.hasPrefix("{"), !text.contains("bad") {
                    events.append("\(item.number)@\(byte) \(run.key) \(text)")
                    fate.recordCount += 1
                } else {
                    fate.refused.append(
                        NativeBody.Refusal(number: item.number, offset: byte, reason: "bad"))
                }
            }
        }
        let number = session.took(burst, fate)
        if fate.recordCount == 0 { return }
        waiting.append((number, fate.recordCount))
        if settlesAtOnce { settle(0) }
    }

    // MARK: what came out

    var acks: [JSONValue] { output.filter { $0["ack"] != nil && $0["bye"] == nil } }

    func sum(_ name: String) -> Int64 { acks.reduce(0) { $0 + ($1[name]?.int64 ?? 0) } }

    /// The same however the bytes were cut.
    var summary: [String] {
        let rest = output.filter { $0["ack"] == nil || $0["bye"] != nil }.map(\.compactText)
        let reasons = acks.flatMap { $0["reasons"]?.array ?? [] }.map(\.compactText)
        let sums = ["accepted", "duplicate", "refused"].map { "\($0) \(sum($0))" }
        return events + rest + reasons + sums + [
            "acked \(acks.last?["ack"]?.int64 ?? 0)", "closing \(closing.map { "\($0)" } ?? "no")",
        ]
    }
}
