/// Sorts hashes, which lie evenly over all numbers.
///
/// Each goes where its high bits say, which is next to its place, and a pass of insertions does the rest:
/// time that grows with their number alone. (Bucket sort; Knuth, The Art of Computer Programming 3, 5.2.5.)
enum HashSort {
    /// Fewer are sorted as any numbers are.
    private static let smallCount = 64
    /// Buckets with more are sorted as any numbers are: the numbers are no hashes, or mostly the same.
    private static let fullCount = 24
    /// The counts of the buckets stay in the fastest cache.
    private static let bitLimit = 14

    static func sorted(_ hashes: [UInt64]) -> [UInt64] {
        guard hashes.count > smallCount, hashes.count <= UInt32.max else { return hashes.sorted() }
        let bits = min(bitLimit, Int.bitWidth - hashes.count.leadingZeroBitCount - 1)
        let shift = UInt64(64 - bits)
        // Where each bucket begins, then where its next one goes.
        var starts = [UInt32](repeating: 0, count: (1 << bits) + 1)
        for hash in hashes { starts[Int(hash >> shift) + 1] += 1 }
        for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
        return [UInt64](unsafeUninitializedCapacity: hashes.count) { sorted, count in
            for hash in hashes {
                let bucket = Int(hash >> shift)
                sorted[Int(starts[bucket])] = hash
                starts[bucket] += 1
            }
            var start = 0
            for bucket in 0..<starts.count - 1 {
                // Filled, a bucket ends where the next one began.
                let end = Int(starts[bucket])
                if end - start > fullCount {
                    sorted[start..<end].sort()
                } else if end - start > 1 {
                    insert(UnsafeMutableBufferPointer(rebasing: sorted[start..<end]))
                }
                start = end
            }
            count = hashes.count
        }
    }

    private static func insert(_ hashes: UnsafeMutableBufferPointer<UInt64>) {
        for end in 1..<hashes.count {
            let hash = hashes[end]
            var place = end
            while place > 0, hashes[place - 1] > hash {
                hashes[place] = hashes[place - 1]
                place -= 1
            }
            hashes[place] = hash
        }
    }
}
