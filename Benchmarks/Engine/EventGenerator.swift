/// Writes error events as SDKs send them: deterministic, each of exactly the same length.
///
/// An issue has its exception, its frames and its transaction for good; an event adds what differs
/// in real ones (ids, time, user, release, addresses, breadcrumbs). How often an issue happens
/// follows Zipf's law. The same seed gives the same events.
struct EventGenerator {
    enum Form {
        /// As a Sentry SDK sends it.
        case sentry
        /// Our own JSON.
        case native
    }

    static let eventByteCount = 4_096
    static let userCount = 60_000
    static let accountCount = 1_500
    static let releaseCount = 20
    /// 2026-01-01T00:00:00Z.
    static let start = 1_767_225_600_000_000
    /// Seven days.
    static let span = 7 * 86_400 * 1_000_000

    private struct Issue {
        /// `,"platform":…` with level and transaction.
        var head: [UInt8]
        /// Exception and frames.
        var stack: [UInt8]
    }

    private let form: Form
    private let count: Int
    private let issues: [Issue]
    /// Sums of the issues' weights.
    private let weights: [Double]
    private let crumbs: [[UInt8]]
    /// Running text that fills an event up to its length.
    private let filler: [UInt8]
    private var random = SplitMix(state: 1)

    init(_ form: Form, count: Int, issueCount: Int) {
        self.form = form
        self.count = count
        var world = SplitMix(state: 20_260_101)
        issues = (0..<issueCount).map { Self.issue($0, form, &world) }
        var sum = 0.0
        weights = (0..<issueCount).map {
            sum += 1 / Double($0 + 1)
            return sum
        }
        crumbs = (0..<512).map { _ in Array(Self.crumb(&world).utf8) }
        var text: [UInt8] = []
        while text.count < 200_000 {
            text += Array("\(Words.verbs.pick(&world)) the \(Words.nouns.pick(&world)) ".utf8)
            if world.below(2) == 0 { text += Array("of order \(world.below(9_999)), ".utf8) }
        }
        filler = text
    }

    /// Appends event `number` as one line of `eventByteCount` bytes, its newline not counted.
    mutating func append(_ number: Int, to output: inout [UInt8]) {
        random = SplitMix(state: UInt64(number) &* 0x9e37_79b9_7f4a_7c15 &+ 7)
        let first = output.count
        let issue = issues[pickIssue()]
        let time = Self.start + number * (Self.span / max(1, count)) - random.below(2_000_000)
        // Many people are hit now and then, some often.
        let share = random.fraction()
        let user = Int(share * share * Double(Self.userCount))
        // The newest releases are used most.
        let age = random.fraction()
        let release = Self.releaseCount - 1 - Int(age * age * Double(Self.releaseCount))
        output += form == .sentry ? #"{"event_id":""# : #"{"id":""#
        hex(32, &output)
        let fraction = String(time % 1_000_000 + 1_000_000).dropFirst()
        output += #"","timestamp":\#(time / 1_000_000).\#(fraction)"#
        output += issue.head
        output += #","environment":""#
        output += random.below(20) < 17 ? "production" : random.below(2) == 0 ? "staging" : "test"
        output += #"","release":"shop@4.\#(release / 4).\#(release % 4)","#
        let account = user * 7_919 % Self.accountCount
        let shard = random.below(16)
        switch form {
        case .sentry:
            output += #""user":{"id":"u\#(user)","email":"user\#(user)@example.com","#
            output += #""ip_address":"10.\#(shard).\#(random.below(256)).\#(random.below(256))"},"#
            output += #""tags":{"account":"a-\#(account)","region":"eu-\#(shard % 4)","#
            output += #""tier":"team","shard":"\#(shard)"},"contexts":{"trace":{"trace_id":""#
            hex(32, &output)
            output += #"","span_id":""#
            hex(16, &output)
            output += #""},"runtime":{"name":"CPython","version":"3.12.3"}},"#
            output += #""sdk":{"name":"sentry.python","version":"2.19.2"},"#
        case .native:
            output += #""user":{"id":"u\#(user)","email":"user\#(user)@example.com","#
            output += #""ip":"10.\#(shard).\#(random.below(256)).\#(random.below(256))"},"#
            output += #""account":{"id":"a-\#(account)"},"tags":{"region":"eu-\#(shard % 4)","#
            output += #""tier":"team","shard":"\#(shard)"},"traceId":""#
            hex(32, &output)
            output += #"","#
        }
        output += #""request":{"url":"https://shop.example.com/orders/\#(random.below(1 << 30))","#
        output += #""method":"POST","headers":{"X-Request-Id":""#
        hex(16, &output)
        output += #""}},"#
        output += issue.stack
        appendCrumbs(time, &output)
        pad(from: first, &output)
    }

