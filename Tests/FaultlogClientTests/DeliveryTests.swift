import Testing

@testable import FaultlogClient

/// What is sent when, and what is lost.
struct DeliveryTests {
    private static func limits(_ change: (inout DeliveryLimits) -> Void = { _ in }) -> Delivery {
        var limits = DeliveryLimits()
        limits.queuedEvents = 10
        limits.batchEvents = 4
        change(&limits)
        return Delivery(limits: limits)
    }

    private static func line(_ number: Int) -> [UInt8] { Array("{\"n\":\(number)}".utf8) }

    private static func batch(_ numbers: some Sequence<Int>) -> Delivery.Action {
        .send(Batch(kind: .events, lines: numbers.map(line)))
    }

    private static func fill(_ delivery: inout Delivery, _ numbers: some Sequence<Int>) {
        for number in numbers { _ = delivery.enqueue(line(number), at: .zero) }
    }

    @Test func `the first event waits an interval for others, a full batch does not`() {
        var delivery = Self.limits()
        #expect(delivery.next(at: .zero, microseconds: 0) == .rest(nil))
        #expect(delivery.enqueue(Self.line(1), at: .seconds(5)).wakes)
        #expect(delivery.next(at: .seconds(5), microseconds: 0) == .rest(.seconds(1)))
        #expect(!delivery.enqueue(Self.line(2), at: .seconds(5.5)).wakes)
        #expect(delivery.next(at: .seconds(5.5), microseconds: 0) == .rest(.seconds(0.5)))
        #expect(delivery.next(at: .seconds(6), microseconds: 0) == Self.batch(1...2))
        delivery.answered(.delivered(refused: 0), at: .seconds(6), chance: 0)
        for number in 3...5 {
            #expect(delivery.enqueue(Self.line(number), at: .seconds(7)).wakes == (number == 3))
        }
        #expect(delivery.enqueue(Self.line(6), at: .seconds(7)).wakes)
        #expect(delivery.next(at: .seconds(7), microseconds: 0) == Self.batch(3...6))
        #expect(delivery.checkInvariants())
    }

    @Test func `a batch that failed comes again the same, and what came meanwhile after it`() {
        var delivery = Self.limits()
        Self.fill(&delivery, 1...2)
        #expect(delivery.next(at: .seconds(1), microseconds: 0) == Self.batch(1...2))
        delivery.answered(.unavailable(retryAfter: nil), at: .seconds(1), chance: 1)
        Self.fill(&delivery, 3...3)
        #expect(delivery.next(at: .seconds(1), microseconds: 0) == .rest(.seconds(1)))
        #expect(delivery.next(at: .seconds(2), microseconds: 0) == Self.batch(1...2))
        // Twice as long, and as long as the server asks for.
        delivery.answered(.unavailable(retryAfter: .seconds(30)), at: .seconds(2), chance: 1)
        #expect(delivery.next(at: .seconds(2), microseconds: 0) == .rest(.seconds(30)))
        // Somebody who waits does not make it come sooner.
        delivery.hurry()
        #expect(delivery.next(at: .seconds(2), microseconds: 0) == .rest(.seconds(30)))
        #expect(delivery.next(at: .seconds(32), microseconds: 0) == Self.batch(1...2))
        delivery.answered(.delivered(refused: 0), at: .seconds(32), chance: 1)
        #expect(delivery.next(at: .seconds(33), microseconds: 0) == Self.batch(3...3))
        #expect(delivery.deliveredCount == 2 && delivery.checkInvariants())
    }

