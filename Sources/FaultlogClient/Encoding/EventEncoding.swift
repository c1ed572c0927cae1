/// An event as one line of our own JSON, the body of `POST /api/events`.
enum EventEncoding {
    /// The name and version under which the server knows this library.
    static let sdkName = "faultlog.swift"
    static let sdkVersion = "0.1.0"

    /// The bytes without a line end; nil where nothing says what happened, or where the event is
    /// too large even without its extras and breadcrumbs.
    static func line(_ event: OutgoingEvent, byteLimit: Int = TextLimits.event) -> [UInt8]? {
        // The server wants one of them; an empty one counts as none.
        guard !(event.type ?? "").isEmpty || !(event.message ?? "").isEmpty else { return nil }
        var event = event
        var bytes = encode(event, byteLimit)
        if bytes.count > byteLimit {
            event.extra = ["faultlogCut": "extra and contexts: the event was too large"]
            event.contexts = [:]
            bytes = encode(event, byteLimit)
        }
        if bytes.count > byteLimit {
            event.extra = ["faultlogCut": "extra, contexts and breadcrumbs: it was too large"]
            event.breadcrumbs = []
            bytes = encode(event, byteLimit)
        }
        return bytes.count > byteLimit ? nil : bytes
    }

    private static func encode(_ event: OutgoingEvent, _ byteLimit: Int) -> [UInt8] {
        var json = JSONText()
        json.valueByteLimit = byteLimit
        json.object { json in
            json.member("id", event.id, limit: TextLimits.name)
            json.member(
                "timestamp", TimeText.text(microseconds: event.timestampMicroseconds),
                limit: TextLimits.name)
            json.member("level", event.level.rawValue, limit: TextLimits.name)
            json.member("action", event.action.rawValue, limit: TextLimits.name)
            json.member("platform", "swift", limit: TextLimits.name)
            json.member("type", event.type, limit: TextLimits.name)
            json.member("message", event.message, limit: TextLimits.message)
            if !event.frames.isEmpty { frames(event.frames, &json) }
            if !event.causes.isEmpty { causes(event.causes, &json) }
            json.member("release", event.release, limit: TextLimits.name)
            json.member("environment", event.environment, limit: TextLimits.name)
            people(event, &json)
            json.member("sessionId", event.sessionID, limit: TextLimits.name)
            json.member("traceId", event.traceID, limit: TextLimits.name)
            json.member("transaction", event.transaction, limit: TextLimits.name)
            details(event, &json)
            json.key("sdk")
            json.object { json in
                json.member("name", sdkName, limit: TextLimits.name)
                json.member("version", sdkVersion, limit: TextLimits.name)
            }
        }
        return json.bytes
    }

    private static func frames(_ frames: [OutgoingEvent.Frame], _ json: inout JSONText) {
        json.key("frames")
        json.array { json in
            for frame in frames.prefix(TextLimits.frames) {
                json.object { json in
                    json.member("function", frame.function, limit: TextLimits.name)
                    json.member("file", frame.file, limit: TextLimits.name)
                    json.member("module", frame.module, limit: TextLimits.name)
                    if let line = frame.line, line > 0 {
                        json.key("line")
                        json.literal(String(line))
                    }
                    json.key("inApp")
                    json.literal(frame.inApp ? "true" : "false")
                }
            }
        }
    }

    private static func causes(_ causes: [OutgoingEvent.Cause], _ json: inout JSONText) {
        json.key("causes")
        json.array { json in
            for cause in causes.prefix(TextLimits.causes) {
                json.object { json in
                    json.member("type", cause.type, limit: TextLimits.name)
                    json.member("message", cause.message, limit: TextLimits.text)
                }
            }
        }
    }

    private static func people(_ event: OutgoingEvent, _ json: inout JSONText) {
        if let user = event.user {
            json.key("user")
            json.object { json in
                json.member("id", user.id, limit: TextLimits.name)
                json.member("username", user.username, limit: TextLimits.name)
                json.member("email", user.email, limit: TextLimits.name)
                json.member("name", user.name, limit: TextLimits.name)
                json.member("ip", user.ip, limit: TextLimits.name)
            }
        }
        if let account = event.account {
            json.key("account")
            json.object { json in
                json.member("id", account.id, limit: TextLimits.name)
                json.member("name", account.name, limit: TextLimits.name)
            }
        }
    }

    private static func details(_ event: OutgoingEvent, _ json: inout JSONText) {
        if !event.tags.isEmpty {
            json.key("tags")
            json.object { json in
                // Which ones stay shall not hang on chance.
                for tag in event.tags.sorted(by: { $0.key < $1.key }).prefix(TextLimits.tags) {
                    json.member(
                        TextLimits.cut(tag.key, to: TextLimits.name), tag.value,
                        limit: TextLimits.name)
                }
            }
        }
        if !event.fingerprint.isEmpty {
            json.key("fingerprint")
            json.array { json in
                for part in event.fingerprint.prefix(TextLimits.fingerprint) {
                    json.string(TextLimits.cut(part, to: TextLimits.name))
                }
            }
        }
        if !event.breadcrumbs.isEmpty { breadcrumbs(event.breadcrumbs, &json) }
        if !event.contexts.isEmpty {
            json.key("contexts")
            json.values(event.contexts)
        }
        if !event.extra.isEmpty {
            json.key("extra")
            json.values(event.extra)
        }
    }

    private static func breadcrumbs(
        _ crumbs: [OutgoingEvent.Breadcrumb], _ json: inout JSONText
    ) {
        json.key("breadcrumbs")
        json.array { json in
            for crumb in crumbs.suffix(TextLimits.breadcrumbs) {
                json.object { json in
                    json.member(
                        "timestamp", TimeText.text(microseconds: crumb.timestampMicroseconds),
                        limit: TextLimits.name)
                    json.member("category", crumb.category, limit: TextLimits.name)
                    json.member("level", crumb.level.rawValue, limit: TextLimits.name)
                    json.member("message", crumb.message, limit: TextLimits.text)
                    if !crumb.data.isEmpty {
                        json.key("data")
                        json.values(crumb.data)
                    }
                }
            }
        }
    }
}
