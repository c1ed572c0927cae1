import EventLogTestSupport
import Testing

@testable import Projections

struct HashSortTests {
    @Test(arguments: [0, 1, 2, 63, 64, 65, 100, 1_000, 20_000, 100_000])
    func `hashes, repeats and numbers that are no hashes are sorted`(count: Int) {
        var random = SeededRandom(seed: UInt64(count))
        let hashes = (0..<count).map { _ in random.next() }
        let few = (0..<count).map { _ in hashes[random.below(min(count, 30))] }
        let small = (0..<count).map { UInt64(count - $0) / 3 }
        let high = (0..<count).map { _ in UInt64.max - random.next() % 5 }
        for list in [hashes, few, small, high, hashes.sorted(), hashes.sorted().reversed()] {
            #expect(HashSort.sorted(list) == list.sorted())
        }
    }
}
