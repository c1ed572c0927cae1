import ErrorModel
import EventLog
import Hummingbird
import Projections

extension API {
    func addHealthRoutes(_ router: Router<BasicRequestContext>) {
        router.get("healthz") { _, _ in
            Answer.json { json in
                json.beginObject()
                json.member("status", "ok")
                json.endObject()
            }
        }
        router.get("readyz") { _, _ in readiness() }
        router.get("metrics") { _, _ in
            let text = metrics(try await losses())
            return Answer.bytes(.ok, "text/plain; version=0.0.4", Array(text.utf8))
        }
        router.get("api/status") { _, _ in
            let losses = try await losses()
            return Answer.json(offset: app.log.durableOffset) { writeStatus(losses, &$0) }
        }
    }

    /// What SDKs say that they have lost; nothing where the view cannot be read.
    private func losses() async throws -> [ClientLoss] {
        (try? await app.reports.read { try ClientLoss.fetchAll(project: nil, $0) })?.value ?? []
    }

    /// Ready: the log takes records, the views are written, nothing is damaged.
    private func readiness() -> Response {
        let log = app.log.status
        var reasons: [String] = []
        if log.state != .writable { reasons.append("log: \(stateText(log.state))") }
        if !log.isIndexed {
            reasons.append(
                "log: reading the ids of offset \(log.indexedOffset) of \(log.durableOffset)")
        }
        for gap in log.recovery.gaps.prefix(Self.shownGapLimit) {
            reasons.append("log: offsets \(Self.text(gap.offsets)): \(gap.reason.rawValue)")
        }
        if let failure = log.manifestFailure { reasons.append("log: \(failure)") }
        for view in app.views.map(\.status) {
            if let failure = view.failure { reasons.append("view \(view.name): \(failure)") }
            if view.gaps > 0 { reasons.append("view \(view.name): \(view.gaps) gaps in the log") }
        }
        return Answer.json(reasons.isEmpty ? .ok : .serviceUnavailable) { json in
            json.beginObject()
            json.member("status", reasons.isEmpty ? "ready" : "not ready")
            json.member("reasons", .array(reasons.map(JSONValue.string)))
            json.endObject()
        }
    }

    /// An answer for people: more of the same says nothing new.
    private static var shownGapLimit: Int { 20 }

    /// First and last offset of a range that is not empty.
    private static func text(_ offsets: Range<UInt64>) -> String {
        "\(offsets.lowerBound)-\(max(offsets.upperBound, 1) - 1)"
    }

    private func stateText(_ state: LogStatus.State) -> String {
        switch state {
        case .writable: "writable"
        case .reading: "open for reading"
        case .full(let error), .readOnly(let error): "\(error)"
        case .closed: "closed"
        }
    }

    private func writeStatus(_ losses: [ClientLoss], _ json: inout JSONWriter) {
        let log = app.log.status
        let totals = app.counters.snapshot
        json.beginObject()
        json.member("version", ProgramVersion.text)
        json.member("firstOffset", log.firstOffset)
        json.member("nextOffset", log.nextOffset)
        json.member("durableOffset", log.durableOffset)
        json.member("durability", app.durability.rawValue)
        json.member("state", stateText(log.state))
        json.member("segments", log.segmentCount)
        json.member("sealedSegments", log.sealedSegmentCount)
        if let failure = log.sealFailure { json.member("sealFailure", "\(failure)") }
        json.member("bytes", log.byteCount)
        json.member("queuedRecords", log.queuedRecordCount)
        json.member("queuedBytes", log.queuedByteCount)
        json.member("indexed", log.isIndexed)
        json.member("erasing", app.isErasing)
        if let failure = log.manifestFailure { json.member("manifestFailure", "\(failure)") }
        writeRecovery(log.recovery, &json)
        writeProjections(&json)
        json.member("accepted", totals.accepted)
        json.member("duplicate", totals.duplicate)
        writeCounts("refused", totals.refused, &json)
        writeCounts("dropped", totals.dropped, &json)
        writeCounts("items", totals.taken, &json)
        writeStreams(&json)
        writeCounts("lostBySDKs", Self.byReason(losses), &json)
        json.key("clientReports")
        write(losses, &json)
        json.endObject()
    }

    /// What came over streams; it is in the counts of all ingest too.
    private func writeStreams(_ json: inout JSONWriter) {
        let streams = app.streams.totals
        json.key("streams")
        json.beginObject()
        json.member("open", streams.open)
        json.member("opened", streams.opened)
        json.member("turnedAway", streams.turnedAway)
        json.member("lines", streams.lines)
        json.member("accepted", streams.accepted)
        json.member("duplicate", streams.duplicate)
        json.member("refused", streams.refused)
        json.member("limited", streams.limited)
        json.endObject()
    }

