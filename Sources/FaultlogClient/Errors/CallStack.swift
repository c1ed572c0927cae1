#if os(Linux) && canImport(Runtime)
import Runtime
#endif

/// The calls that led to a capture, as text; empty where this platform cannot tell them.
///
/// It is the stack of the capture, not of the throw: Swift's errors bring none. Which functions
/// stand in it changes with what the compiler inlines, so it is no part of what groups events.
enum CallStack {
    /// Calls that are kept: what lies further out is the runtime's.
    private static let limit = 32

    #if os(Linux) && canImport(Runtime)
    /// What is loaded, looked up once: that takes milliseconds, all else some ten microseconds.
    ///
    /// Code that is loaded later is shown by address.
    private static let images = ImageMap.capture()

    static func lines() -> [String] {
        guard
            let stack = try? Backtrace.capture(limit: limit, offset: 1, top: 0, images: images),
            // Names only: for files and lines the debug information is read from its front, for
            // each frame anew, which takes tens of milliseconds.
            let named = stack.symbolicated(with: images, options: [])
        else { return [] }
        return named.frames.compactMap { frame in
            if frame.isSwiftThunk || frame.isSystem { return nil }
            return frame.symbol?.name ?? frame.captured.description
        }
    }
    #else
    static func lines() -> [String] { [] }
    #endif
}
