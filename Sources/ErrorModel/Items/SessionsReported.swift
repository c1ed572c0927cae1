/// What became of sessions, as one envelope says of one person.
///
/// Sums: a session that is reported several times was put into it as what each report adds.
package struct SessionsReported: ItemRecord, Hashable {
    package static let kind = RecordKind.sessionsReported

    /// Sessions of one release and environment that began in one minute.
    package struct Group: Hashable, Sendable {
        package var release: String
        package var environment: String
        /// The minute in which they began.
        package var started: Timestamp
        /// Sessions that are new.
        package var sessions: UInt64
        /// Sessions with an error, crashed and abnormal ones too, that were counted by the SDK.
        package var errored: UInt64
        /// The same where each is known: a session with an error is reported again and again.
        package var erroredSessions: [UInt64]
        package var crashed: UInt64
        package var abnormal: UInt64

        package init(
            release: String, environment: String, started: Timestamp, sessions: UInt64 = 0,
            errored: UInt64 = 0, erroredSessions: [UInt64] = [], crashed: UInt64 = 0,
            abnormal: UInt64 = 0
        ) {
            self.release = release
            self.environment = environment
            self.started = started
            self.sessions = sessions
            self.errored = errored
            self.erroredSessions = erroredSessions
            self.crashed = crashed
            self.abnormal = abnormal
        }
    }

    /// The person's key; 0 where nobody is named.
    package var user: UInt64
    package var groups: [Group]
    package var redaction: RedactedEvent.Reason?

    package init(user: UInt64, groups: [Group]) {
        (self.user, self.groups) = (user, groups)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        user = try reader.optionalKey("user")
        redaction = try reader.redaction()
        guard let list = data["groups"]?.array else { throw reader.fail("groups") }
        groups = try list.map { try Group(MemberReader(data: $0, kind: Self.kind)) }
    }

    package var data: JSONValue {
        .present([
            redactedMember, ("user", .key(user)),
            ("groups", .array(groups.map(\.json))),
        ])
    }

    package var keys: IntakeKeys { IntakeKeys(user: user) }

    /// The sums stay, and distinct users and sessions stay distinct.
    package func erased(standIn: UInt64) -> SessionsReported {
        var record = self
        record.user = standIn
        record.redaction = .erased
        for index in record.groups.indices {
            record.groups[index].erroredSessions = groups[index].erroredSessions.map {
                EventKeys.session($0, standIn: standIn)
            }
        }
        return record
    }

    package var expired: SessionsReported? { nil }
}

extension SessionsReported.Group {
    init(_ reader: MemberReader) throws {
        guard let started = Timestamp(text: try reader.string("started")) else {
            throw reader.fail("started")
        }
        self.init(
            release: try reader.string("release"), environment: try reader.string("environment"),
            started: started, sessions: try reader.count("sessions"),
            errored: try reader.count("errored"), crashed: try reader.count("crashed"),
            abnormal: try reader.count("abnormal"))
        for key in reader.data["erroredSessions"]?.array ?? [] {
            guard let key = key.string.flatMap(HexText.value) else {
                throw reader.fail("erroredSessions")
            }
            erroredSessions.append(key)
        }
    }

    var json: JSONValue {
        func count(_ value: UInt64) -> JSONValue? { value == 0 ? nil : .integer(value) }
        return .present([
            ("release", .string(release)), ("environment", .string(environment)),
            ("started", .string(started.text)), ("sessions", count(sessions)),
            ("errored", count(errored)),
            (
                "erroredSessions",
                erroredSessions.isEmpty
                    ? nil : .array(erroredSessions.map { .string(HexText.text($0)) })
            ),
            ("crashed", count(crashed)), ("abnormal", count(abnormal)),
        ])
    }
}
