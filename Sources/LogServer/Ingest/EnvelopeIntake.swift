import ErrorModel
import EventLog

/// Takes the items of one envelope: events here, the others by `ItemIntake`.
struct EnvelopeIntake {
    let envelope: Envelope
    let project: Project
    let receivedAt: Timestamp
    let counters: IngestCounters
    let gate: ProjectGate

    /// The good items are kept and the bad ones counted; where an envelope has nothing but bad
    /// events it is refused.
    func plan(_ body: RawSpan) throws(Refusal) -> IngestPlan {
        var records: [NewRecord] = []
        var firstID: EventID?
        var refusal = envelope.broken.map { Refusal.invalid("invalid_envelope", "\($0)") }
        var facts = envelope.header.facts
        facts.traceID = facts.traceID.map(project.scrubber.clean)
        facts.replayID = facts.replayID.map(project.scrubber.clean)
        let limit = gate.take(
            envelope.items.count { $0.kind == .event }, of: project, at: receivedAt)
        var others: ItemIntake?
        for item in envelope.items {
            guard item.kind == .event else {
                others = others ?? makeItemIntake()
                others?.take(item, body)
                continue
            }
            // Other items are taken all the same: what an SDK has lost is told by them.
            if let limit {
                counters.drop(limit.reason.rawValue, project: project.id)
                continue
            }
            do throws(Refusal) {
                let event = try decode(item, body, facts)
                firstID = firstID ?? event.id
                // The header's id is that of one event; a second one has its own.
                facts.eventID = nil
                switch event.kind {
                case .error:
                    records.append(gate.record(event, project: project, receivedAt: receivedAt))
                case .feedback:
                    others = others ?? makeItemIntake()
                    others?.take(feedback: body.extracting(item.payload))
                case .transaction:
                    counters.drop(event.kind.dropReason, project: project.id)
                }
            } catch {
                if refusal != nil { counters.refuse(error.reason) }
                refusal = refusal ?? error
            }
        }
        if let refusal {
            // What came whole before the place where the framing breaks is kept.
            if firstID == nil, envelope.broken == nil || others == nil { throw refusal }
            counters.refuse(refusal.reason)
        }
        let id = envelope.header.eventID ?? firstID
        var files: [FileDraft] = []
        if var others {
            files = others.files(body, event: firstID, user: records.first?.keys.user ?? 0)
            // Behind the events: what an answer says of these is read from the front.
            records += others.finish()
        }
        if let limit {
            // Files belong to events that were not taken.
            counters.drop(limit.reason.rawValue, files.count, project: project.id)
            return records.isEmpty
                ? .answer(.limited(limit)) : .append(records, .limited(limit))
        }
        if records.isEmpty, files.isEmpty { return .answer(.ok(id: id)) }
        return .append(records, .sentry(id: id, files: files))
    }

    private func makeItemIntake() -> ItemIntake {
        ItemIntake(
            envelope.header, project: project, receivedAt: receivedAt, counters: counters)
    }

    private func decode(
        _ item: Envelope.Item, _ body: RawSpan, _ facts: EnvelopeFacts
    ) throws(Refusal) -> IntakeEvent {
        guard item.payload.count <= IngestLimits.eventBytes else { throw .eventTooLarge }
        do throws(IntakeError) {
            return try EventIntake.event(
                payload: body.extracting(item.payload), protocol: .sentry, receivedAt: receivedAt,
                envelope: facts, newID: facts.eventID ?? .random(), project: project.id,
                salt: project.salt, scrubber: project.scrubber, version: project.grouping)
        } catch {
            throw .invalid(
                "invalid_event",
                "item \(item.number) at byte \(item.payload.lowerBound): the event cannot be taken: \(error)"
            )
        }
    }
}
