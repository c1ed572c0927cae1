import ErrorModel
import EventLog

/// Lines of a stream become records as the events of a batch over HTTP do.
extension IngestProcessor {
    /// Decodes the events of a burst.
    ///
    /// The keys are looked up each time: one that is taken away holds for open streams too. Of a
    /// quiet stream only the lines with such a key are refused, since others may have another.
    func take(
        _ burst: StreamBurst, _ lines: StreamLines, isQuiet: Bool
    ) -> (records: [NewRecord], fate: StreamFate) {
        for refused in burst.refused { counters.refuse(refused.reason) }
        var records: [NewRecord] = []
        var fate = StreamFate()
        for run in burst.runs {
            guard let project = projects.project(key: run.key, at: now) else {
                guard isQuiet else {
                    fate.isKeyLost = true
                    return ([], fate)
                }
                counters.refuse("unknown_key", run.items.count)
                fate.refused += run.items.map {
                    NativeBody.Refusal(
                        number: $0.number, offset: lines.base + $0.range.lowerBound,
                        reason: "no project has this key")
                }
                continue
            }
            take(run.items, of: lines, project, &records, &fate)
        }
        fate.recordCount = records.count
        return (records, fate)
    }

    private func take(
        _ items: [NativeBody.Item], of lines: StreamLines, _ project: Project,
        _ records: inout [NewRecord], _ fate: inout StreamFate
    ) {
        let receivedAt = now
        let batch = NativeBatch(
            items: items, of: lines.bytes.span.bytes, receivedAt: receivedAt, project: project.id,
            salt: project.salt, eventByteLimit: IngestLimits.eventBytes,
            scrubber: project.scrubber, version: project.grouping, newID: EventID.random)
        let intake = NativeIntake(batch, project: project, receivedAt: receivedAt, gate)
        fate.refused += intake.refused.map {
            NativeBody.Refusal(
                number: $0.number, offset: lines.base + $0.offset, reason: $0.reason)
        }
        if let limit = charge(intake, project) {
            fate.limited += intake.eventCount
            fate.retryAfter = max(fate.retryAfter, limit.seconds)
        } else if records.isEmpty {
            records = intake.records
        } else {
            records += intake.records
        }
    }
}