    @Test func `a flush shortens a wait that nobody asked for, and storms nobody`() {
        var delivery = Self.limits()
        Self.fill(&delivery, 1...1)
        delivery.hurry()
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(1...1))
        for _ in 1...4 { delivery.answered(.unavailable(retryAfter: nil), at: .zero, chance: 1) }
        #expect(delivery.next(at: .zero, microseconds: 0) == .rest(.seconds(8)))
        for tenth in 0..<10 {
            delivery.hurry()
            let now = Duration.milliseconds(100 * tenth)
            #expect(delivery.next(at: now, microseconds: 0) == .rest(.seconds(1) - now))
        }
        #expect(delivery.next(at: .seconds(1), microseconds: 0) == Self.batch(1...1))
    }

    @Test func `lines are taken in their order, and put back in front`() {
        var queue = LineQueue()
        var model: [[UInt8]] = []
        var random = SplitMix(state: 7)
        for number in 0..<5_000 {
            switch random.next() % 16 {
            case 0...6:
                queue.append(Self.line(number))
                model.append(Self.line(number))
            case 15:
                queue.putBack([Self.line(-number), Self.line(number)])
                model.insert(contentsOf: [Self.line(-number), Self.line(number)], at: 0)
            default:
                if !model.isEmpty { #expect(queue.removeFirst() == model.removeFirst()) }
            }
            #expect(queue.count == model.count && queue.first == model.first)
        }
        #expect(queue.lines == model)
    }

    @Test func `a full queue drops the newest, by events and by bytes`() {
        var delivery = Self.limits()
        Self.fill(&delivery, 1...12)
        #expect(delivery.isFull && delivery.waitingCount == 10)
        #expect(delivery.losses.total == [.queueFull: 2])
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(1...4))
        // What is being sent takes its place until it is answered.
        #expect(delivery.enqueue(Self.line(13), at: .zero).dropped == .queueFull)
        delivery.answered(.delivered(refused: 0), at: .zero, chance: 0)
        #expect(delivery.enqueue(Self.line(14), at: .zero).dropped == nil)
        var bytes = Self.limits { $0.queuedBytes = 20 }
        Self.fill(&bytes, 1...3)
        #expect(bytes.waitingCount == 2 && bytes.losses.total == [.queueFull: 1])
        #expect(bytes.checkInvariants())
    }

    @Test func `a batch has so many bytes, but a single event is sent whatever it has`() {
        var delivery = Self.limits { $0.batchBytes = 15 }
        Self.fill(&delivery, [1, 2, 3])
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(1...2))
        var tiny = Self.limits { $0.batchBytes = 1 }
        Self.fill(&tiny, [1, 2])
        #expect(tiny.next(at: .zero, microseconds: 0) == Self.batch(1...1))
    }

    @Test func `what is too large is halved until it passes`() {
        var delivery = Self.limits()
        Self.fill(&delivery, 1...4)
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(1...4))
        delivery.answered(.tooLarge, at: .zero, chance: 0)
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(1...2))
        delivery.answered(.tooLarge, at: .zero, chance: 0)
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(1...1))
        #expect(delivery.checkInvariants())
        delivery.answered(.tooLarge, at: .zero, chance: 0)
        #expect(delivery.losses.total == [.refused: 1])
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(2...2))
        delivery.answered(.delivered(refused: 0), at: .zero, chance: 0)
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(3...4))
        #expect(delivery.checkInvariants())
    }

    @Test func `429 drops the batch once, and stops all until its time`() {
        var delivery = Self.limits()
        Self.fill(&delivery, 1...6)
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(1...4))
        delivery.answered(.rateLimited(.seconds(7)), at: .zero, chance: 0)
        #expect(delivery.losses.total == [.rateLimited: 4])
        // The server knows.
        #expect(delivery.losses.unreported.isEmpty)
        delivery.hurry()
        #expect(delivery.next(at: .seconds(6), microseconds: 0) == .rest(.seconds(1)))
        // Smaller steps after that.
        #expect(delivery.next(at: .seconds(7), microseconds: 0) == Self.batch(5...6))
        delivery.answered(.rateLimited(.seconds(1_000_000)), at: .seconds(7), chance: 0)
        #expect(delivery.next(at: .seconds(7), microseconds: 0) == .rest(.seconds(3600)))
    }

    @Test func `what a server refuses is dropped and counted`() {
        var delivery = Self.limits()
        Self.fill(&delivery, 1...8)
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(1...4))
        delivery.answered(.delivered(refused: 3), at: .zero, chance: 0)
        #expect(delivery.deliveredCount == 1 && delivery.losses.total == [.refused: 3])
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(5...8))
        delivery.answered(.refused(status: 401, pausing: true), at: .zero, chance: 0)
        #expect(delivery.losses.total == [.refused: 7])
        Self.fill(&delivery, 9...9)
        #expect(delivery.next(at: .zero, microseconds: 0) == .rest(.seconds(60)))
        // More than was sent cannot be refused.
        #expect(delivery.next(at: .seconds(60), microseconds: 0) == Self.batch(9...9))
        delivery.answered(.delivered(refused: 50), at: .seconds(60), chance: 0)
        #expect(delivery.losses.total == [.refused: 8] && delivery.checkInvariants())
    }

    @Test func `the server is told of losses, now and then, and as often as it takes`() {
        var delivery = Self.limits()
        let first = delivery.drop(.sampleRate)
        let second = delivery.drop(.beforeSend)
        #expect(first && !second)
        let report = delivery.next(at: .zero, microseconds: 0)
        let expected = Batch.lossReport([.sampleRate: 1, .beforeSend: 1], microseconds: 0)
        #expect(report == .send(expected))
        #expect(
            String(decoding: expected.body, as: UTF8.self).hasSuffix(
                #""discarded_events":[{"reason":"before_send","category":"error","quantity":1},"#
                    + #"{"reason":"sample_rate","category":"error","quantity":1}]}"# + "\n"))
        delivery.answered(.unavailable(retryAfter: nil), at: .zero, chance: 1)
        _ = delivery.drop(.sampleRate)
        #expect(delivery.next(at: .seconds(1), microseconds: 9) == .rest(.seconds(29)))
        #expect(
            delivery.next(at: .seconds(30), microseconds: 9)
                == .send(.lossReport([.sampleRate: 2, .beforeSend: 1], microseconds: 9)))
        delivery.answered(.delivered(refused: 0), at: .seconds(31), chance: 1)
        _ = delivery.drop(.sampleRate)
        #expect(
            delivery.next(at: .seconds(60), microseconds: 9)
                == .send(.lossReport([.sampleRate: 1], microseconds: 9)))
        #expect(delivery.losses.total == [.sampleRate: 3, .beforeSend: 1])
    }

    @Test(arguments: [
        AnswerVerdict.refused(status: 403, pausing: true), .unavailable(retryAfter: .seconds(99)),
        .rateLimited(.seconds(99)), .tooLarge,
    ])
    func `a report that is not taken holds no event back`(verdict: AnswerVerdict) {
        var delivery = Self.limits()
        _ = delivery.drop(.beforeSend)
        let report = Batch.lossReport([.beforeSend: 1], microseconds: 0)
        #expect(delivery.next(at: .zero, microseconds: 0) == .send(report))
        Self.fill(&delivery, 1...4)
        delivery.answered(verdict, at: .zero, chance: 1)
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(1...4))
        delivery.answered(.delivered(refused: 0), at: .zero, chance: 1)
        // Closed, it is tried once more, and no longer.
        delivery.close()
        #expect(delivery.next(at: .zero, microseconds: 0) == .stop)
        #expect(delivery.losses.unreported == [.beforeSend: 1])
        #expect(delivery.losses.total == [.beforeSend: 1] && delivery.checkInvariants())
    }

    @Test func `when it is closed all is tried once`() {
        var delivery = Self.limits()
        Self.fill(&delivery, 1...6)
        delivery.close()
        #expect(delivery.enqueue(Self.line(7), at: .zero).dropped == .shutdown)
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(1...4))
        delivery.answered(.delivered(refused: 0), at: .zero, chance: 0)
        #expect(delivery.next(at: .zero, microseconds: 0) == Self.batch(5...6))
        delivery.answered(.unavailable(retryAfter: nil), at: .zero, chance: 0)
        #expect(delivery.next(at: .zero, microseconds: 0) == .stop)
        #expect(delivery.losses.total == [.shutdown: 3] && delivery.waitingCount == 0)
        #expect(delivery.checkInvariants())
    }

    @Test(arguments: 0..<20)
    func `whatever happens, every event is counted once`(seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        var delivery = Self.limits { $0.batchBytes = 40 }
        var now = Duration.zero
        var offered = 0
        for _ in 0..<500 {
            now += .milliseconds(Int(random.next() % 700))
            switch random.next() % 8 {
            case 0...3:
                offered += 1
                _ = delivery.enqueue(Self.line(offered), at: now)
            case 4: delivery.hurry()
            default:
                guard case .send(let batch) = delivery.next(at: now, microseconds: 0) else {
                    continue
                }
                let verdicts: [AnswerVerdict] = [
                    .delivered(refused: 0), .delivered(refused: 1), .tooLarge,
                    .refused(status: 400, pausing: false), .rateLimited(.seconds(1)),
                    .unavailable(retryAfter: nil), .unavailable(retryAfter: .seconds(2)),
                ]
                let verdict = verdicts[Int(random.next() % UInt64(verdicts.count))]
                delivery.answered(verdict, at: now, chance: 0.5)
                #expect(!batch.lines.isEmpty)
            }
            let lost = delivery.losses.total.values.reduce(0, +)
            #expect(delivery.checkInvariants(), "seed \(seed)")
            #expect(delivery.deliveredCount + lost + delivery.waitingCount == offered)
        }
    }
}

/// Random numbers that are the same for the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
