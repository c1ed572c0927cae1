import ErrorModel
import EventLog

/// Finds what one user key has in the log, events and other records, by the indexes of sealed segments.
///
/// One thread; blocks.
struct EventSearch {
    let log: EventLog

    /// Offsets asked for at a time.
    private static let step = 10_000

    /// How many events and other records there are below an offset, and in which segments.
    struct Found: Hashable, Sendable {
        var events: UInt64 = 0
        /// By the base offset, with the length of the file.
        var segments: [UInt64: UInt64] = [:]

        var counts: RewrittenCounts {
            RewrittenCounts(
                events: events, segments: UInt64(segments.count),
                bytes: segments.values.reduce(0, +))
        }
    }

    func events(ofUser key: UInt64, project: UInt32, below: UInt64) throws -> Found {
        let reader = log.makeReader()
        let facts = log.retentionFacts
        var found = Found()
        var block: LogBlock?
        var end = below
        while true {
            let offsets = try reader.offsets(of: .user, value: key, below: end, limit: Self.step)
            for offset in offsets {
                if block?.offsets.contains(offset) != true {
                    guard
                        case .block(let read)? = try reader.readBlock(
                            containing: offset, payload: false)
                    else { continue }
                    block = read
                }
                guard let block, Self.isOfPerson(block, offset, project) else { continue }
                found.events += 1
                if let segment = facts.last(where: { $0.baseOffset <= offset }) {
                    found.segments[segment.baseOffset] = segment.byteCount
                }
            }
            guard offsets.count == Self.step, let last = offsets.last else { return found }
            end = last
        }
    }

    /// Events, and what came beside them: whatever carries the key of a user.
    private static func isOfPerson(_ block: LogBlock, _ offset: UInt64, _ project: UInt32) -> Bool {
        block.project(at: Int(offset - block.baseOffset)) == project
    }
}
