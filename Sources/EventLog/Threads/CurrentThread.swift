import Glibc

/// The thread that runs.
package enum CurrentThread {
    /// The kernel keeps so many bytes, and one for the end.
    private static let nameByteCount = 15

    /// Gives it a name, for `top -H` and debuggers; what is beyond 15 bytes is left out.
    package static func setName(_ name: String) {
        let short = String(decoding: name.utf8.prefix(nameByteCount), as: UTF8.self)
        _ = linuxSetThreadName(pthread_self(), short)
    }
}
