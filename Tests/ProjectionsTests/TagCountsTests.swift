import EventLogTestSupport
import Projections
import Testing

struct TagCountsTests {
    /// Some tags with few values, one with many, and too many keys.
    private static func events(_ random: inout SeededRandom) -> [[(String, String)]] {
        (0..<400).map { number in
            [
                ("region", ["eu", "us", "ap"][random.below(3)]), ("request", "r\(number)"),
                ("page", "p\(random.below(130))"), ("k\(random.below(80))", "v"),
            ]
        }
    }

    private static func counts(_ events: some Sequence<[(String, String)]>) -> TagCounts {
        var counts = TagCounts()
        for event in events { for (key, value) in event { counts.add(1, key, value) } }
        counts.cut()
        return counts
    }

    @Test func `any order and any batches give the same`() {
        var random = SeededRandom(seed: RandomHistory.seed())
        var events = Self.events(&random)
        let once = Self.counts(events)
        #expect(once.isCut)
        #expect(once.keys.count == TagCounts.keyLimit)
        for size in [1, 3, 50] {
            events.shuffle(using: &random)
            var sum = TagCounts()
            for start in stride(from: 0, to: events.count, by: size) {
                sum.formUnion(Self.counts(events[start..<min(events.count, start + size)]))
            }
            #expect(sum == once)
        }
    }

    @Test func `texts that only look the same are two`() {
        let (one, other) = ("caf\u{e9}", "cafe\u{301}")
        for texts in [[one, other], [other, one]] {
            let counts = Self.counts(texts.map { [($0, $0)] })
            #expect(counts.keys.count == 2)
            #expect(counts.keys[ByteText(one)]?.values[ByteText(one)] == 1)
        }
    }

    @Test func `every count that is kept is exact`() {
        var random = SeededRandom(seed: RandomHistory.seed())
        let events = Self.events(&random)
        let counts = Self.counts(events)
        for (name, key) in counts.keys {
            let all = events.flatMap { $0.filter { $0.0 == name.text }.map(\.1) }
            #expect(key.events == all.count)
            #expect(key.isCut == (Set(all).count > TagCounts.valueLimit))
            #expect(key.values.count == min(Set(all).count, TagCounts.valueLimit))
            for (value, count) in key.values { #expect(all.count { $0 == value.text } == count) }
        }
    }
}
