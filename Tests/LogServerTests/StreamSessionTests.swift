import ErrorModel
import EventLog
import EventLogTestSupport
import Testing

@testable import LogServer

/// The stream as a value: bytes and answers of the log in, lines and acks out.
@Suite struct StreamSessionTests {
    private static func result(_ parts: [[UInt8]], lineBytes: Int = 64) -> StreamDrive {
        var drive = StreamDrive(lineBytes: lineBytes)
        for part in parts { drive.receive(part) }
        drive.endInput()
        return drive
    }

    /// Everything odd at once; the limit of a line is 64 bytes.
    private static let odd: [UInt8] = {
        var bytes = Array(StreamDrive.hello.utf8)
        bytes += Array("{\"a\":1}\n\n{\"b\":2}\r\n   \r\n\r\n".utf8)
        bytes += Array("{bad}\n".utf8) + [0xFF, 0xFE, 10, 0, 10]
        bytes += [UInt8](repeating: UInt8(ascii: "x"), count: 64) + [10]
        bytes += [UInt8](repeating: UInt8(ascii: "y"), count: 64) + [13, 10]
        bytes += [UInt8](repeating: UInt8(ascii: "z"), count: 65) + [10]
        bytes += [UInt8](repeating: UInt8(ascii: "w"), count: 200) + [13, 10]
        bytes += Array("{\"é\":\"\u{2028}\"}\n{\"last\":true}".utf8)
        return bytes
    }()

