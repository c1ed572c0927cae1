/// Tells where a place may begin.
enum PlaceStart {
    /// True where these bytes begin as a place in parentheses does.
    ///
    /// Reads no further than the first byte that ends a scheme.
    static func isLikely(_ text: StackBytes) -> Bool {
        guard let first = text.first else { return false }
        switch first {
        case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "."), UInt8(ascii: "<"),
            UInt8(ascii: "["):
            return true
        default: break
        }
        if text.hasPrefix("native)") || text.hasPrefix("native code)")
            || text.hasPrefix("index ") || text.hasPrefix("eval at ")
            || text.hasPrefix("address at ") || text.hasPrefix("async ")
            || text.hasPrefix("eval code") || text.hasPrefix("Function code")
            || text.hasPrefix("Unknown script code") || text.hasPrefix("unknown location")
            || text.hasPrefix("wasm-function[")
        {
            return true
        }
        return schemeEnd(text) != nil
    }

    /// True for a path from a root or a point, a drive, or a URL: with or without white space in
    /// it, nobody writes that in prose.
    static func isFirm(_ text: StackBytes) -> Bool {
        switch text.first {
        case UInt8(ascii: "/"), UInt8(ascii: "<"): return true
        case UInt8(ascii: "."): return text.hasPrefix("./") || text.hasPrefix("../")
        default: return isDrive(text) || text.hasPrefix("\\\\") || isURL(text)
        }
    }

    /// True where the text after an `@` is a place for certain.
    static func isAfterAt(_ text: StackBytes) -> Bool {
        text.first == UInt8(ascii: "/") || text.hasPrefix("\\\\") || text.hasPrefix("[native code]")
            || text.hasPrefix("[wasm code]") || isDrive(text) || isURL(text)
    }

    /// True for a scheme with a slash behind it, and for those that have none.
    static func isURL(_ text: StackBytes) -> Bool {
        guard let end = schemeEnd(text) else { return false }
        if end < text.endIndex, text[end] == UInt8(ascii: "/") { return true }
        let scheme = text[..<end]
        return scheme.isText("blob:") || scheme.isText("data:") || scheme.isText("about:")
            || scheme.isText("node:") || scheme.isText("user-script:")
            || scheme.isText("javascript:") || scheme.isText("webpack:")
            || scheme.isText("webpack-internal:")
    }

    private static func isDrive(_ text: StackBytes) -> Bool {
        guard text.count >= 3, ASCII.isLetter(text[text.startIndex]),
            text[text.startIndex + 1] == UInt8(ascii: ":")
        else { return false }
        let divider = text[text.startIndex + 2]
        return divider == UInt8(ascii: "\\") || divider == UInt8(ascii: "/")
    }

    /// The place after the colon that ends a scheme or the name of a file.
    private static func schemeEnd(_ text: StackBytes) -> Int? {
        for index in text.indices {
            let byte = text[index]
            if byte == UInt8(ascii: ":") { return index > text.startIndex ? index + 1 : nil }
            guard FileName.isSchemeByte(byte) || byte >= 0x80 || byte == UInt8(ascii: "_") else {
                return nil
            }
        }
        return nil
    }
}
