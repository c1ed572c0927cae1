/// Decodes a Sentry event in full, from its tree; the same rules as `SentryScan`, which reads only
/// what the digest needs.
struct SentryDecoder {
    private let root: JSONValue
    private var fields = FieldDecoder()

    static func event(_ root: JSONValue) -> ErrorEvent {
        var decoder = SentryDecoder(root: root)
        return decoder.decode()
    }

    private init(root: JSONValue) {
        self.root = root
    }

    private mutating func decode() -> ErrorEvent {
        var event = ErrorEvent()
        event.kind =
            switch root["type"]?.string {
            case "transaction": .transaction
            case "feedback": .feedback
            default: .error
            }
        event.id = fields.id(root, "event_id")
        event.timestamp = fields.timestamp(root, "timestamp")
        event.platform = fields.string(root, "platform")
        event.level = fields.level(root)
        event.logger = fields.string(root, "logger")
        event.transaction = fields.string(root, "transaction")
        event.serverName = fields.string(root, "server_name")
        event.release = fields.scalar(root, "release")
        event.dist = fields.scalar(root, "dist")
        event.environment = fields.string(root, "environment")
        decodeMessage(&event)
        decodeExceptions(&event)
        event.tags = fields.tags(root)
        decodeUser(&event)
        decodeContexts(&event)
        event.clientFingerprint = fields.scalars(root, "fingerprint")
        event.breadcrumbs = fields.list(root, "breadcrumbs").compactMap { breadcrumb($0) }
        event.request = fields.object(root, "request")
        event.extra = fields.object(root, "extra")
        event.sdk = fields.object(root, "sdk")
        decodeDebugImages(&event)
        event.dropped = fields.dropped
        return event
    }

    /// The field under its present name, else under the one of the oldest SDKs.
    private func name(_ present: String, _ legacy: String) -> String {
        root[present] == nil ? legacy : present
    }

    // MARK: Message

