import ErrorModel

/// Lines to be decoded and appended together.
struct StreamBurst: Equatable {
    /// Events with one key, one after the other.
    struct Run: Equatable {
        var key: String
        /// Ranges in the bytes of `StreamSession.lines`, until more is received.
        var items: [NativeBody.Item]
    }

    var runs: [Run] = []
    /// Lines that cannot even be decoded, by the reason under which they are counted.
    var refused: [(reason: String, refusal: NativeBody.Refusal)] = []
    var firstLine = 0
    var lastLine = 0
    var lineCount = 0
    var byteCount = 0

    static func == (left: StreamBurst, right: StreamBurst) -> Bool {
        left.runs == right.runs && left.refused.map(\.reason) == right.refused.map(\.reason)
            && left.refused.map(\.refusal) == right.refused.map(\.refusal)
            && left.firstLine == right.firstLine && left.lastLine == right.lastLine
            && left.lineCount == right.lineCount && left.byteCount == right.byteCount
    }

    /// Adds an event behind the others.
    mutating func add(_ item: NativeBody.Item, key: String) {
        if runs.last?.key == key {
            runs[runs.count - 1].items.append(item)
        } else {
            runs.append(Run(key: key, items: [item]))
        }
    }
}

/// What decoding has made of a burst.
struct StreamFate: Equatable {
    /// Events for the log.
    var recordCount = 0
    /// Refused lines, by number.
    var refused: [NativeBody.Refusal] = []
    /// Events over the rate.
    var limited = 0
    var retryAfter = 0
    /// The key of the stream opens nothing any more.
    var isKeyLost = false
}
