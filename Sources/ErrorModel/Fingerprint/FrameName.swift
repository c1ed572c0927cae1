/// How the function of a frame enters the fingerprint.
enum FrameName {
    /// Appends the name without the marks of its engine; `<anonymous>` for a nameless function.
    static func append(
        _ function: UnsafeRawBufferPointer, language: FrameLanguage, to bytes: inout [UInt8]
    ) {
        let name = language == .python ? function : undecorated(function)
        if isNameless(name, language: language) {
            bytes.append(contentsOf: "<anonymous>".utf8)
        } else {
            bytes.append(contentsOf: name)
        }
    }

    /// Cuts ` [as …]` at the end, then each of the engines' words once, then `Object.`.
    private static func undecorated(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var name = name
        if name.last == UInt8(ascii: "]"), let alias = aliasStart(name) {
            name = name.part(0..<alias)
        }
        cut("async ", from: &name)
        cut("new ", from: &name)
        cut("get ", from: &name)
        cut("set ", from: &name)
        cut("static ", from: &name)
        cut("Object.", from: &name)
        return name
    }

    @inline(__always)
    private static func cut(_ prefix: StaticString, from name: inout UnsafeRawBufferPointer) {
        guard name.hasASCIIPrefix(prefix) else { return }
        name = name.part(prefix.utf8CodeUnitCount..<name.count)
    }

    /// Where the last ` [as ` of the name begins.
    private static func aliasStart(_ name: UnsafeRawBufferPointer) -> Int? {
        var start = name.count - 6
        while start >= 0 {
            if name.part(start..<name.count).hasASCIIPrefix(" [as ") { return start }
            start -= 1
        }
        return nil
    }

    private static func isNameless(
        _ name: UnsafeRawBufferPointer, language: FrameLanguage
    ) -> Bool {
        if name.isEmpty { return true }
        if language == .python { return name.isASCII("<unknown>") }
        if name.last == UInt8(ascii: "<"), name.count >= 2,
            name[name.count - 2] == UInt8(ascii: "/")
        {
            return true
        }
        switch name.count {
        case 1: return name[0] == UInt8(ascii: "?")
        case 4: return name.isASCIIIgnoringCase("eval")
        case 9:
            return name.isASCIIIgnoringCase("anonymous") || name.isASCIIIgnoringCase("<unknown>")
                || name.isASCIIIgnoringCase("eval code")
        case 11:
            return name.isASCIIIgnoringCase("<anonymous>")
                || name.isASCIIIgnoringCase("(anonymous)")
                || name.isASCIIIgnoringCase("global code")
                || name.isASCIIIgnoringCase("module code")
        case 18: return name.isASCIIIgnoringCase("anonymous function")
        case 20:
            return name.isASCIIIgnoringCase("(anonymous function)")
                || name.isASCIIIgnoringCase("<anonymous function>")
        default: return false
        }
    }
}
