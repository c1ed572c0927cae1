/// One pass over a Sentry event for what its digest needs.
///
/// Every field may be missing, null or of a wrong type: then it counts as missing. Of a key that
/// stands twice the last one counts; of an old and a new name the new one.
struct SentryScan {
    private var facts = EventFacts()
    private var exceptions = SentryExceptionScan()
    private var exceptionsUseNewName = false
    private var message = SentryMessageScan()
    private var threads = SentryThreadScan()
    private var bareStack = StackTail(isNearestFirst: false)
    private var bareStackUsesNewName = false
    private var userUsesNewName = false
    private var responseStatus: Int64?

    static func facts(_ scanner: inout JSONScanner) throws(JSONError) -> EventFacts {
        var scan = SentryScan()
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            try scan.take(key, &scanner)
        }
        return try scan.finish(scanner.bytes)
    }

    private mutating func take(
        _ key: JSONSlice, _ scanner: inout JSONScanner
    ) throws(JSONError) {
        let bytes = scanner.bytes
        if bytes.matches(key, "event_id") {
            try facts.takeID(&scanner)
        } else if bytes.matches(key, "timestamp") {
            facts.timestamp = try scanner.takeTimestamp()
        } else if bytes.matches(key, "platform") {
            facts.platform = try scanner.takeString()
        } else if bytes.matches(key, "level") {
            facts.level = try scanner.takeLevel() ?? .error
        } else if bytes.matches(key, "transaction") {
            facts.transaction = try scanner.takeString()
        } else if bytes.matches(key, "environment") {
            facts.environment = try scanner.takeString()
        } else if bytes.matches(key, "release") {
            facts.release = try scanner.takeScalar()
        } else if bytes.matches(key, "user") {
            facts.user = try Self.takeUser(&scanner)
            userUsesNewName = true
        } else if bytes.matches(key, "tags") {
            facts.tags = try scanner.takeTags()
        } else if bytes.matches(key, "contexts") {
            try takeContexts(&scanner)
        } else if bytes.matches(key, "exception") {
            exceptions = try SentryExceptionScan(&scanner)
            exceptionsUseNewName = true
        } else if bytes.matches(key, "fingerprint") {
            facts.fingerprint = try scanner.takeScalars()
        } else if bytes.matches(key, "type") {
            facts.kind = Self.kind(bytes, try scanner.takeString())
        } else {
            try takeRare(key, &scanner)
        }
    }

    private mutating func takeRare(
        _ key: JSONSlice, _ scanner: inout JSONScanner
    ) throws(JSONError) {
        let bytes = scanner.bytes
        if bytes.matches(key, "message") {
            try message.takeMessage(&scanner)
        } else if bytes.matches(key, "logentry") {
            try message.takeEntry(&scanner)
        } else if bytes.matches(key, "threads") {
            threads = try SentryThreadScan(&scanner)
        } else if bytes.matches(key, "stacktrace") {
            bareStack = try SentryStackScan.take(&scanner)
            bareStackUsesNewName = true
        } else if bytes.matches(key, "sentry.interfaces.Exception"), !exceptionsUseNewName {
            exceptions = try SentryExceptionScan(&scanner)
        } else if bytes.matches(key, "sentry.interfaces.Message") {
            try message.takeLegacyEntry(&scanner)
        } else if bytes.matches(key, "sentry.interfaces.Stacktrace"), !bareStackUsesNewName {
            bareStack = try SentryStackScan.take(&scanner)
        } else if bytes.matches(key, "sentry.interfaces.User"), !userUsesNewName {
            facts.user = try Self.takeUser(&scanner)
        } else {
            try scanner.skipValue()
        }
    }

    private static func kind(_ bytes: JSONBytes, _ type: JSONSlice) -> EventKind {
        if bytes.matches(type, "transaction") { return .transaction }
        return bytes.matches(type, "feedback") ? .feedback : .error
    }

    private static func takeUser(_ scanner: inout JSONScanner) throws(JSONError) -> UserFacts {
        var user = UserFacts()
        var account = JSONSlice.missing
        var accountID = JSONSlice.missing
        var dataAccount = JSONSlice.missing
        var segment = JSONSlice.missing
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            let bytes = scanner.bytes
            if bytes.matches(key, "id") {
                user.id = try scanner.takeScalar()
            } else if bytes.matches(key, "username") {
                user.username = try scanner.takeScalar()
            } else if bytes.matches(key, "email") {
                user.email = try scanner.takeScalar()
            } else if bytes.matches(key, "ip_address") {
                user.address = try scanner.takeScalar()
            } else if bytes.matches(key, "account") {
                account = try scanner.takeScalar()
            } else if bytes.matches(key, "account_id") {
                accountID = try scanner.takeScalar()
            } else if bytes.matches(key, "segment") {
                segment = try scanner.takeScalar()
            } else if bytes.matches(key, "data") {
                dataAccount = try scanner.takeMember("account")
            } else {
                try scanner.skipValue()
            }
        }
        user.account = account.or(accountID).or(dataAccount).or(segment)
        return user
    }

    private mutating func takeContexts(_ scanner: inout JSONScanner) throws(JSONError) {
        var traceID = JSONSlice.missing
        var status: Int64?
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            if scanner.bytes.matches(key, "trace") {
                traceID = try scanner.takeMember("trace_id")
            } else if scanner.bytes.matches(key, "response") {
                let text = try scanner.takeMember("status_code")
                status = JSONNumber.int64(scanner.bytes.raw(text))
            } else {
                try scanner.skipValue()
            }
        }
        facts.traceID = traceID
        responseStatus = status
    }

    private mutating func finish(_ bytes: JSONBytes) throws(JSONError) -> EventFacts {
        let last = exceptions.last
        facts.hasException = exceptions.count > 0
        facts.type = last.type
        try message.finish(bytes, platform: facts.platform)
        facts.template = message.template
        if facts.hasException, !last.value.isEmpty {
            facts.value = last.value
        } else {
            facts.value = message.text
            facts.composedValue = message.composedText
        }
        chooseStack()
        facts.saysHow = last.saysHandled || exceptions.saysUnhandled
        let rule = ActionRule(
            saysUnhandled: exceptions.saysUnhandled, hasMechanism: exceptions.hasMechanism,
            hasException: facts.hasException, level: facts.level, responseStatus: responseStatus)
        facts.action = bytes.withText(last.mechanismType) { rule.action(mechanismType: $0) }
        facts.sessionID = facts.tag(bytes, "session_id", "sessionId")
        facts.user.account =
            facts.user.account.or(facts.tag(bytes, "account", "tenant", "organization"))
        return facts
    }

    /// The outermost exception's stack, else a thread's, else the bare one, else an inner
    /// exception's.
    private mutating func chooseStack() {
        if !exceptions.last.stack.isEmpty {
            facts.stack = exceptions.last.stack
        } else if !threads.stack.isEmpty {
            facts.stack = threads.stack
        } else if !bareStack.isEmpty {
            facts.stack = bareStack
        } else {
            facts.stack = exceptions.innerStack
            facts.stackIsOfCause = true
        }
    }
}

extension JSONScanner {
    /// The scalar that an object holds under this key; the rest of the object is skipped.
    mutating func takeMember(_ name: StaticString) throws(JSONError) -> JSONSlice {
        var found = JSONSlice.missing
        try forEachMember { (scanner, key) throws(JSONError) in
            if scanner.bytes.matches(key, name) {
                found = try scanner.takeScalar()
            } else {
                try scanner.skipValue()
            }
        }
        return found
    }
}