    private mutating func pickIssue() -> Int {
        let wanted = random.fraction() * (weights.last ?? 0)
        var low = 0
        var high = weights.count - 1
        while low < high {
            let middle = (low + high) / 2
            if weights[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func hex(_ digits: Int, _ output: inout [UInt8]) {
        var bits: UInt64 = 0
        for digit in 0..<digits {
            if digit % 16 == 0 { bits = random.next() }
            let value = UInt8(truncatingIfNeeded: bits & 15)
            output.append(value < 10 ? 0x30 + value : 0x57 + value)
            bits >>= 4
        }
    }

    private mutating func appendCrumbs(_ time: Int, _ output: inout [UInt8]) {
        output += #","breadcrumbs":{"values":["#
        let place = random.below(crumbs.count - 8)
        for index in 0..<8 {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            let moment = time / 1_000_000 - 8 + index
            output += #"{"timestamp":\#(moment).\#(100 + random.below(900))"#
            output += crumbs[place + index]
            output += #","data":{"n":\#(random.below(1 << 22))}}"#
        }
        output += "]}"
    }

    private mutating func pad(from first: Int, _ output: inout [UInt8]) {
        output += #","extra":{"note":""#
        let ending = #""}}"#
        let rest = Self.eventByteCount - (output.count - first) - ending.utf8.count
        precondition(rest >= 0, "an event without filler is longer than \(Self.eventByteCount)")
        let place = random.below(filler.count - rest)
        output += filler[place..<(place + rest)]
        output += ending
        output.append(UInt8(ascii: "\n"))
    }

    // MARK: the fixed parts

    private static func issue(_ number: Int, _ form: Form, _ world: inout SplitMix) -> Issue {
        let noun = Words.nouns.pick(&world)
        let verb = Words.verbs.pick(&world)
        let type = "\(Words.kinds.pick(&world))\(number % 97 == 0 ? "" : "\(number)")Error"
        let field = Words.nouns.pick(&world)
        let value = #"cannot \#(verb) \#(noun): field '\#(field)' is \"missing\""#
        let level = world.below(10) == 0 ? "fatal" : "error"
        let place = "shop.\(noun).views.\(verb)_\(number)"
        let head = #","platform":"python","level":"\#(level)","transaction":"\#(place)""#
        let frames = (0..<10).map { frame($0, number, form, &world) }.joined(separator: ",")
        let isHandled = world.below(3) == 0
        let stack =
            switch form {
            case .sentry:
                #""exception":{"values":[{"type":"\#(type)","value":"\#(value)","#
                    + #""module":"shop.errors","mechanism":{"type":"django","#
                    + #""handled":\#(isHandled)},"stacktrace":{"frames":[\#(frames)]}}]}"#
            case .native:
                #""type":"\#(type)","message":"\#(value)","action":"unhandled","#
                    + #""frames":[\#(frames)]"#
            }
        return Issue(head: Array(head.utf8), stack: Array(stack.utf8))
    }

    private static func frame(
        _ index: Int, _ issue: Int, _ form: Form, _ world: inout SplitMix
    ) -> String {
        let isOurs = index % 3 == 0
        let module =
            isOurs
            ? "shop.\(Words.nouns.pick(&world)).\(Words.verbs.pick(&world))"
            : "\(Words.libraries.pick(&world)).\(Words.verbs.pick(&world))"
        let file = module.split(separator: ".").joined(separator: "/") + ".py"
        let function = "\(Words.verbs.pick(&world))_\(Words.nouns.pick(&world))"
        let line = 1 + world.below(900)
        switch form {
        case .sentry:
            return #"{"filename":"\#(file)","function":"\#(function)","module":"\#(module)","#
                + #""lineno":\#(line),"in_app":\#(isOurs)}"#
        case .native:
            return #"{"file":"\#(file)","function":"\#(function)","module":"\#(module)","#
                + #""line":\#(line)}"#
        }
    }

    private static func crumb(_ world: inout SplitMix) -> String {
        let noun = Words.nouns.pick(&world)
        let verb = Words.verbs.pick(&world)
        switch world.below(3) {
        case 0:
            return #","category":"query","message":"SELECT \"\#(verb)\" FROM \"\#(noun)\"""#
        case 1:
            return #","type":"http","category":"httplib","message":"GET /v1/\#(noun)s/\#(verb)""#
        default:
            return #","category":"app.\#(noun)","level":"info","message":"\#(verb) \#(noun) done""#
        }
    }
}

/// SplitMix64 of Steele, Lea and Flood.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(next() >> 1) % bound }

    /// From 0 up to, not including, 1.
    mutating func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }
}

/// What the events are made of.
private enum Words {
    static let verbs = split(
        "get load fetch parse render update create delete apply resolve merge sync flush encode "
            + "validate dispatch handle build compute schedule retry commit publish refresh")
    static let nouns = split(
        "order cart invoice user account session payment token profile catalog price stock "
            + "shipment address coupon report metric queue batch cursor schema tenant ledger")
    static let libraries = split(
        "django.core.handlers django.db.models celery.worker urllib3.connectionpool "
            + "requests.adapters sqlalchemy.engine redis.client werkzeug.serving grpc.channel")
    static let kinds = split(
        "Value Key Type Attribute Integrity Operational Timeout Connection Permission Validation "
            + "Index Runtime Decode Lookup State")

    private static func split(_ text: String) -> [String] {
        text.split(separator: " ").map(String.init)
    }
}

extension [String] {
    fileprivate func pick(_ random: inout SplitMix) -> String { self[random.below(count)] }
}

private func += (output: inout [UInt8], text: String) {
    output.append(contentsOf: text.utf8)
}
