/// Output that grows piece by piece and never beyond its limit and one byte.
struct BoundedOutput {
    private(set) var bytes: [UInt8] = []
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Lets `body` write into free space; it returns its status and how many bytes it wrote.
    mutating func write<Status>(
        _ body: (UnsafeMutableBufferPointer<UInt8>) -> (status: Status, written: Int)
    ) -> Status {
        // One byte above the limit tells "exactly at" from "beyond".
        let room = max(limit + 1 - bytes.count, 1)
        let count = min(ContentCoding.pieceByteCount, room)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { space in
            let (status, written) = body(space)
            bytes.append(contentsOf: space[..<written])
            return status
        }
    }

    func check() throws(ContentCodingError) {
        guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
    }
}
