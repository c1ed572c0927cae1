import Glibc

/// Reads a whole file or the whole of standard input.
enum WholeInput {
    /// Bytes asked for in one read.
    private static let readBytes = 1 << 16

    static func bytes(path: String?, limit: Int) throws -> [UInt8] {
        var descriptor = STDIN_FILENO
        if let path, path != "-" {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            if descriptor < 0 { throw failure(path) }
        }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: readBytes)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path ?? "the input")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
            if bytes.count > limit {
                throw CommandFailure(.data, "the input has more than \(limit >> 20) MiB")
            }
        }
    }

    private static func failure(_ name: String) -> CommandFailure {
        CommandFailure(.noInput, "cannot read \(name): \(String(cString: strerror(errno)))")
    }
}
