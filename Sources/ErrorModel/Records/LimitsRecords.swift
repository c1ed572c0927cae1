/// How much a project may send.
package struct ProjectLimits: Hashable, Sendable {
    /// Nil: as much as comes.
    package var eventsPerSecond: UInt64?
    /// At once, after a pause; nil: those of ten seconds.
    package var burst: UInt64?
    /// In a calendar month (UTC), by the time of receipt; nil: as much as comes.
    package var eventsPerMonth: UInt64?
    /// Payloads of one issue that are kept in a storm; nil: all.
    ///
    /// Events beyond that are only counted.
    package var payloadsPerSecond: UInt64?

    /// Beyond what one machine takes: no limit.
    package static let eventsPerSecondLimit: UInt64 = 1_000_000
    package static let burstLimit: UInt64 = 100_000_000
    package static let eventsPerMonthLimit: UInt64 = 1_000_000_000_000
    private static let burstSeconds: UInt64 = 10
    /// Nobody reads a hundred reports of one error in a second; they are 9 GB a day.
    package static let usualPayloadsPerSecond: UInt64 = 100

    package init(
        eventsPerSecond: UInt64? = nil, burst: UInt64? = nil, eventsPerMonth: UInt64? = nil,
        payloadsPerSecond: UInt64? = usualPayloadsPerSecond
    ) {
        (self.eventsPerSecond, self.burst) = (eventsPerSecond, burst)
        (self.eventsPerMonth, self.payloadsPerSecond) = (eventsPerMonth, payloadsPerSecond)
    }

    /// The size of the bucket, at least 1.
    package var effectiveBurst: UInt64 {
        max(1, burst ?? (eventsPerSecond ?? 0) * Self.burstSeconds)
    }
}

/// How much a project may send was set.
package struct ProjectLimitsChanged: StateRecord, Hashable {
    package static let kind = RecordKind.projectLimitsChanged

    package var project: UInt32
    package var limits: ProjectLimits
    package var actor: String

    package init(project: UInt32, limits: ProjectLimits, actor: String) {
        (self.project, self.limits, self.actor) = (project, limits, actor)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        // Records of before storms were limited do not say.
        let isOld = data["payloadsPerSecond"] == nil
        self.init(
            project: try reader.unsigned("project"),
            limits: ProjectLimits(
                eventsPerSecond: try reader.optional("eventsPerSecond"),
                burst: try reader.optional("burst"),
                eventsPerMonth: try reader.optional("eventsPerMonth"),
                payloadsPerSecond: isOld
                    ? ProjectLimits.usualPayloadsPerSecond
                    : try reader.optional("payloadsPerSecond")),
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        .pairs([("project", .integer(project))] + limits.members + [("actor", .string(actor))])
    }
}

extension ProjectLimits {
    /// As records and the API say them.
    package var members: [(String, JSONValue)] {
        [
            ("eventsPerSecond", eventsPerSecond), ("burst", burst),
            ("eventsPerMonth", eventsPerMonth), ("payloadsPerSecond", payloadsPerSecond),
        ].map { ($0, $1.map { .integer($0) } ?? .null) }
    }
}

/// What was sent and not kept since the last such record, counted.
package struct IngestDropped: StateRecord, Hashable {
    package static let kind = RecordKind.ingestDropped

    package struct Drop: Hashable, Sendable {
        /// 0: of no project that is known.
        package var project: UInt32
        package var reason: String
        package var count: UInt64

        package init(project: UInt32, reason: String, count: UInt64) {
            (self.project, self.reason, self.count) = (project, reason, count)
        }
    }

    package var drops: [Drop]
    package var since: Timestamp
    package var until: Timestamp

    package init(drops: [Drop], since: Timestamp, until: Timestamp) {
        (self.drops, self.since, self.until) = (drops, since, until)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        guard let since = Timestamp(text: try reader.string("since")),
            let until = Timestamp(text: try reader.string("until")),
            let items = data["drops"]?.array
        else { throw reader.fail("since") }
        self.init(
            drops: try items.map { item in
                let reader = MemberReader(data: item, kind: Self.kind)
                return Drop(
                    project: try reader.unsigned("project"), reason: try reader.string("reason"),
                    count: try reader.unsigned("count"))
            }, since: since, until: until)
    }

    package var data: JSONValue {
        [
            "since": .string(since.text), "until": .string(until.text),
            "drops": .array(
                drops.map {
                    [
                        "project": .integer($0.project), "reason": .string($0.reason),
                        "count": .integer($0.count),
                    ]
                }),
        ]
    }
}
