/// The families of platforms between which the fingerprint's rules differ.
package enum FrameLanguage: Sendable {
    case javascript
    case python
    case other

    package init(platform: UnsafeRawBufferPointer) {
        if platform.isASCII("javascript") || platform.isASCII("node") {
            self = .javascript
        } else if platform.isASCII("python") {
            self = .python
        } else {
            self = .other
        }
    }

    package init(platform: String) {
        var platform = platform
        self = platform.withUTF8 { FrameLanguage(platform: UnsafeRawBufferPointer($0)) }
    }
}

extension UnsafeRawBufferPointer {
    /// True when these bytes are exactly the text.
    @inline(__always)
    func isASCII(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasASCIIPrefix(text)
    }

    @inline(__always)
    package func hasASCIIPrefix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        for index in 0..<length where self[index] != text.utf8Start[index] { return false }
        return true
    }

    func hasASCIISuffix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return count >= length && part(count - length..<count).isASCII(text)
    }

    /// As `isASCII`, without regard to the case of these bytes; the text is in lower case.
    package func isASCIIIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where ASCII.lowered(self[index]) != text.utf8Start[index] {
            return false
        }
        return true
    }

    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }

    /// Without ASCII white space at both ends.
    package var trimmed: UnsafeRawBufferPointer {
        var start = 0
        var end = count
        while start < end, ASCII.isSpace(self[start]) { start += 1 }
        while end > start, ASCII.isSpace(self[end - 1]) { end -= 1 }
        return part(start..<end)
    }

    /// Without white space of any script at both ends.
    var trimmedText: UnsafeRawBufferPointer {
        var start = 0
        var end = count
        while start < end, UTF8Scalar.isSpace(self, at: start) {
            start += UTF8Scalar.length(self, at: start)
        }
        while end > start {
            let last = UTF8Scalar.start(self, before: end)
            guard UTF8Scalar.isSpace(self, at: last) else { break }
            end = last
        }
        return part(start..<Swift.max(start, end))
    }
}