    private static func byReason(_ losses: [ClientLoss]) -> [String: Int] {
        losses.reduce(into: [:]) { $0[$1.reason, default: 0] += Int($1.quantity) }
    }

    private func writeRecovery(_ recovery: RecoveryReport, _ json: inout JSONWriter) {
        json.key("recovery")
        json.beginObject()
        json.member("clean", recovery.isClean)
        json.member("milliseconds", recovery.milliseconds)
        json.key("cuts")
        json.beginArray()
        for cut in recovery.cuts {
            json.beginObject()
            json.member("file", cut.path)
            json.member("bytes", cut.byteCount)
            json.member("kept", cut.quarantinePath)
            json.endObject()
        }
        json.endArray()
        json.key("notices")
        json.beginArray()
        for notice in recovery.notices {
            json.beginObject()
            json.member("file", notice.path)
            json.member("kind", notice.kind.rawValue)
            json.endObject()
        }
        json.endArray()
        json.key("gaps")
        json.beginArray()
        for gap in recovery.gaps {
            json.beginObject()
            json.member("file", gap.path)
            json.member("first", gap.offsets.lowerBound)
            json.member("last", gap.offsets.upperBound == 0 ? 0 : gap.offsets.upperBound - 1)
            json.member("reason", gap.reason.rawValue)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    private func writeCounts(_ name: String, _ counts: [String: Int], _ json: inout JSONWriter) {
        json.key(name)
        json.beginObject()
        for (reason, count) in counts.sorted(by: { $0.key < $1.key }) { json.member(reason, count) }
        json.endObject()
    }

    /// The Prometheus text format, version 0.0.4.
    private func metrics(_ losses: [ClientLoss]) -> String {
        let log = app.log.status
        let totals = app.counters.snapshot
        var text = ""
        func metric(_ name: String, _ type: String, _ help: String, _ rows: [(String, Int)]) {
            text += "# HELP faultlog_\(name) \(help)\n# TYPE faultlog_\(name) \(type)\n"
            for (labels, value) in rows { text += "faultlog_\(name)\(labels) \(value)\n" }
        }
        func labelled(_ counts: [String: Int]) -> [(String, Int)] {
            counts.sorted { $0.key < $1.key }.map { ("{reason=\"\($0.key)\"}", $0.value) }
        }
        metric("events_accepted_total", "counter", "Events on disk.", [("", totals.accepted)])
        metric(
            "events_duplicate_total", "counter", "Events seen before.", [("", totals.duplicate)])
        metric("refused_total", "counter", "Refused, by reason.", labelled(totals.refused))
        metric("dropped_total", "counter", "Dropped, by reason.", labelled(totals.dropped))
        metric(
            "items_total", "counter", "Taken beside events, by type.",
            totals.taken.sorted { $0.key < $1.key }.map { ("{type=\"\($0.key)\"}", $0.value) })
        let streams = app.streams.totals
        metric("stream_connections", "gauge", "Open streams.", [("", streams.open)])
        metric("stream_connections_total", "counter", "Streams opened.", [("", streams.opened)])
        metric(
            "stream_connections_turned_away_total", "counter", "Streams over the limit.",
            [("", streams.turnedAway)])
        metric(
            "stream_events_total", "counter", "Events that came over streams, by their fate.",
            [
                ("{fate=\"accepted\"}", streams.accepted),
                ("{fate=\"duplicate\"}", streams.duplicate),
                ("{fate=\"refused\"}", streams.refused),
                ("{fate=\"limited\"}", streams.limited),
            ])
        metric(
            "client_lost_total", "counter", "Lost or thrown away by SDKs, as they report it.",
            losses.map {
                (
                    "{project=\"\(slug($0.project))\",reason=\"\($0.reason)\","
                        + "category=\"\($0.category)\"}", Int($0.quantity)
                )
            })
        metric(
            "log_durable_offset", "gauge", "Everything below is on disk.",
            [("", Int(log.durableOffset))])
        metric("log_bytes", "gauge", "Bytes of all segments.", [("", Int(log.byteCount))])
        metric("log_segments", "gauge", "Segments.", [("", log.segmentCount)])
        metric(
            "log_sealed_segments", "gauge", "Segments that are sealed.",
            [("", log.sealedSegmentCount)])
        metric(
            "log_queued_bytes", "gauge", "Bytes waiting to be written.",
            [("", log.queuedByteCount)])
        metric(
            "log_writable", "gauge", "1 while the log takes records.",
            [("", log.state == .writable ? 1 : 0)])
        metric(
            "view_offset", "gauge", "The first offset that a view does not reflect yet.",
            app.views.map(\.status).map { ("{view=\"\($0.name)\"}", Int($0.offset)) })
        return text
    }
}
