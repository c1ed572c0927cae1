import Foundation

/// The body of a good answer.
enum BatchAnswer {
    /// Of `{"accepted":2,"duplicate":0,"refused":1,…}`.
    private struct Counts: Decodable {
        var accepted: Int
        var refused: Int
    }

    /// How many events of a batch the server has refused; nil where the body is not one of ours.
    static func refusedCount(_ body: [UInt8], of batch: Batch) -> Int? {
        if batch.kind == .lossReport { return 0 }
        return try? JSONDecoder().decode(Counts.self, from: Data(body)).refused
    }
}
