import Glibc

/// A file of events, one of `EventGenerator.eventByteCount` bytes a line, mapped into memory.
final class EventFile: @unchecked Sendable {
    // Sendable: the mapping is read-only and lives as long as the object.
    private let bytes: UnsafeRawBufferPointer
    let count: Int

    private static let lineByteCount = EventGenerator.eventByteCount + 1

    init(path: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw BenchError("cannot open \(path)") }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size > 0, size % Self.lineByteCount == 0,
            let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
            start != MAP_FAILED
        else { throw BenchError("\(path) is no file of events") }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
        count = size / Self.lineByteCount
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

    subscript(number: Int) -> UnsafeRawBufferPointer {
        let start = number * Self.lineByteCount
        return UnsafeRawBufferPointer(
            rebasing: bytes[start..<start + EventGenerator.eventByteCount])
    }
}

/// A file to write to.
struct FileDescriptor {
    private let number: CInt

    static let standardOutput = FileDescriptor(number: STDOUT_FILENO)
    static let standardError = FileDescriptor(number: STDERR_FILENO)

    private init(number: CInt) { self.number = number }

    init(creating path: String) throws {
        number = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard number >= 0 else { throw BenchError("cannot write \(path)") }
    }

    func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(number, bytes.baseAddress! + done, bytes.count - done)
                guard count > 0 else { return }
                done += count
            }
        }
    }
}