    private mutating func decodeMessage(_ event: inout ErrorEvent) {
        let plain = root["message"]
        let legacy = plain?.members == nil ? root["sentry.interfaces.Message"] : plain
        let entry = root["logentry"] ?? legacy
        let message = entry?.string ?? entry?["message"]?.string ?? ""
        let formatted = entry?["formatted"]?.string ?? ""
        let parameters = entry?["params"] ?? .null
        let hasParameters = MessageFormat.hasParameters(parameters)
        if !message.isEmpty, hasParameters || (!formatted.isEmpty && formatted != message) {
            event.template = message
        }
        if !formatted.isEmpty {
            event.message = formatted
        } else if !message.isEmpty {
            let language = FrameLanguage(platform: event.platform ?? "")
            event.message =
                hasParameters ? MessageFormat.expand(message, parameters, language) : message
        } else {
            event.message = plain?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    // MARK: Exceptions and stacks

    private mutating func decodeExceptions(_ event: inout ErrorEvent) {
        let innermostFirst = exceptionObjects().map { exception($0) }
        event.exceptions = innermostFirst.reversed()
        event.mechanism = event.exceptions.first?.mechanism
        chooseStack(&event)
        let saysUnhandled = event.exceptions.contains { $0.mechanism?.handled == false }
        event.saysHow = event.mechanism?.handled != nil || saysUnhandled
        let rule = ActionRule(
            mechanismType: event.mechanism?.type, saysUnhandled: saysUnhandled,
            hasMechanism: event.exceptions.contains { $0.mechanism != nil },
            hasException: event.hasException, level: event.level,
            responseStatus: root["contexts"]?["response"]?["status_code"]?.scalarText
                .flatMap { Int64($0) })
        event.action = rule.action
    }

    private mutating func exceptionObjects() -> [JSONValue] {
        let key = name("exception", "sentry.interfaces.Exception")
        guard let value = root[key], !value.isNull else { return [] }
        if let list = value.array { return list.filter { $0.members != nil } }
        if let values = value["values"] {
            return (values.array ?? []).filter { $0.members != nil }
        }
        if let members = value.members { return members.isEmpty ? [] : [value] }
        fields.drop(key)
        return []
    }

    private mutating func exception(_ value: JSONValue) -> ExceptionInfo {
        var exception = ExceptionInfo()
        exception.type = fields.string(value, "type")
        exception.value = fields.scalar(value, "value")
        exception.module = fields.string(value, "module")
        if let mechanism = fields.object(value, "mechanism") {
            exception.mechanism = Mechanism(
                type: fields.string(mechanism, "type"),
                handled: fields.bool(mechanism, "handled"))
        }
        exception.frames = frames(value["stacktrace"])
        return exception
    }

    /// The frames of `{"frames":[…]}`, nearest to the throw first.
    private mutating func frames(_ stack: JSONValue?) -> [Frame] {
        let list = (stack?["frames"]?.array ?? []).filter { $0.members != nil }
        var frames: [Frame] = []
        frames.reserveCapacity(list.count)
        for value in list.reversed() { frames.append(frame(value)) }
        return frames
    }

    private mutating func frame(_ value: JSONValue) -> Frame {
        var frame = Frame()
        let name = fields.string(value, "filename")
        frame.absPath = fields.string(value, "abs_path")
        frame.file = name.flatMap { $0.isEmpty ? nil : $0 } ?? frame.absPath
        frame.function = fields.string(value, "function")
        frame.module = fields.string(value, "module")
        frame.line = fields.line(value, "lineno")
        frame.column = fields.line(value, "colno")
        frame.inApp = fields.bool(value, "in_app")
        frame.isNative = fields.bool(value, "native") ?? false
        frame.preContext = fields.scalars(value, "pre_context")
        frame.contextLine = fields.string(value, "context_line")
        frame.postContext = fields.scalars(value, "post_context")
        frame.instructionAddress = fields.scalar(value, "instruction_addr")
        frame.package = fields.string(value, "package")
        return frame
    }

    private mutating func chooseStack(_ event: inout ErrorEvent) {
        event.stackFrom = .exception
        event.frames = event.exceptions.first?.frames ?? []
        if !event.frames.isEmpty { return }
        event.stackFrom = .threads
        event.frames = threadFrames()
        if !event.frames.isEmpty { return }
        event.stackFrom = .stacktrace
        event.frames = frames(root[name("stacktrace", "sentry.interfaces.Stacktrace")])
        if !event.frames.isEmpty { return }
        event.stackFrom = .exception
        event.frames = event.exceptions.first { !$0.frames.isEmpty }?.frames ?? []
        if event.frames.isEmpty { event.stackFrom = emptyStackSource() }
    }

    /// Where a stack stands that has no frames: the SDK looked, and found nothing.
    private func emptyStackSource() -> ErrorEvent.StackSource? {
        if exceptionStacks().contains(where: { $0["frames"]?.array != nil }) { return .exception }
        let key = name("stacktrace", "sentry.interfaces.Stacktrace")
        return root[key]?["frames"]?.array == nil ? nil : .stacktrace
    }

    private func exceptionStacks() -> [JSONValue] {
        let value = root[name("exception", "sentry.interfaces.Exception")]
        let list = value?.array ?? value?["values"]?.array ?? [value].compactMap { $0 }
        return list.compactMap { $0["stacktrace"] }
    }

    /// The stack of the first thread that crashed, else of the first current one.
    private mutating func threadFrames() -> [Frame] {
        let threads = fields.list(root, "threads")
        for flag in ["crashed", "current"] {
            for thread in threads where thread[flag]?.bool == true {
                let found = frames(thread["stacktrace"])
                if !found.isEmpty { return found }
            }
        }
        return []
    }

    // MARK: Scope

    private mutating func decodeUser(_ event: inout ErrorEvent) {
        let key = name("user", "sentry.interfaces.User")
        var account: String?
        if let user = fields.object(root, key) {
            var info = UserInfo()
            info.id = fields.scalar(user, "id")
            info.email = fields.scalar(user, "email")
            info.username = fields.scalar(user, "username")
            info.ip = fields.scalar(user, "ip_address")
            info.name = fields.scalar(user, "name")
            event.user = info
            let candidates = [
                user["account"], user["account_id"], user["data"]?["account"], user["segment"],
            ]
            account = candidates.compactMap { $0?.scalarText }.first { !$0.isEmpty }
        }
        account = account ?? event.tags.value("account", "tenant", "organization")
        event.account = account.map { AccountInfo(id: $0) }
        event.sessionID = event.tags.value("session_id", "sessionId")
        event.windowID = event.tags.value("window_id", "windowId")
    }

    private mutating func decodeContexts(_ event: inout ErrorEvent) {
        event.contexts = fields.object(root, "contexts")
        event.traceID = event.contexts?["trace"]?["trace_id"]?.scalarText
        event.replayID =
            event.tags.value("replayId") ?? event.contexts?["replay"]?["replay_id"]?.string
    }

    private mutating func breadcrumb(_ value: JSONValue) -> Breadcrumb? {
        guard value.members != nil else { return nil }
        var crumb = Breadcrumb()
        crumb.timestamp = fields.timestamp(value, "timestamp")
        crumb.type = fields.string(value, "type")
        crumb.category = fields.string(value, "category")
        crumb.level = fields.scalar(value, "level")
        crumb.message = fields.scalar(value, "message")
        crumb.data = value["data"].flatMap { $0.isNull ? nil : $0 }
        return crumb
    }

    /// The ids of the source maps that fit the files of the event, and these files.
    private func decodeDebugImages(_ event: inout ErrorEvent) {
        for image in root["debug_meta"]?["images"]?.array ?? []
        where image["type"]?.string == "sourcemap" {
            guard let id = image["debug_id"]?.string else { continue }
            event.debugIDs.append(id)
            if let file = image["code_file"]?.string {
                event.debugImages.append(DebugImage(file: file, id: id))
            }
        }
    }
}
