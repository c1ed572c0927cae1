import ErrorModel
package import EventLog

extension Regrouping {
    /// A block as the fold is to see it.
    struct Seen {
        var block: LogBlock
        /// Records that the fold is not told of.
        var skipped: Set<Int> = []
    }

    /// Turns the records of a block from `first` up to `end` into what they are in the view.
    ///
    /// - Parameter lines: asked where an event is to be grouped anew.
    mutating func see(
        _ block: LogBlock, _ range: Range<Int>, _ lines: inout EventLines
    ) throws -> Seen {
        if shown.isEmpty, current.isEmpty {
            // All that matters of most logs: whether a project is regrouped here.
            guard block.holds(RecordType(rawValue: RecordKind.projectRegrouped.rawValue)) else {
                return Seen(block: block)
            }
            for index in range { try pass(block, index) }
            if current.isEmpty { return Seen(block: block) }
            // Again from the first: events in front of the record came under what was before it.
            current = Groupings()
        }
        var seen = Seen(block: block)
        seen.block = try block.remade { index in
            guard range.contains(index) else { return nil }
            let (remade, isSkipped) = try see(block, index, &lines)
            if isSkipped { seen.skipped.insert(index) }
            return remade
        }
        return seen
    }

    private mutating func pass(_ block: LogBlock, _ index: Int) throws {
        guard block.type(at: index).rawValue == RecordKind.projectRegrouped.rawValue,
            let record = try? ProjectRegrouped(data: block.data(at: index))
        else { return }
        take(record, at: block.baseOffset + UInt64(index))
    }

    private mutating func see(
        _ block: LogBlock, _ index: Int, _ lines: inout EventLines
    ) throws -> (remade: (keys: IndexKeys, digest: [UInt8])?, isSkipped: Bool) {
        guard let kind = RecordKind(rawValue: block.type(at: index).rawValue) else {
            return (nil, false)
        }
        let project = block.project(at: index)
        let offset = block.baseOffset + UInt64(index)
        switch kind {
        case .eventCaptured:
            // One that cannot be read is the fold's to refuse.
            guard
                let digest = try? EventDigestView(block.section, in: block.digestRange(at: index)),
                let event = try take(
                    event: digest, at: offset, of: project,
                    fingerprints: { try lines.fingerprints(at: offset) })
            else { return (nil, false) }
            var keys = block.header(at: index).keys
            keys.issue = EventKeys.issue(project: project, fingerprint: event.fingerprint)
            var bytes = EventDigest.regrouped(
                Array(digest.bytes), event.fingerprint, event.version)
            if event.isOther { bytes = EventDigest.marked(bytes, .otherGrouping) }
            return ((keys, bytes), false)
        case .projectRegrouped:
            try pass(block, index)
            return (nil, false)
        default:
            guard RegroupedNames.concerns(kind) else { return (nil, false) }
            switch act(kind, block.data(at: index), of: project) {
            case .asStored: return (nil, false)
            case .nothing: return (nil, true)
            case .renamed(let data): return ((block.header(at: index).keys, data), false)
            }
        }
    }
}

/// The log below the place of a fold, for what it looks up there.
package struct LogPast {
    package let reader: LogReader
    private let regrouping: Regrouping?

    package init(_ reader: LogReader) {
        self.init(reader, nil)
    }

    init(_ reader: LogReader, _ regrouping: Regrouping?) {
        self.reader = reader
        self.regrouping = regrouping
    }

    /// The fingerprint that the event at an offset has in the view; nil where it cannot be read.
    func fingerprint(at offset: UInt64) throws -> UInt64? {
        guard case .block(let block)? = try reader.readDigests(at: offset) else { return nil }
        let index = Int(offset - block.baseOffset)
        let digest = try EventDigestView(block.section, in: block.digestRange(at: index))
        guard let regrouping else { return digest.fingerprint }
        return try regrouping.fingerprint(
            of: digest, at: offset, of: block.project(at: index)
        ) {
            var lines = EventLines(reader)
            return try lines.fingerprints(at: offset)
        }
    }
}
