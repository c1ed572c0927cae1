import ErrorModel
import EventLog
import NIOPosix

extension EventReader {
    /// Another error of the same trace, session or window.
    struct Neighbour: Sendable {
        enum Bond: String, Sendable {
            case trace
            case session
            case window
        }

        var issue: IssueID
        var shares: [Bond]
        var event: StoredEventAnswer
    }

    /// Records of a trace or a session that are looked at, the newest: a page load has a dozen.
    private static let neighbourScanLimit = 200

    /// The other errors of an event's trace, session and window, the newest first, as summaries.
    ///
    /// A window is looked for among the events of the session that it is one of.
    func neighbours(
        of answer: StoredEventAnswer, _ event: ErrorEvent, project: UInt32, limit: Int,
        below end: UInt64? = nil
    ) async throws -> [Neighbour] {
        let keys: [(Neighbour.Bond, IndexKeyKind, UInt64)] = [
            (.trace, .trace, event.traceID.map(EventKeys.trace) ?? 0),
            (.session, .session, event.sessionID.map(EventKeys.session) ?? 0),
        ].filter { $0.2 != 0 }
        guard !keys.isEmpty else { return [] }
        let window = event.windowID
        let groups = try await groups()
        return try await app.readers.runIfActive { [app] in
            try EventCursor.with(app.log, below: end, groups: groups) { cursor in
                var bonds: [UInt64: [Neighbour.Bond]] = [:]
                for (bond, kind, key) in keys {
                    for offset in try cursor.events(
                        of: kind, key, project: project, limit: Self.neighbourScanLimit)
                    where offset != answer.offset {
                        bonds[offset, default: []].append(bond)
                    }
                }
                var found: [Neighbour] = []
                for offset in bonds.keys.sorted(by: >).prefix(limit) {
                    guard let event = try cursor.summary(at: offset),
                        let fingerprint = try cursor.fingerprint(at: offset)
                    else { continue }
                    var shares = bonds[offset] ?? []
                    if let window, shares.contains(.session),
                        try cursor.windowID(at: offset) == window
                    {
                        shares.append(.window)
                    }
                    found.append(
                        Neighbour(
                            issue: IssueID(project: project, fingerprint: fingerprint),
                            shares: shares,
                            event: event))
                }
                return found
            }
        }
    }
}

extension EventCursor {
    /// The newest events of a project with a key.
    fileprivate func events(
        of kind: IndexKeyKind, _ key: UInt64, project: UInt32, limit: Int
    ) throws -> [UInt64] {
        try reader.offsets(of: kind, value: key, below: end, limit: limit).filter { offset in
            guard let header = try reader.readHeader(at: offset) else { return false }
            return header.project == project
                && header.type.rawValue == RecordKind.eventCaptured.rawValue
        }
    }

    fileprivate func windowID(at offset: UInt64) throws -> String? {
        guard case .whole(let event)? = try event(at: offset)?.content else { return nil }
        return event.windowID
    }
}
