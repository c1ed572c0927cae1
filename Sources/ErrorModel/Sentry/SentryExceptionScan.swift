/// What a digest needs of one exception.
struct SentryExceptionFacts {
    var type = JSONSlice.missing
    var value = JSONSlice.missing
    var mechanismType = JSONSlice.missing
    var hasMechanism = false
    /// The mechanism tells whether it was handled.
    var saysHandled = false
    var saysUnhandled = false
    var stack = StackTail(isNearestFirst: false)
}

/// The exceptions of an event, innermost first: `{"values":[…]}`, a bare list, or one object.
struct SentryExceptionScan {
    private(set) var count = 0
    /// The outermost one, which surfaced.
    private(set) var last = SentryExceptionFacts()
    /// The stack of the outermost inner exception that has one.
    private(set) var innerStack = StackTail(isNearestFirst: false)
    private(set) var saysUnhandled = false
    private(set) var hasMechanism = false

    init() {}

    init(_ scanner: inout JSONScanner) throws(JSONError) {
        if scanner.peek() == UInt8(ascii: "{") {
            try takeObject(&scanner)
        } else {
            try takeList(&scanner)
        }
    }

    private mutating func takeList(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.forEachElement { (scanner) throws(JSONError) in
            guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
            var exception = SentryExceptionFacts()
            try scanner.forEachMember { (scanner, key) throws(JSONError) in
                try Self.take(key, &scanner, &exception)
            }
            note(exception)
        }
    }

    /// An object with `values` holds a list; any other is an exception itself.
    private mutating func takeObject(_ scanner: inout JSONScanner) throws(JSONError) {
        var exception = SentryExceptionFacts()
        var isWrapper = false
        var isEmpty = true
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            isEmpty = false
            if scanner.bytes.matches(key, "values") {
                isWrapper = true
                self = SentryExceptionScan()
                try takeList(&scanner)
            } else {
                try Self.take(key, &scanner, &exception)
            }
        }
        if !isWrapper, !isEmpty { note(exception) }
    }

    private mutating func note(_ exception: SentryExceptionFacts) {
        if !last.stack.isEmpty { innerStack = last.stack }
        last = exception
        count += 1
        if exception.saysUnhandled { saysUnhandled = true }
        if exception.hasMechanism { hasMechanism = true }
    }

    @inline(__always)
    private static func take(
        _ key: JSONSlice, _ scanner: inout JSONScanner, _ exception: inout SentryExceptionFacts
    ) throws(JSONError) {
        let bytes = scanner.bytes
        if bytes.matches(key, "type") {
            exception.type = try scanner.takeString()
        } else if bytes.matches(key, "value") {
            exception.value = try scanner.takeScalar()
        } else if bytes.matches(key, "stacktrace") {
            exception.stack = try SentryStackScan.take(&scanner)
        } else if bytes.matches(key, "mechanism") {
            try takeMechanism(&scanner, &exception)
        } else {
            try scanner.skipValue()
        }
    }

    private static func takeMechanism(
        _ scanner: inout JSONScanner, _ exception: inout SentryExceptionFacts
    ) throws(JSONError) {
        exception.hasMechanism = scanner.peek() == UInt8(ascii: "{")
        exception.mechanismType = .missing
        var handled: Bool?
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            if scanner.bytes.matches(key, "type") {
                exception.mechanismType = try scanner.takeString()
            } else if scanner.bytes.matches(key, "handled") {
                handled = try scanner.takeBool()
            } else {
                try scanner.skipValue()
            }
        }
        exception.saysHandled = handled != nil
        exception.saysUnhandled = handled == false
    }
}
