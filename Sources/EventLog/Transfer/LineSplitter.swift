/// Cuts a stream of bytes into lines; memory stays within the longest line that is taken.
///
/// A plain value, no file.
package struct LineSplitter {
    /// A line, or that there was one too long to be kept.
    package enum Line {
        case line([UInt8])
        case tooLong
    }

    private let limit: Int
    private var rest: [UInt8] = []
    private var isSkipping = false

    /// `limit`: bytes of the longest line that is handed on, without its newline.
    package init(limit: Int) { self.limit = limit }

    /// Takes the next bytes and hands on the lines that end in them.
    package mutating func append(
        _ bytes: UnsafeRawBufferPointer, _ onLine: (Line) throws -> Void
    ) rethrows {
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            try close(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), onLine)
            start = end + 1
        }
        take(UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }

    /// The bytes end: hands on what is left, where anything is.
    package mutating func finish(_ onLine: (Line) throws -> Void) rethrows {
        guard isSkipping || !rest.isEmpty else { return }
        try close(UnsafeRawBufferPointer(start: nil, count: 0), onLine)
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) {
        guard !isSkipping else { return }
        if rest.count + bytes.count > limit {
            isSkipping = true
            rest = []
        } else {
            rest.append(contentsOf: bytes)
        }
    }

    private mutating func close(
        _ bytes: UnsafeRawBufferPointer, _ onLine: (Line) throws -> Void
    ) rethrows {
        take(bytes)
        defer {
            rest.removeAll(keepingCapacity: true)
            isSkipping = false
        }
        try onLine(isSkipping ? .tooLong : .line(rest))
    }
}
