/// How an error was caught, decided from what SDKs tell of the mechanism.
package struct ActionRule: Sendable {
    /// `mechanism.type` of the outermost exception, nil where none is given.
    package var mechanismType: String?
    /// Some exception of the chain says `handled: false`.
    package var saysUnhandled: Bool
    /// Some exception of the chain carries a mechanism.
    package var hasMechanism: Bool
    package var hasException: Bool
    package var level: Level
    /// `contexts.response.status_code`.
    package var responseStatus: Int64?

    package init(
        mechanismType: String? = nil, saysUnhandled: Bool = false, hasMechanism: Bool = false,
        hasException: Bool = true, level: Level = .error, responseStatus: Int64? = nil
    ) {
        self.mechanismType = mechanismType
        self.saysUnhandled = saysUnhandled
        self.hasMechanism = hasMechanism
        self.hasException = hasException
        self.level = level
        self.responseStatus = responseStatus
    }

    package var action: Action {
        var type = mechanismType ?? ""
        return type.withUTF8 { action(mechanismType: UnsafeRawBufferPointer($0)) }
    }

    /// Gives the action of the first row that fits.
    ///
    /// | action | when |
    /// |---|---|
    /// | `REJECTION` | the type contains `unhandledrejection` or is `promise` |
    /// | `HTTP_ERROR` | the type contains `http.client` or is `HTTPClientError`; or the response has a status from 500 and nothing says `handled: false` |
    /// | `UNHANDLED` | something says `handled: false`; or the type is `onerror`, `instrument` or `minidump`, or contains `global_handlers`, `browserapierrors` or `uncaught`; or fatal, with an exception and no mechanism at all |
    /// | `CAUGHT` | the rest |
    func action(mechanismType type: UnsafeRawBufferPointer) -> Action {
        if type.containsASCII("unhandledrejection") || type.isASCIIIgnoringCase("promise") {
            return .rejection
        }
        if type.containsASCII("http.client") || type.isASCIIIgnoringCase("httpclienterror") {
            return .httpError
        }
        if let responseStatus, responseStatus >= 500, !saysUnhandled { return .httpError }
        if saysUnhandled || Self.isCatchAll(type) { return .unhandled }
        return level == .fatal && hasException && !hasMechanism ? .unhandled : .caught
    }

    /// Handlers of last resort, which some SDK versions mark as handled; a minidump is only ever
    /// written by a process that crashed.
    private static func isCatchAll(_ type: UnsafeRawBufferPointer) -> Bool {
        type.isASCIIIgnoringCase("onerror") || type.isASCIIIgnoringCase("instrument")
            || type.isASCIIIgnoringCase("minidump")
            || type.containsASCII("global_handlers") || type.containsASCII("browserapierrors")
            || type.containsASCII("uncaught")
    }
}

extension UnsafeRawBufferPointer {
    /// True when the text, in lower case, stands somewhere in these bytes in any case.
    func containsASCII(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        for start in 0...(count - length)
        where ASCII.lowered(self[start]) == text.utf8Start[0]
            && part(start..<start + length).isASCIIIgnoringCase(text)
        {
            return true
        }
        return false
    }
}
