import ErrorModel
import EventLog

/// Which segments hold payloads that their projects keep no longer, and how much that is.
struct ExpiryPlan: Hashable, Sendable {
    /// Received before this time (microseconds since 1970), by project.
    var limits: [UInt32: Int64] = [:]
    /// Segments to rewrite, by their base, with the projects concerned.
    var segments: [UInt64: Set<UInt32>] = [:]
    /// What would be redacted, or was, by project.
    var counts: [UInt32: RewrittenCounts] = [:]

    /// A segment is rewritten when at least this part of its lines goes: less is not worth the
    /// writing, and stays until the segment is dropped.
    static let smallestShare = 1.0 / 100
}

/// What one segment holds of the projects that may expire in it.
struct SegmentShare: Hashable, Sendable {
    /// Bytes of all lines.
    var lineByteCount: UInt64 = 0
    /// Events whose payload would go, and items whose content would; the bytes of their lines.
    ///
    /// By project. Files beside the log are not counted in.
    var events: [UInt32: UInt64] = [:]
    var byteCounts: [UInt32: UInt64] = [:]

    /// The projects for which the segment is rewritten; none where it does not pay.
    var projects: Set<UInt32> {
        let going = byteCounts.values.reduce(0, +)
        guard going > 0, Double(going) >= Double(lineByteCount) * ExpiryPlan.smallestShare else {
            return []
        }
        return Set(byteCounts.keys)
    }

    /// Adds a block; `limits` are times by project.
    mutating func add(_ block: LogBlock, _ limits: [UInt32: Int64]) {
        for index in 0..<block.count {
            let count = UInt64(block.lineRange(at: index).count)
            lineByteCount += count
            let project = block.project(at: index)
            guard let limit = limits[project], block.time(at: index) < limit,
                !block.isRedacted(at: index), isConcerned(block, index)
            else { continue }
            events[project, default: 0] += 1
            byteCounts[project, default: 0] += count
        }
    }
}

extension SegmentShare {
    /// An event with a payload, or something beside events that has content.
    private func isConcerned(_ block: LogBlock, _ index: Int) -> Bool {
        let type = block.type(at: index)
        if type.rawValue == RecordKind.eventCaptured.rawValue { return !isSampled(block, index) }
        return ItemRedaction.holdsContent(type)
    }

    /// One of a storm, which has no payload; what cannot be read is judged when it is rewritten.
    private func isSampled(_ block: LogBlock, _ index: Int) -> Bool {
        let digest = try? EventDigestView(block.section, in: block.digestRange(at: index))
        return digest?.flags.contains(.sampled) ?? false
    }
}

/// Segments that were looked at for a project, so that nobody looks every hour again.
///
/// A segment is looked at when all its records are too old: what is then found does not change.
struct JudgedSegments: Sendable {
    private var known: [UInt64: Set<UInt32>] = [:]

    /// The projects for which the segment is still to be looked at.
    func open(_ base: UInt64, of projects: Set<UInt32>) -> Set<UInt32> {
        projects.subtracting(known[base] ?? [])
    }

    mutating func insert(_ base: UInt64, _ projects: Set<UInt32>) {
        known[base, default: []].formUnion(projects)
    }

    /// Segments below were dropped.
    mutating func forget(below base: UInt64) { known = known.filter { $0.key >= base } }
}
