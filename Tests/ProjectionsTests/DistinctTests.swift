import ErrorModel
import EventLog
import EventLogTestSupport
import Projections
import Testing

struct DistinctCounterTests {
    private static func keys(_ count: Int, seed: UInt64) -> [UInt64] {
        var random = SeededRandom(seed: seed)
        var keys: Set<UInt64> = []
        while keys.count < count { keys.insert(random.next()) }
        return Array(keys)
    }

    @Test(arguments: [0, 1, 9_999, 10_000, 10_001, 12_000])
    func `counts are exact up to the limit and within 1 % beyond`(count: Int) {
        let keys = Self.keys(count, seed: UInt64(count))
        var counter = DistinctCounter()
        for start in stride(from: 0, to: count, by: 997) {
            let part = Array(keys[start..<min(count, start + 997)])
            let wasExact = counter.isExact
            switch counter.insert(part + part) {
            case .keys(let new): #expect(counter.isExact && new == part.sorted())
            case .becameSketch: #expect(wasExact && !counter.isExact)
            case .chunks(let chunks): #expect(!wasExact && !chunks.isEmpty)
            }
        }
        #expect(counter.isExact == (count <= DistinctCounter.exactLimit))
        if counter.isExact {
            #expect(counter.count == count)
        } else {
            #expect(abs(counter.count - count) * 100 <= count)
        }
        let again = counter.insert(Array(keys.prefix(500)))
        #expect(again == (counter.isExact ? .keys([]) : .chunks([])))
    }

    @Test func `any order and any batching give the same counter`() {
        var keys = Self.keys(10_500, seed: 1)
        var whole = DistinctCounter()
        whole.insert(keys)
        var random = SeededRandom(seed: 2)
        for size in [1_000, 3_333] {
            keys.shuffle(using: &random)
            var counter = DistinctCounter()
            for start in stride(from: 0, to: keys.count, by: size) {
                counter.insert(Array(keys[start..<min(keys.count, start + size)]))
            }
            #expect(counter == whole)
        }
    }

    @Test(arguments: [1, 100, 10_001, 20_000, 80_000, 300_000, 420_000, 2_000_000])
    func `a sketch is within 1 %`(count: Int) {
        var sketch = HyperLogLog()
        var random = SeededRandom(seed: UInt64(count))
        for _ in 0..<count { sketch.insert(random.next()) }
        #expect(abs(sketch.estimate - count) * 100 <= count)
        #expect(HyperLogLog(registers: sketch.registers) == sketch)
        #expect(HyperLogLog(registers: [1]) == nil)
    }

    @Test func `a sketch of nothing is empty, and a full one has an estimate`() throws {
        #expect(HyperLogLog().estimate == 0)
        let full = [UInt8](repeating: 48, count: HyperLogLog.registerCount)
        #expect(HyperLogLog(registers: full)?.estimate ?? 0 > 0)
        #expect(HyperLogLog(registers: full.map { $0 + 1 }) == nil)
    }

    @Test func `of many sketches hardly one is more than 1 % off`() {
        var random = SeededRandom(seed: 9)
        var squares = 0.0
        var misses = 0
        let (rounds, count) = (60, 60_000)
        for _ in 0..<rounds {
            var sketch = HyperLogLog()
            for _ in 0..<count { sketch.insert(random.next()) }
            let error = Double(sketch.estimate - count) / Double(count)
            squares += error * error
            if abs(error) > 0.01 { misses += 1 }
        }
        #expect(misses == 0)
        #expect((squares / Double(rounds)).squareRoot() < 0.004)
    }
}

struct PeopleTests {
    @Test(arguments: [10_000, 10_001])
    func `an issue's users are exact up to the limit, and the answer says so`(
        count: Int
    ) async throws {
        let world = try LogWorld()
        let fold = try world.live(IssuesProjection.self)
        let event = try world.source.event(Sighting(user: "u"))
        var random = SeededRandom(seed: 5)
        let keys = (0..<count).map { _ in random.next() }
        // Every key comes twice, in parts, over commits and restarts.
        for start in stride(from: 0, to: count, by: 400) {
            for round in 0..<2 {
                try await world.append(
                    keys[start..<min(count, start + 400)].map { key in
                        var record = event
                        record.keys.user = key
                        record.id = RecordID(high: UInt64(round + 100), low: key)
                        return record
                    })
            }
            try fold.catchUp()
            if start % 1_600 == 0 { try fold.crash() }
        }
        let summary = try #require(
            try fold.store.query { try IssueSummary.fetch(try event.issue, $0) })
        #expect(summary.events == count * 2)
        #expect(summary.usersAreExact == (count <= DistinctCounter.exactLimit))
        #expect(
            summary.usersAreExact
                ? summary.users == count : abs(summary.users - count) * 100 <= count)
        let rebuilt = try world.rebuilt(IssuesProjection.self)
        #expect(try Answers.all(issues: rebuilt) == Answers.all(issues: fold.store))
    }
}
