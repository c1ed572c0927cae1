extension ErrorEvent {
    /// Writes the event as one object of our own JSON, the shape of every answer.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(to: &writer)
        writer.endObject()
    }

    /// Writes the members of that object, for an answer that adds its own.
    package func writeMembers(to writer: inout JSONWriter) {
        writer.optionalMember("id", id?.text)
        writer.optionalMember("redacted", redacted?.rawValue)
        writer.optionalMember("timestamp", timestamp)
        writer.member("level", level.name)
        writer.member("action", action.name)
        writer.optionalMember("platform", platform)
        writer.member("type", shownType)
        writer.optionalMember("message", value)
        writeTexts(to: &writer)
        Self.write(frames, to: &writer)
        writer.optionalMember("stack", rawStack)
        writeCauses(to: &writer)
        writeScope(to: &writer)
        writeHistory(to: &writer)
        writer.optionalMember("contexts", contexts)
        writer.optionalMember("request", request)
        writer.optionalMember("extra", extra)
        writer.optionalMember("sdk", sdk)
        writeStrings("fingerprint", clientFingerprint, to: &writer)
        writeStrings("debugIds", debugIDs, to: &writer)
        writeStrings("dropped", dropped, to: &writer)
        writeStrings("scrubbed", scrubbed, to: &writer)
    }

    /// Writes `frames`, and `causes` where there are any.
    package func writeStacks(to writer: inout JSONWriter) {
        Self.write(frames, to: &writer)
        writeCauses(to: &writer)
    }

    private func writeTexts(to writer: inout JSONWriter) {
        if hasException, let message, message != value { writer.member("logMessage", message) }
        writer.optionalMember("template", template)
        writer.optionalMember("logger", logger)
        writer.optionalMember("transaction", transaction)
        writer.optionalMember("serverName", serverName)
        if let mechanism {
            writer.key("mechanism")
            writer.beginObject()
            writer.optionalMember("type", mechanism.type)
            if let handled = mechanism.handled { writer.member("handled", handled) }
            writer.endObject()
        }
    }

    private static func write(_ frames: [Frame], to writer: inout JSONWriter) {
        writer.key("frames")
        writer.beginArray()
        for frame in frames { frame.write(to: &writer) }
        writer.endArray()
    }

    private func writeCauses(to writer: inout JSONWriter) {
        guard exceptions.count > 1 else { return }
        writer.key("causes")
        writer.beginArray()
        for cause in exceptions.dropFirst() {
            writer.beginObject()
            writer.optionalMember("type", cause.type)
            writer.optionalMember("message", cause.value)
            writer.optionalMember("module", cause.module)
            Self.write(cause.frames, to: &writer)
            writer.endObject()
        }
        writer.endArray()
    }

    private func writeScope(to writer: inout JSONWriter) {
        writer.optionalMember("release", release)
        writer.optionalMember("dist", dist)
        writer.optionalMember("environment", environment)
        if let user {
            writer.key("user")
            writer.beginObject()
            writer.optionalMember("id", user.id)
            writer.optionalMember("email", user.email)
            writer.optionalMember("username", user.username)
            writer.optionalMember("name", user.name)
            writer.optionalMember("ip", user.ip)
            writer.endObject()
        }
        if let account {
            writer.key("account")
            writer.beginObject()
            writer.member("id", account.id)
            writer.optionalMember("name", account.name)
            writer.endObject()
        }
        writer.optionalMember("sessionId", sessionID)
        writer.optionalMember("windowId", windowID)
        writer.optionalMember("traceId", traceID)
        writer.optionalMember("replayId", replayID)
    }

    private func writeHistory(to writer: inout JSONWriter) {
        writer.key("tags")
        writer.beginObject()
        for tag in tags { writer.member(tag.key, tag.value) }
        writer.endObject()
        writer.key("breadcrumbs")
        writer.beginArray()
        for crumb in breadcrumbs { crumb.write(to: &writer) }
        writer.endArray()
        if logs.isEmpty { return }
        writer.key("logs")
        writer.beginArray()
        for line in logs {
            writer.beginObject()
            writer.optionalMember("timestamp", line.timestamp)
            writer.optionalMember("level", line.level)
            writer.optionalMember("message", line.message)
            writer.endObject()
        }
        writer.endArray()
    }

    private func writeStrings(
        _ name: String, _ values: [String], to writer: inout JSONWriter
    ) {
        if values.isEmpty { return }
        writer.key(name)
        writer.beginArray()
        for value in values { writer.string(value) }
        writer.endArray()
    }
}

extension Breadcrumb {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.optionalMember("timestamp", timestamp)
        writer.optionalMember("type", type)
        writer.optionalMember("category", category)
        writer.optionalMember("level", level)
        writer.optionalMember("message", message)
        writer.optionalMember("data", data)
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes nothing at all where the value is nil.
    package mutating func optionalMember(_ name: String, _ value: JSONValue?) {
        if let value { member(name, value) }
    }
}
