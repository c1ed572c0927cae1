import Glibc

/// A borrowed JSON text, valid only inside the `withUnsafeBytes` call that made it.
///
/// Every access by slice is checked against the bounds, so that a slice of another text can give
/// wrong bytes but never touch foreign memory.
package struct JSONBytes {
    let base: UnsafeRawPointer
    package let count: Int

    package init(_ buffer: UnsafeRawBufferPointer) {
        if let start = buffer.baseAddress {
            base = start
            count = buffer.count
        } else {
            // Never read from: the count is 0.
            base = UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
            count = 0
        }
    }

    @inline(__always)
    subscript(position: Int) -> UInt8 {
        assert(position >= 0 && position < count)
        return base.load(fromByteOffset: position, as: UInt8.self)
    }

    /// The bytes of the slice as they stand, escapes included; empty for a missing one.
    package func raw(_ slice: JSONSlice) -> UnsafeRawBufferPointer {
        guard !slice.isMissing, slice.range.upperBound <= count else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(start: base + Int(slice.offset), count: slice.count)
    }

    package func raw(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range of another text")
        return UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// The place of the next newline from `start` on; nil where there is none.
    func newline(from start: Int) -> Int? {
        guard start < count, let found = memchr(base + start, 0x0A, count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }

    /// True when the value of the slice is exactly this ASCII text.
    @inline(__always)
    package func matches(_ slice: JSONSlice, _ text: StaticString) -> Bool {
        if slice.hasEscapes { return matchesSlowly(slice, text) }
        let length = text.utf8CodeUnitCount
        guard slice.count == length, slice.range.upperBound <= count else { return false }
        let here = base + Int(slice.offset)
        let there = UnsafeRawPointer(text.utf8Start)
        var index = 0
        while index + 8 <= length {
            let left = here.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let right = there.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if left != right { return false }
            index += 8
        }
        while index < length {
            if here.load(fromByteOffset: index, as: UInt8.self)
                != there.load(fromByteOffset: index, as: UInt8.self)
            {
                return false
            }
            index += 1
        }
        return true
    }

    @inline(never)
    private func matchesSlowly(_ slice: JSONSlice, _ text: StaticString) -> Bool {
        var bytes: [UInt8] = []
        append(slice, to: &bytes)
        return bytes.elementsEqual(
            UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The value as a String: escapes undone, lone surrogates and invalid UTF-8 as U+FFFD.
    package func string(_ slice: JSONSlice) -> String {
        if !slice.hasEscapes { return String(decoding: raw(slice), as: UTF8.self) }
        var bytes: [UInt8] = []
        append(slice, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The value, or nil for a missing field.
    package func optionalString(_ slice: JSONSlice) -> String? {
        slice.isMissing ? nil : string(slice)
    }

    /// Appends the value's UTF-8: escapes undone, lone surrogates as U+FFFD, all else as it is.
    package func append(_ slice: JSONSlice, to bytes: inout [UInt8]) {
        let source = raw(slice)
        if slice.hasEscapes {
            JSONEscapes.append(source, to: &bytes)
        } else {
            bytes.append(contentsOf: source)
        }
    }
}
