/// One pass over an event in our own JSON for what its digest needs.
struct NativeScan {
    private var facts = EventFacts()
    private var action: Action?
    private var type = JSONSlice.missing
    private var accountID = JSONSlice.missing
    private var stackText = JSONSlice.missing

    /// Throws `.neitherTypeNorMessage` where nothing says what happened.
    static func facts(_ scanner: inout JSONScanner) throws(IntakeError) -> EventFacts {
        var scan = NativeScan()
        do throws(JSONError) {
            try scanner.forEachMember { (scanner, key) throws(JSONError) in
                try scan.take(key, &scanner)
            }
        } catch {
            throw .invalidJSON(error)
        }
        guard !scan.type.isEmpty || !scan.facts.value.isEmpty else {
            throw .neitherTypeNorMessage
        }
        return scan.finish(scanner.bytes)
    }

    private mutating func take(
        _ key: JSONSlice, _ scanner: inout JSONScanner
    ) throws(JSONError) {
        let bytes = scanner.bytes
        if bytes.matches(key, "id") {
            try facts.takeID(&scanner)
        } else if bytes.matches(key, "timestamp") {
            facts.timestamp = try scanner.takeTimestamp()
        } else if bytes.matches(key, "level") {
            facts.level = try scanner.takeLevel() ?? .error
        } else if bytes.matches(key, "action") {
            let name = try scanner.takeString()
            action = bytes.withText(name) { ActionName.action($0) }
        } else if bytes.matches(key, "platform") {
            facts.platform = try scanner.takeString()
        } else if bytes.matches(key, "type") {
            type = try scanner.takeString()
        } else if bytes.matches(key, "message") {
            facts.value = try scanner.takeString()
        } else if bytes.matches(key, "frames") {
            try takeFrames(&scanner)
        } else if bytes.matches(key, "stack") {
            stackText = try scanner.takeString()
        } else if bytes.matches(key, "release") {
            facts.release = try scanner.takeScalar()
        } else if bytes.matches(key, "environment") {
            facts.environment = try scanner.takeString()
        } else if bytes.matches(key, "transaction") {
            facts.transaction = try scanner.takeString()
        } else {
            try takeCorrelation(key, &scanner)
        }
    }

    private mutating func takeCorrelation(
        _ key: JSONSlice, _ scanner: inout JSONScanner
    ) throws(JSONError) {
        let bytes = scanner.bytes
        if bytes.matches(key, "user") {
            try takeUser(&scanner)
        } else if bytes.matches(key, "account") {
            accountID =
                scanner.peek() == UInt8(ascii: "{")
                ? try scanner.takeMember("id") : try scanner.takeScalar()
        } else if bytes.matches(key, "traceId") {
            facts.traceID = try scanner.takeScalar()
        } else if bytes.matches(key, "sessionId") {
            facts.sessionID = try scanner.takeScalar()
        } else if bytes.matches(key, "tags") {
            facts.tags = try scanner.takeTags()
        } else if bytes.matches(key, "fingerprint") {
            facts.fingerprint = try scanner.takeScalars()
        } else {
            try scanner.skipValue()
        }
    }

    private mutating func takeUser(_ scanner: inout JSONScanner) throws(JSONError) {
        facts.user = UserFacts()
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            let bytes = scanner.bytes
            if bytes.matches(key, "id") {
                facts.user.id = try scanner.takeScalar()
            } else if bytes.matches(key, "username") {
                facts.user.username = try scanner.takeScalar()
            } else if bytes.matches(key, "email") {
                facts.user.email = try scanner.takeScalar()
            } else if bytes.matches(key, "ip") {
                facts.user.address = try scanner.takeScalar()
            } else {
                try scanner.skipValue()
            }
        }
    }

    private mutating func takeFrames(_ scanner: inout JSONScanner) throws(JSONError) {
        facts.stack = StackTail(isNearestFirst: true)
        try scanner.forEachElement { (scanner) throws(JSONError) in
            guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
            let frame = try Self.takeFrame(&scanner)
            let isEngine = frame.isEngine(scanner.bytes)
            facts.stack.append(
                frame, isEngine: isEngine,
                isInApp: frame.isOwn(scanner.bytes))
        }
    }

    private static func takeFrame(_ scanner: inout JSONScanner) throws(JSONError) -> FrameFacts {
        var frame = FrameFacts()
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            let bytes = scanner.bytes
            if bytes.matches(key, "function") {
                frame.function = try scanner.takeString()
            } else if bytes.matches(key, "file") {
                frame.file = try scanner.takeString()
            } else if bytes.matches(key, "absPath") {
                frame.path = try scanner.takeString()
            } else if bytes.matches(key, "module") {
                frame.module = try scanner.takeString()
            } else if bytes.matches(key, "line") {
                frame.hasLine = try scanner.takeLine() != nil
            } else if bytes.matches(key, "native") {
                frame.isNative = try scanner.takeBool() ?? false
            } else if bytes.matches(key, "inApp") {
                frame.inApp = try scanner.takeBool()
            } else if bytes.matches(key, "resolved") {
                frame.isResolved = try scanner.takeBool() ?? false
            } else {
                try scanner.skipValue()
            }
        }
        return frame
    }

    private mutating func finish(_ bytes: JSONBytes) -> EventFacts {
        facts.type = type
        facts.hasException = !type.isEmpty || !facts.stack.isEmpty || !stackText.isEmpty
        if facts.stack.isEmpty, !stackText.isEmpty {
            facts.rawStack = RawStack(
                bytes.string(stackText), platform: bytes.string(facts.platform),
                type: bytes.string(type), message: bytes.string(facts.value))
            if facts.value.isEmpty, let message = facts.rawStack?.message {
                facts.composedValue = Array(message.utf8)
            }
        }
        facts.action = action ?? .caught
        facts.saysHow = action != nil
        facts.user.account = accountID
        return facts
    }
}

/// What our own JSON writes for an action.
package enum ActionName {
    /// The action of a name in any case.
    package static func action(_ name: UnsafeRawBufferPointer) -> Action? {
        if name.isASCIIIgnoringCase("unhandled") { return .unhandled }
        if name.isASCIIIgnoringCase("caught") { return .caught }
        if name.isASCIIIgnoringCase("rejection") { return .rejection }
        return name.isASCIIIgnoringCase("http_error") ? .httpError : nil
    }

    package static func action(_ name: String) -> Action? {
        var name = name
        return name.withUTF8 { action(UnsafeRawBufferPointer($0)) }
    }
}
