/// One report about one session, as an SDK sends it.
///
/// The same session comes several times: first with `init`, then again at its first error, and at
/// its end. `seq` counts these up; where an SDK sends none (browsers) the time of the report does.
struct SessionItem {
    var session: UInt64
    /// Tells this report from the others about the session.
    var sequence: String
    var user: String?
    var isNew = false
    var started: Timestamp?
    var status = Status.ok
    var hasErrors = false
    var release: String?
    var environment: String?

    enum Status: String {
        case ok
        case exited
        case crashed
        case abnormal
        case errored
        case unhandled
    }

    /// Nil for what is no report about a session: no object, or without a `sid`.
    init?(_ payload: RawSpan) {
        let item: SessionItem? = payload.withJSON { text in
            guard var scanner = try? JSONScanner(text, toleratesBadText: true),
                scanner.peek() == UInt8(ascii: "{")
            else { return nil }
            var scan = SessionScan()
            do throws(JSONError) {
                try scanner.forEachMember { (scanner, key) throws(JSONError) in
                    try scan.take(key, &scanner)
                }
                try scanner.expectEnd()
            } catch {
                return nil
            }
            return scan.item(text)
        }
        guard let item else { return nil }
        self = item
    }

    fileprivate init(session: UInt64, sequence: String) {
        self.session = session
        self.sequence = sequence
    }

    /// A session that ends badly has an error, whatever it counts.
    var isErrored: Bool {
        hasErrors || status == .crashed || status == .abnormal || status == .errored
            || status == .unhandled
    }
}

/// The members of a session report, as slices.
private struct SessionScan {
    private var sid = JSONSlice.missing
    private var did = JSONSlice.missing
    private var seq = JSONSlice.missing
    private var isNew = false
    private var started: Timestamp?
    private var timestamp = JSONSlice.missing
    private var status = JSONSlice.missing
    private var errors = JSONSlice.missing
    private var attributes = SessionAttributes()

    mutating func take(_ key: JSONSlice, _ scanner: inout JSONScanner) throws(JSONError) {
        let bytes = scanner.bytes
        if bytes.matches(key, "sid") {
            sid = try scanner.takeString()
        } else if bytes.matches(key, "did") {
            did = try scanner.takeScalar()
        } else if bytes.matches(key, "seq") {
            seq = try scanner.takeNumber()
        } else if bytes.matches(key, "init") {
            isNew = try scanner.takeBool() ?? false
        } else if bytes.matches(key, "started") {
            started = try scanner.takeTimestamp()
        } else if bytes.matches(key, "timestamp") {
            timestamp = try scanner.takeScalar()
        } else if bytes.matches(key, "status") {
            status = try scanner.takeString()
        } else if bytes.matches(key, "errors") {
            errors = try scanner.takeNumber()
        } else if bytes.matches(key, "attrs") {
            attributes = try SessionAttributes(&scanner)
        } else {
            try scanner.skipValue()
        }
    }

    func item(_ bytes: JSONBytes) -> SessionItem? {
        if sid.isEmpty { return nil }
        let text = bytes.string(sid)
        let status = bytes.string(status)
        // A report that an SDK repeats is the same in all of these.
        let sequence =
            "\(text.lowercased())|\(bytes.string(seq.or(timestamp)))|\(isNew)|\(status)"
        var item = SessionItem(session: EventKeys.session(text), sequence: sequence)
        item.isNew = isNew
        item.started = started
        item.status = SessionItem.Status(rawValue: status) ?? .ok
        item.hasErrors = (JSONNumber.int64(bytes.raw(errors)) ?? 0) > 0
        item.user = attributes.user(did, bytes)
        item.release = bytes.optionalString(attributes.release)
        item.environment = bytes.optionalString(attributes.environment)
        return item
    }
}

/// `attrs` of a session or of aggregates.
struct SessionAttributes {
    var release = JSONSlice.missing
    var environment = JSONSlice.missing
    var address = JSONSlice.missing

    init() {}

    init(_ scanner: inout JSONScanner) throws(JSONError) {
        var found = SessionAttributes()
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            if scanner.bytes.matches(key, "release") {
                found.release = try scanner.takeScalar()
            } else if scanner.bytes.matches(key, "environment") {
                found.environment = try scanner.takeString()
            } else if scanner.bytes.matches(key, "ip_address") {
                found.address = try scanner.takeString()
            } else {
                try scanner.skipValue()
            }
        }
        self = found
    }

    /// Who it was: the id that the SDK names the person by, else the address, as with events.
    func user(_ did: JSONSlice, _ bytes: JSONBytes) -> String? {
        if !did.isEmpty { return bytes.string(did) }
        // "The peer", which nobody knows any more once it is stored.
        if address.isEmpty || bytes.matches(address, "{{auto}}") { return nil }
        return bytes.string(address)
    }
}

/// Sessions that a server has counted itself: so many in each minute.
struct SessionAggregates {
    struct Entry {
        var started: Timestamp?
        var user: String?
        var exited: UInt64
        var errored: UInt64
        var crashed: UInt64
        var abnormal: UInt64
    }

    var release: String?
    var environment: String?
    var entries: [Entry]

    /// More sessions of one minute are not believed, so that sums stay within 63 bits.
    private static let countLimit: Int64 = 1_000_000

    /// Nil for what is no report: no object, or without a list of aggregates.
    init?(_ payload: RawSpan) {
        let json = payload.withJSON { text in try? JSONValue(text, toleratesBadText: true) }
        guard let json, let list = json["aggregates"]?.array else { return nil }
        release = json["attrs"]?["release"]?.string
        environment = json["attrs"]?["environment"]?.string
        entries = list.prefix(ItemLimits.sessionGroups).compactMap(Self.entry)
    }

    private static func entry(_ json: JSONValue) -> Entry? {
        func count(_ names: String...) -> UInt64 {
            names.reduce(0) { sum, name in
                sum + UInt64(min(max(json[name]?.int64 ?? 0, 0), countLimit))
            }
        }
        let entry = Entry(
            started: json["started"].flatMap { Timestamp(json: $0) },
            user: json["did"].flatMap { $0.string ?? $0.numberText },
            exited: count("exited"), errored: count("errored", "unhandled"),
            crashed: count("crashed"), abnormal: count("abnormal"))
        let all = entry.exited + entry.errored + entry.crashed + entry.abnormal
        return all == 0 ? nil : entry
    }
}

extension JSONValue {
    /// A number as it stands in the text.
    var numberText: String? {
        if case .number(let text) = self { text } else { nil }
    }
}

extension Timestamp {
    /// A time as text or as a number of seconds.
    init?(json: JSONValue) {
        switch json {
        case .string(let text): self.init(text: text)
        case .number(let text):
            var text = text
            let time = text.withUTF8 { Timestamp(number: UnsafeRawBufferPointer($0)) }
            guard let time else { return nil }
            self = time
        default: return nil
        }
    }
}
