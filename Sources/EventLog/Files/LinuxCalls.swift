import Glibc

// Calls of Linux that the Glibc module leaves out, since their headers want _GNU_SOURCE.
// Declared by their C names: all arguments and results are plain C integers and pointers.

@_silgen_name("fallocate")
func linuxFallocate(_ descriptor: CInt, _ mode: CInt, _ offset: off_t, _ length: off_t) -> CInt

@_silgen_name("pthread_setname_np")
func linuxSetThreadName(_ thread: pthread_t, _ name: UnsafePointer<CChar>) -> CInt

/// The thread that runs.
package enum CurrentThread {
    /// The kernel keeps so many bytes, and one for the end.
    private static let nameByteCount = 15

    /// Gives it a name, for `top -H` and debuggers; what is beyond 15 bytes is left out.
    ///
    /// Foundation tells the system only names that are given behind the start, when the thread may be gone.
    package static func setName(_ name: String) {
        let short = String(decoding: name.utf8.prefix(nameByteCount), as: UTF8.self)
        _ = linuxSetThreadName(pthread_self(), short)
    }
}
