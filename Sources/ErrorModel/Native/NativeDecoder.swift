/// Decodes an event of our own JSON in full, from its tree; the same rules as `NativeScan`.
struct NativeDecoder {
    private let root: JSONValue
    private var fields = FieldDecoder()
    private var images: [DebugImage] = []

    static func event(_ root: JSONValue) -> ErrorEvent {
        var decoder = NativeDecoder(root: root)
        return decoder.decode()
    }

    private init(root: JSONValue) {
        self.root = root
    }

    private mutating func decode() -> ErrorEvent {
        var event = ErrorEvent()
        event.id = fields.id(root, "id")
        event.timestamp = fields.timestamp(root, "timestamp")
        event.platform = fields.string(root, "platform")
        event.level = fields.level(root)
        let action = fields.string(root, "action").flatMap { ActionName.action($0) }
        event.action = action ?? .caught
        event.saysHow = action != nil
        event.transaction = fields.string(root, "transaction")
        event.release = fields.scalar(root, "release")
        event.dist = fields.scalar(root, "dist")
        event.environment = fields.string(root, "environment")
        decodeExceptions(&event)
        decodeScope(&event)
        event.tags = fields.tags(root)
        event.clientFingerprint = fields.scalars(root, "fingerprint")
        event.breadcrumbs = fields.list(root, "breadcrumbs").compactMap { breadcrumb($0) }
        event.logs = fields.list(root, "logs").compactMap { logLine($0) }
        event.contexts = fields.object(root, "contexts")
        event.request = fields.object(root, "request")
        event.extra = fields.object(root, "extra")
        event.sdk = fields.object(root, "sdk")
        event.debugIDs = fields.scalars(root, "debugIds")
        event.debugImages = images
        event.dropped = fields.dropped
        return event
    }

    private mutating func decodeExceptions(_ event: inout ErrorEvent) {
        let type = fields.string(root, "type") ?? ""
        let message = fields.string(root, "message")
        event.rawStack = fields.string(root, "stack").flatMap { $0.isEmpty ? nil : $0 }
        event.frames = frames(root)
        guard !type.isEmpty || !event.frames.isEmpty || event.rawStack != nil else {
            event.message = message
            return
        }
        var surfaced = ExceptionInfo(type: type, value: message)
        let stack = event.frames.isEmpty ? rawStack(&event, &surfaced) : nil
        surfaced.frames = event.frames
        event.exceptions = [surfaced]
        if !event.frames.isEmpty { event.stackFrom = .exception }
        decodeCauses(&event)
        if event.exceptions.count == 1 { event.exceptions += stack?.causes ?? [] }
    }

    /// Fills what is missing from the raw stack.
    private func rawStack(
        _ event: inout ErrorEvent, _ surfaced: inout ExceptionInfo
    ) -> RawStack? {
        guard let text = event.rawStack,
            let stack = RawStack(
                text, platform: event.platform ?? "", type: surfaced.type ?? "",
                message: surfaced.value ?? "")
        else { return nil }
        if surfaced.type?.isEmpty ?? true { surfaced.type = stack.type ?? "" }
        if surfaced.value?.isEmpty ?? true { surfaced.value = stack.message ?? surfaced.value }
        if event.platform?.isEmpty ?? true { event.platform = stack.platform }
        event.frames = stack.frames
        return stack
    }

    private mutating func decodeCauses(_ event: inout ErrorEvent) {
        for cause in fields.list(root, "causes") where cause.members != nil {
            var exception = ExceptionInfo(
                type: fields.string(cause, "type"), value: fields.string(cause, "message"))
            exception.module = fields.string(cause, "module")
            exception.frames = frames(cause)
            event.exceptions.append(exception)
        }
    }

    private mutating func frames(_ object: JSONValue) -> [Frame] {
        var frames: [Frame] = []
        for value in fields.list(object, "frames") where value.members != nil {
            frames.append(frame(value))
        }
        return frames
    }

    private mutating func frame(_ value: JSONValue) -> Frame {
        var frame = Frame(function: fields.string(value, "function"))
        let name = fields.string(value, "file")
        frame.absPath = fields.string(value, "absPath")
        frame.file = name.flatMap { $0.isEmpty ? nil : $0 } ?? frame.absPath
        frame.module = fields.string(value, "module")
        frame.line = fields.line(value, "line")
        frame.column = fields.line(value, "column")
        frame.inApp = fields.bool(value, "inApp")
        frame.isNative = fields.bool(value, "native") ?? false
        frame.isResolved = fields.bool(value, "resolved") ?? false
        frame.preContext = fields.scalars(value, "preContext")
        frame.contextLine = fields.string(value, "contextLine")
        frame.postContext = fields.scalars(value, "postContext")
        if let id = fields.string(value, "debugId"), let file = frame.file {
            images.append(DebugImage(file: file, id: id))
        }
        return frame
    }

    private mutating func decodeScope(_ event: inout ErrorEvent) {
        if let user = fields.object(root, "user") {
            var info = UserInfo()
            info.id = fields.scalar(user, "id")
            info.email = fields.scalar(user, "email")
            info.username = fields.scalar(user, "username")
            info.name = fields.scalar(user, "name")
            info.ip = fields.scalar(user, "ip")
            event.user = info
        }
        let account = root["account"]
        let accountID = account?.scalarText ?? account?["id"]?.scalarText ?? ""
        if !accountID.isEmpty {
            event.account = AccountInfo(id: accountID, name: account?["name"]?.scalarText)
        }
        event.traceID = fields.scalar(root, "traceId")
        event.sessionID = fields.scalar(root, "sessionId")
        event.windowID = fields.scalar(root, "windowId")
        event.replayID = fields.scalar(root, "replayId")
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

    private mutating func logLine(_ value: JSONValue) -> LogLine? {
        guard value.members != nil else { return nil }
        var line = LogLine()
        line.timestamp = fields.timestamp(value, "timestamp")
        line.level = fields.scalar(value, "level")
        line.message = fields.scalar(value, "message")
        return line
    }
}
