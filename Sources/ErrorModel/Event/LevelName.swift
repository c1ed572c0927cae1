/// What SDKs write for a level.
package enum LevelName {
    /// The level of a name in any case; nil for a name that nobody uses.
    package static func level(_ name: UnsafeRawBufferPointer) -> Level? {
        if name.isASCIIIgnoringCase("error") { return .error }
        if name.isASCIIIgnoringCase("warning") || name.isASCIIIgnoringCase("warn") {
            return .warning
        }
        if name.isASCIIIgnoringCase("info") || name.isASCIIIgnoringCase("log") { return .info }
        if name.isASCIIIgnoringCase("fatal") || name.isASCIIIgnoringCase("critical") {
            return .fatal
        }
        if name.isASCIIIgnoringCase("debug") || name.isASCIIIgnoringCase("trace")
            || name.isASCIIIgnoringCase("sample")
        {
            return .debug
        }
        return nil
    }

    package static func level(_ name: String) -> Level? {
        var name = name
        return name.withUTF8 { level(UnsafeRawBufferPointer($0)) }
    }

    /// The level of Python's numbers, 10 to 50 and between; nil outside.
    package static func level(number: Int64) -> Level? {
        switch number {
        case 10..<20: .debug
        case 20..<30: .info
        case 30..<40: .warning
        case 40..<50: .error
        case 50: .fatal
        default: nil
        }
    }
}