    @Test func `what is odd comes out as it should`() {
        let drive = Self.result([Self.odd])
        #expect(
            drive.events == [
                #"1@0 pk_1 {"a":1}"#, #"3@9 pk_1 {"b":2}"#, "13@435 pk_1 {\"é\":\"\u{2028}\"}",
                #"14@448 pk_1 {"last":true}"#,
            ])
        #expect(drive.acks.last?["ack"]?.int64 == 14 && drive.closing == false)
        #expect(drive.sum("accepted") == 4 && drive.sum("refused") == 7)
        let reasons = drive.acks.flatMap { $0["reasons"]?.array ?? [] }
        #expect(reasons.map { $0["line"]?.int64 } == [6, 7, 8, 9, 10, 11, 12])
        #expect(reasons.map { $0["byte"]?.int64 } == [25, 31, 34, 36, 101, 167, 233])
        #expect(
            reasons.suffix(2).allSatisfy { $0["reason"]?.string?.contains("64 bytes") ?? false })
        #expect(drive.output.first?["project"]?["slug"]?.string == "shop")
    }

    @Test func `every cut point gives the same`() {
        let whole = Self.result([Self.odd]).summary
        for cut in 0...Self.odd.count {
            let parts = [Array(Self.odd[..<cut]), Array(Self.odd[cut...])]
            #expect(Self.result(parts).summary == whole, "cut at \(cut)")
        }
        #expect(Self.result(Self.odd.map { [$0] }).summary == whole)
    }

    @Test func `random cuts give the same, and no more than a line is held`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("stream cuts seed \(seed)")
        var random = SeededRandom(seed: seed)
        let whole = Self.result([Self.odd]).summary
        for _ in 0..<300 {
            var parts: [[UInt8]] = []
            var rest = Self.odd[...]
            while !rest.isEmpty {
                let count = Int.random(in: 0...40, using: &random)
                parts.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let drive = Self.result(parts)
            #expect(drive.summary == whole, "seed \(seed)")
            #expect(drive.mostHeld <= 66, "seed \(seed)")
        }
    }

    // MARK: the first line

    struct First: CustomTestStringConvertible {
        var line: String
        var error: String
        var testDescription: String { "\(line.prefix(40)) \(error)" }
    }

    @Test(arguments: [
        First(line: "GET / HTTP/1.1\r", error: "invalid_json"),
        First(line: "{\"hello\":1", error: "invalid_json"),
        First(line: "[1]", error: "invalid_json"),
        First(line: "{\"message\":\"m\"}", error: "missing_key"),
        First(line: "{\"hello\":1}", error: "missing_key"),
        First(line: "{\"hello\":1,\"key\":5}", error: "missing_key"),
        First(line: "{\"hello\":2,\"key\":\"pk_1\"}", error: "unknown_version"),
        First(line: "{\"hello\":true,\"key\":\"pk_1\"}", error: "unknown_version"),
        First(line: "{\"hello\":1,\"key\":\"pk_0\"}", error: "unknown_key"),
        First(line: "{\"message\":\"m\",\"key\":\"pk_0\"}", error: "unknown_key"),
        First(
            line: "{\"hello\":1,\"key\":\"pk_1\",\"durability\":\"fsync\"}",
            error: "unknown_durability"),
        First(
            line: "{\"hello\":1,\"key\":\"pk_1\",\"durability\":5}", error: "unknown_durability"),
        First(line: String(repeating: "[", count: 300), error: "invalid_json"),
        First(line: String(repeating: "x", count: (1 << 20) + 1), error: "too_large"),
    ])
    func `a wrong first line is told once, and nothing is taken`(first: First) {
        var drive = StreamDrive()
        drive.receive(first.line + "\n{\"a\":1}\n")
        #expect(drive.output.count == 1 && drive.events.isEmpty && drive.closing == true)
        #expect(drive.output.first?["error"]?.string == first.error)
        #expect(drive.output.first?["detail"]?.string?.isEmpty == false)
        #expect(drive.session.endedBy?.code == first.error)
        #expect(!drive.session.wantsInput)
        drive.receive("{\"a\":1}\n")
        drive.endInput()
        #expect(drive.output.count == 1)
    }

    @Test func `empty lines may come first, and lines are counted from the hello on`() {
        var drive = StreamDrive(durability: .os)
        drive.receive("\n \r\n" + #"{"x":[1],"hello":1,"key":"pk_1"}"# + "\r\n{\"a\":1}\n")
        #expect(drive.events == [#"1@0 pk_1 {"a":1}"#])
        #expect(drive.output.map { $0["durability"]?.string } == ["os", "os"])
        #expect(drive.output[0]["limits"]?["unackedLines"]?.int64 == 8_192)
    }

    @Test func `a client that says nothing is told so`() {
        var drive = StreamDrive()
        drive.receive("{\"hello\"")
        drive.session.fail(.late)
        drive.run()
        #expect(drive.output.map { $0["error"]?.string } == ["hello_timeout"])
        #expect(drive.closing == true)
    }

    // MARK: quiet streams

    @Test func `a quiet stream takes the key out of each event, and answers nothing`() {
        var drive = StreamDrive()
        drive.receive(
            #"{"key":"pk_1","a":1}"# + "\n" + #"{"a":1,"key":"pk_2"}"# + "\n\n"
                + #"{"a":1,"key":"pk_2","b":{"key":"in"}}"# + "\n"
                + #"{"key":"pk_1","key":"pk_2","b":2}"# + "\n" + #"{"key":"pk_2"}"# + "\n"
                + #"{"key":7,"b":2}"# + "\n{oops\n" + #"{"b":"x\u0000","k\u0065y":"pk_2"}"# + "\n")
        let plain = drive.events.map { $0.split(separator: " ", omittingEmptySubsequences: true) }
        #expect(
            plain.map { $0.joined(separator: " ") } == [
                #"1@0 pk_1 { "a":1}"#, #"2@21 pk_2 {"a":1 }"#,
                #"4@43 pk_2 {"a":1 ,"b":{"key":"in"}}"#.replacing(" ,", with: " ,"),
                #"5@81 pk_2 { "b":2}"#, "6@115 pk_2 { }", #"9@152 pk_2 {"b":"x\u0000" }"#,
            ])
        for event in drive.events {
            let text = event.drop { $0 != "{" }
            #expect((try? JSONValue(parsing: String(text))) != nil, "\(event)")
            #expect(!text.contains("pk_"))
        }
        #expect(drive.output.isEmpty && drive.session.window.isEmpty)
        drive.endInput()
        #expect(drive.output.isEmpty && drive.closing == false)
    }

    @Test func `what a shipper has left is taken when it is gone, whatever the window says`() {
        let count = StreamLimits.unackedLines + 100
        var lines = (0..<count).map { "{\"key\":\"pk_1\",\"a\":\($0)}\n" }
        // It hung up in the midst of a line.
        lines.append("{\"key\":\"pk_1\",\"a\":0")
        for isQuiet in [true, false] {
            var drive = StreamDrive()
            drive.settlesAtOnce = false
            drive.receive((isQuiet ? "" : StreamDrive.hello) + lines.joined())
            let taken = drive.events.count
            #expect(taken <= StreamLimits.unackedLines)
            drive.session.hold(true)
            drive.goAway()
            #expect(drive.events.count == taken)
            drive.session.hold(false)
            drive.run()
            #expect(drive.events.count == (isQuiet ? count : taken))
        }
    }

    @Test func `a quiet stream that cannot go on is closed without a word`() {
        var drive = StreamDrive()
        drive.settlesAtOnce = false
        drive.receive(#"{"key":"pk_1","a":1}"# + "\n")
        drive.settle(0, .failed(.unavailable(LogError(.closed, "The log is closed."))))
        drive.run()
        #expect(drive.output.isEmpty && drive.closing == false)
        #expect(drive.session.endedBy?.countedAs == "log_closed")
    }

    // MARK: acks

    @Test func `batches settle in any order, acks come in that of the lines`() {
        var drive = StreamDrive()
        drive.settlesAtOnce = false
        drive.receive(StreamDrive.hello)
        for number in 1...4 { drive.receive("{\"n\":\(number)}\n{bad}\n") }
        #expect(drive.waiting.count == 4)
        drive.settle(2)
        drive.settle(1, .stored(accepted: 0, duplicate: 1, offset: 99))
        drive.run()
        #expect(drive.acks.isEmpty)
        drive.settle(0)
        drive.run()
        #expect(drive.acks.count == 1)
        let ack = drive.acks[0]
        #expect(ack["ack"]?.int64 == 6 && ack["accepted"]?.int64 == 2)
        #expect(ack["duplicate"]?.int64 == 1 && ack["refused"]?.int64 == 3)
        #expect(ack["offset"]?.int64 == 99 && ack["durability"]?.string == "durable")
        #expect(ack["reasons"]?.array?.map { $0["line"]?.int64 } == [2, 4, 6])
        drive.endInput()
        #expect(drive.closing == nil)
        drive.settle(0)
        drive.run()
        #expect(drive.acks.count == 2 && drive.closing == false)
    }

    @Test func `behind a failed batch nothing is acknowledged, and the error ends the stream`() {
        var drive = StreamDrive()
        drive.settlesAtOnce = false
        drive.receive(StreamDrive.hello)
        for number in 1...3 { drive.receive("{\"n\":\(number)}\n") }
        let full = LogError(.diskFull, "No space is left.")
        drive.settle(1, .failed(.unavailable(full)))
        drive.settle(1)
        drive.run()
        #expect(drive.closing == nil)
        drive.settle(0)
        drive.run()
        #expect(drive.acks.map { $0["ack"]?.int64 } == [1])
        #expect(drive.output.last?["error"]?.string == "unavailable")
        #expect(drive.output.last?["retryAfter"]?.int64 == 5 && drive.closing == true)
    }

    @Test func `reasons are the first hundred, the rest is counted`() {
        var drive = StreamDrive()
        drive.receive(StreamDrive.hello + String(repeating: "no\n", count: 350))
        #expect(drive.acks.count == 1)
        #expect(drive.acks[0]["refused"]?.int64 == 350)
        #expect(drive.acks[0]["reasons"]?.array?.count == 100)
    }

    @Test func `events over the rate are named by their lines`() {
        var window = StreamWindow()
        var ack = StreamAck(line: 9)
        ack.limit(3...9, count: 5, seconds: 4)
        _ = window.add(StreamAck(line: 2), firstLine: 1, lineCount: 2, byteCount: 0, recordCount: 0)
        _ = window.add(ack, firstLine: 3, lineCount: 7, byteCount: 0, recordCount: 0)
        let line = window.takeAck().map { String(decoding: $0.json(.durable), as: UTF8.self) }
        #expect(
            line
                == #"{"ack":9,"offset":null,"durability":"durable","accepted":0,"duplicate":0,"#
                + #""refused":0,"limited":5,"limitedLines":[[3,9]],"retryAfter":4}"#)
    }

    // MARK: bounds

    @Test func `a log that does not answer, or a client that does not read, closes the window`() {
        for reads in [true, false] {
            var drive = StreamDrive()
            drive.settlesAtOnce = !reads
            drive.receive(StreamDrive.hello)
            drive.session.output(isOpen: reads)
            var sent = 0
            while drive.session.wantsInput {
                drive.receive(String(repeating: "{\"a\":1}\n", count: 500))
                sent += 500
            }
            #expect(sent == 8_500 && drive.session.window.lineCount == 8_192)
            #expect(drive.acks.isEmpty && drive.events.count == 8_192)
            drive.session.output(isOpen: true)
            while !drive.waiting.isEmpty { drive.settle(0) }
            drive.run()
            while !drive.waiting.isEmpty { drive.settle(0) }
            drive.run()
            #expect(drive.acks.last?["ack"]?.int64 == 8_500 && drive.session.wantsInput)
            #expect(drive.sum("accepted") == 8_500)
        }
    }

    @Test func `the window counts bytes as well`() {
        var drive = StreamDrive()
        drive.settlesAtOnce = false
        drive.receive(StreamDrive.hello)
        let line =
            Array(#"{"m":""#.utf8) + [UInt8](repeating: 109, count: 1 << 19) + Array("\"}\n".utf8)
        var count = 0
        while drive.session.wantsInput {
            drive.receive(line)
            count += 1
        }
        #expect(count == 8 && drive.session.window.byteCount >= StreamLimits.unackedBytes)
    }

    @Test func `a full queue stops the reading, not the acks`() {
        var drive = StreamDrive()
        drive.settlesAtOnce = false
        drive.receive(StreamDrive.hello + "{\"a\":1}\n{\"a\":2}\n")
        drive.session.hold(true)
        drive.receive("{\"a\":3}\n")
        #expect(!drive.session.wantsInput && drive.events.count == 2)
        drive.settle(0)
        drive.run()
        #expect(drive.acks.last?["ack"]?.int64 == 2)
        drive.session.hold(false)
        drive.run()
        #expect(drive.events.count == 3 && drive.session.wantsInput)
    }

    // MARK: the end

    @Test func `a server that stops settles what it has read, and says so`() {
        var drive = StreamDrive()
        drive.settlesAtOnce = false
        drive.receive(StreamDrive.hello + "{\"a\":1}\n{\"cut\":")
        drive.stop()
        #expect(drive.closing == nil && !drive.session.wantsInput)
        drive.settle(0)
        drive.run()
        #expect(drive.acks.map { $0["ack"]?.int64 } == [1])
        #expect(drive.output.last?["bye"] != nil && drive.output.last?["ack"]?.int64 == 1)
        #expect(drive.closing == true && drive.events.count == 1)
    }

    @Test func `a line without its end counts when it is whole`() {
        for (rest, accepted) in [(#"{"a":1}"#, 1), (#"{"a":bad"#, 0), ("\r", 0), ("", 0)] {
            var drive = StreamDrive()
            drive.receive(StreamDrive.hello + rest)
            drive.endInput()
            #expect(drive.sum("accepted") == Int64(accepted) && drive.closing == false)
        }
        // One that vanishes says nothing of the kind.
        var drive = StreamDrive()
        drive.receive(StreamDrive.hello + #"{"a":1}"#)
        drive.session.gone()
        drive.run()
        #expect(drive.events.isEmpty && drive.closing == nil)
    }

    // MARK: chance

    @Test func `whatever comes, in whatever order, acks rise and tell all`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("stream chance seed \(seed)")
        var random = SeededRandom(seed: seed)
        let pieces: [[UInt8]] = [
            Array("{\"a\":1}\n".utf8), Array("{\"a\":".utf8), Array("1}".utf8), [10], [13, 10],
            [0], [0xFF], Array("{bad}\n".utf8), Array(String(repeating: "[", count: 50).utf8),
            Array("\\ud800".utf8), Array("   ".utf8), Array("{\"key\":\"pk_2\"}\n".utf8),
            [UInt8](repeating: 120, count: 500), Array(StreamDrive.hello.utf8),
        ]
        for round in 0..<400 {
            var drive = StreamDrive(lineBytes: 300)
            drive.settlesAtOnce = false
            let isQuiet = Bool.random(using: &random)
            drive.receive(isQuiet ? "{\"key\":\"pk_1\"}\n" : StreamDrive.hello)
            for _ in 0..<60 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<5:
                    if drive.session.wantsInput {
                        drive.receive(pieces.randomElement(using: &random) ?? [])
                    }
                case 5..<8:
                    if !drive.waiting.isEmpty {
                        drive.settle(Int.random(in: 0..<drive.waiting.count, using: &random))
                        drive.run()
                    }
                case 8: drive.session.output(isOpen: Bool.random(using: &random))
                default: drive.session.hold(Bool.random(using: &random))
                }
            }
            drive.session.output(isOpen: true)
            drive.session.hold(false)
            drive.run()
            if Bool.random(using: &random) { drive.stop() } else { drive.endInput() }
            while !drive.waiting.isEmpty {
                drive.settle(0)
                drive.run()
            }
            #expect(drive.closing != nil, "seed \(seed), round \(round)")
            #expect(drive.mostHeld <= 1_000, "seed \(seed), round \(round)")
            let lines = drive.acks.map { $0["ack"]?.int64 ?? 0 }
            #expect(zip(lines, lines.dropFirst()).allSatisfy { $0 < $1 })
            if isQuiet {
                #expect(drive.output.isEmpty)
            } else {
                #expect(drive.sum("accepted") == Int64(drive.events.count), "seed \(seed)")
            }
        }
    }
}
