import Glibc

extension [UInt8] {
    /// True when there is a newline anywhere.
    var containsNewline: Bool {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return memchr(base, 0x0A, bytes.count) != nil
        }
    }
}
