/// The frames of a Sentry stack, oldest call first.
enum SentryStackScan {
    /// Takes `{"frames":[…]}`; anything else is an empty stack.
    static func take(_ scanner: inout JSONScanner) throws(JSONError) -> StackTail {
        var stack = StackTail(isNearestFirst: false)
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            if scanner.bytes.matches(key, "frames") {
                stack = StackTail(isNearestFirst: false)
                try takeFrames(&scanner, &stack)
            } else {
                try scanner.skipValue()
            }
        }
        return stack
    }

    private static func takeFrames(
        _ scanner: inout JSONScanner, _ stack: inout StackTail
    ) throws(JSONError) {
        try scanner.forEachElement { (scanner) throws(JSONError) in
            guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
            let frame = try takeFrame(&scanner)
            let isEngine = frame.isEngine(scanner.bytes)
            stack.append(
                frame, isEngine: isEngine,
                isInApp: frame.isOwn(scanner.bytes))
        }
    }

    @inline(__always)
    private static func takeFrame(_ scanner: inout JSONScanner) throws(JSONError) -> FrameFacts {
        var frame = FrameFacts()
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            let bytes = scanner.bytes
            if bytes.matches(key, "filename") {
                frame.file = try scanner.takeString()
            } else if bytes.matches(key, "function") {
                frame.function = try scanner.takeString()
            } else if bytes.matches(key, "lineno") {
                frame.hasLine = try scanner.takeLine() != nil
            } else if bytes.matches(key, "module") {
                frame.module = try scanner.takeString()
            } else if bytes.matches(key, "abs_path") {
                frame.path = try scanner.takeString()
            } else if bytes.matches(key, "native") {
                frame.isNative = try scanner.takeBool() ?? false
            } else if bytes.matches(key, "in_app") {
                frame.inApp = try scanner.takeBool()
            } else {
                try scanner.skipValue()
            }
        }
        return frame
    }
}

extension JSONScanner {
    /// A line or column number from 1 on; anything else is none.
    mutating func takeLine() throws(JSONError) -> Int64? {
        let text = try takeNumber()
        return JSONNumber.int64(bytes.raw(text)).flatMap { $0 > 0 ? $0 : nil }
    }
}

extension FrameFacts {
    /// True for a frame of the JavaScript engine itself.
    func isEngine(_ bytes: JSONBytes) -> Bool {
        isNative || bytes.withText(place) { FileName.isNative($0, hasLine: hasLine) }
    }

    /// True for a frame of the application's own code; asked for frames outside of the engine.
    func isOwn(_ bytes: JSONBytes) -> Bool {
        if let inApp { return inApp }
        return bytes.withText(file) { file in
            bytes.withText(path) { LibraryPath.isOwn(file: file, path: $0) }
        }
    }
}

/// The stack of the thread that crashed, else of the current one.
struct SentryThreadScan {
    private(set) var stack = StackTail(isNearestFirst: false)
    private var rank = 0

    init() {}

    /// Takes `{"values":[…]}` or a bare list.
    init(_ scanner: inout JSONScanner) throws(JSONError) {
        if scanner.peek() == UInt8(ascii: "{") {
            try scanner.forEachMember { (scanner, key) throws(JSONError) in
                if scanner.bytes.matches(key, "values") {
                    self = SentryThreadScan()
                    try takeList(&scanner)
                } else {
                    try scanner.skipValue()
                }
            }
        } else {
            try takeList(&scanner)
        }
    }

    private mutating func takeList(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.forEachElement { (scanner) throws(JSONError) in try takeThread(&scanner) }
    }

    private mutating func takeThread(_ scanner: inout JSONScanner) throws(JSONError) {
        var found = StackTail(isNearestFirst: false)
        var isCrashed = false
        var isCurrent = false
        try scanner.forEachMember { (scanner, key) throws(JSONError) in
            if scanner.bytes.matches(key, "stacktrace") {
                found = try SentryStackScan.take(&scanner)
            } else if scanner.bytes.matches(key, "crashed") {
                isCrashed = try scanner.takeBool() ?? false
            } else if scanner.bytes.matches(key, "current") {
                isCurrent = try scanner.takeBool() ?? false
            } else {
                try scanner.skipValue()
            }
        }
        let foundRank = isCrashed ? 2 : isCurrent ? 1 : 0
        if foundRank > rank, !found.isEmpty {
            stack = found
            rank = foundRank
        }
    }
}
