/// How many distinct users (or accounts) an issue has: exact up to a bound, a sketch beyond it.
///
/// A pure value that depends on the set of keys alone, so that any order and any batching of the
/// same events give the same counter.
package struct DistinctCounter: Equatable, Sendable {
    /// Up to so many keys the count is exact: 80 KB an issue, and no issue of a size that a person
    /// would check by hand is ever estimated.
    package static let exactLimit = 10_000

    /// The keys themselves, or what is left of them.
    package enum Content: Equatable, Sendable {
        /// Sorted, without repeats.
        case exact([UInt64])
        case sketch(HyperLogLog)
    }

    package private(set) var content: Content

    package init(_ content: Content = .exact([])) {
        self.content = content
    }

    package var isExact: Bool {
        if case .exact = content { return true }
        return false
    }

    package var count: Int {
        switch content {
        case .exact(let keys): keys.count
        case .sketch(let sketch): sketch.estimate
        }
    }

    /// What an insertion has changed, and so has to be stored.
    package enum Change: Equatable, Sendable {
        /// Keys that were new, sorted.
        case keys([UInt64])
        /// Chunks of the sketch, from the first to the last.
        case chunks([Int])
        /// The keys gave way to a sketch.
        case becameSketch
    }

    /// Adds keys, in any order and with any repeats.
    @discardableResult
    package mutating func insert(_ keys: [UInt64]) -> Change {
        switch content {
        case .exact(var old) where keys.count == 1 && old.count < Self.exactLimit:
            // What a live batch mostly has.
            let key = keys[0]
            let place = Self.place(of: key, in: old)
            if place < old.count, old[place] == key { return .keys([]) }
            content = .exact([])  // gives up the storage, so that it changes in place
            old.insert(key, at: place)
            content = .exact(old)
            return .keys(keys)
        case .exact(let old):
            let (merged, new) = Self.merge(old, HashSort.sorted(keys))
            if merged.count <= Self.exactLimit {
                content = .exact(merged)
                return .keys(new)
            }
            var sketch = HyperLogLog()
            for key in merged { sketch.insert(key) }
            content = .sketch(sketch)
            return .becameSketch
        case .sketch(var sketch):
            content = .exact([])  // gives up the storage, so that the registers change in place
            var isChanged = [Bool](repeating: false, count: HyperLogLog.chunkCount)
            for key in keys {
                if let chunk = sketch.insert(key) { isChanged[chunk] = true }
            }
            content = .sketch(sketch)
            return .chunks(isChanged.indices.filter { isChanged[$0] })
        }
    }

    /// Takes all that another counter has counted.
    package mutating func formUnion(_ other: DistinctCounter) {
        switch (content, other.content) {
        case (_, .exact(let keys)):
            insert(keys)
        case (.exact(let keys), .sketch(var sketch)):
            for key in keys { sketch.insert(key) }
            content = .sketch(sketch)
        case (.sketch(var sketch), .sketch(let more)):
            sketch.formUnion(more)
            content = .sketch(sketch)
        }
    }

    /// The first place whose key is not below.
    private static func place(of key: UInt64, in keys: [UInt64]) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Merges two sorted lists, the second perhaps with repeats; also returns what was new.
    private static func merge(
        _ old: [UInt64], _ keys: [UInt64]
    ) -> (merged: [UInt64], new: [UInt64]) {
        var merged: [UInt64] = []
        var new: [UInt64] = []
        merged.reserveCapacity(old.count + keys.count)
        var i = 0
        for key in keys where key != new.last {
            while i < old.count, old[i] < key {
                merged.append(old[i])
                i += 1
            }
            if i < old.count, old[i] == key { continue }
            merged.append(key)
            new.append(key)
        }
        merged.append(contentsOf: old[i...])
        return (merged, new)
    }
}
