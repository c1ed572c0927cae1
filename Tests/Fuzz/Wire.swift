import ContentCoding
import ErrorModel
import EventLog

@testable import LogServer

/// What comes over a socket before anything is known of it.
enum Wire {
    // MARK: Encodings

    /// A byte that chooses the encoding, then the body: never more than the limit comes out.
    static func runCoding(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let encoding = ["gzip", "deflate", "br", "zstd", "identity"][Int(first) % 5]
        let limit = 1 << (8 + Int(first >> 4))
        guard
            let bytes = try? ContentCoding.decode(
                Array(input.dropFirst()), encoding: encoding, limit: limit)
        else { return }
        require(bytes.count <= limit, "\(encoding): \(bytes.count) bytes, the limit is \(limit)")
    }

    // MARK: Heads

    /// A head that is taken is what a plain reading of its lines says.
    static func runHead(_ input: [UInt8]) {
        guard case .plain(let head) = input.withUnsafeBytes({ IngestHead.read($0) }) else { return }
        require(head.byteCount <= input.count, "the head is whole")
        let bytes = Array(input[..<head.byteCount])
        require(bytes.suffix(4) == [13, 10, 13, 10], "a head ends with an empty line")
        require(bytes.allSatisfy { $0 < 0x80 && $0 != 0 }, "a head is ASCII")
        let lines = String(decoding: bytes.dropLast(4), as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        require(lines.allSatisfy { !$0.isEmpty }, "it ends at the first empty line")
        let start = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        require(
            start.count == 3 && start[0] == "POST" && start[2] == "HTTP/1.1",
            "the line of a request is plain")
        var lengths: [Int?] = []
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            require(parts.count == 2, "a field has a name and a value")
            let value = parts[1].drop { $0 == " " || $0 == "\t" }
            switch parts[0].lowercased() {
            case "content-length": lengths.append(Int(value.prefix { $0.isNumber }))
            case "transfer-encoding", "expect", "upgrade", "te", "trailer":
                fail("a field that frames or asks is left to the pipeline")
            default: break
            }
        }
        require(lengths == [head.bodyByteCount], "one length, and it is taken")
        // What is behind a head changes nothing in it, and the rest of each part of one is waited for.
        guard case .plain(let alone) = bytes.withUnsafeBytes({ IngestHead.read($0) }) else {
            fail("a head is read without what follows it")
        }
        require(alone.byteCount == head.byteCount, "a head is read without what follows it")
        for end in bytes.indices {
            guard case .unfinished = bytes[..<end].withUnsafeBytes({ IngestHead.read($0) }) else {
                fail("\(end) bytes of a head are no other request")
            }
        }
    }

    // MARK: Streams

    /// Bytes of a line in this target, so that inputs reach the limit.
    private static let lineBytes = 64

    /// Two bytes that choose, then what a client sends: every cut gives the same, whatever the log
    /// answers and in whatever order the invariants hold.
    static func runStream(_ input: [UInt8]) {
        guard input.count > 2 else { return }
        let (mode, step) = (input[0], Int(input[1] % 31) + 1)
        var text = Array(input.dropFirst(2))
        if mode & 1 == 0 { text = Array(StreamDrive.hello.utf8) + text }
        var whole = StreamDrive(lineBytes: lineBytes)
        whole.receive(text)
        whole.endInput()
        var cut = StreamDrive(lineBytes: lineBytes)
        for start in stride(from: 0, to: text.count, by: step) {
            cut.receive(text[start..<min(start + step, text.count)])
        }
        cut.endInput()
        require(told(whole) == told(cut), "cut at every \(step) bytes it is another stream")
        require(whole.closing != nil, "a stream that ended is closed")
        runHistory(text, step: step, mode: mode)
    }

    /// What must not depend on how the bytes came.
    ///
    /// An ack names so many refused lines and counts the rest: which are named depends on how many
    /// acks there are.
    private static func told(_ drive: StreamDrive) -> [String] {
        let namesAll = drive.sum("refused") <= StreamLimits.ackReasons
        return namesAll ? drive.summary : drive.summary.filter { !$0.contains("\"reason\":") }
    }

    /// The log answers late, in any order, or fails.
    private static func runHistory(_ text: [UInt8], step: Int, mode: UInt8) {
        var drive = StreamDrive(lineBytes: lineBytes)
        drive.settlesAtOnce = false
        for (number, start) in stride(from: 0, to: text.count, by: step).enumerated() {
            drive.receive(text[start..<min(start + step, text.count)])
            let choice = text[start] &+ mode
            if choice & 3 == 0, !drive.waiting.isEmpty, drive.closing == nil {
                let index = Int(choice) % drive.waiting.count
                drive.settle(index, choice & 0x70 == 0x70 ? .refused(reason: "full") : nil)
                drive.run()
            }
            if number == 40, mode & 2 != 0 { drive.stop() }
        }
        drive.endInput()
        while !drive.waiting.isEmpty, drive.closing == nil {
            drive.settle(drive.waiting.count - 1)
            drive.run()
        }
        require(drive.closing != nil, "a stream whose lines are settled is closed")
    }
}
