import EventLog
import Glibc

/// A file that is whole under its name, or not there.
///
/// Written as `NAME.part` beside it. One thread.
final class DraftFile {
    let path: String
    private let draft: String
    private let store = PosixFileStore()
    private let file: any File
    private(set) var byteCount: UInt64 = 0
    private var isFinished = false

    /// - Throws: `CommandFailure` where there is such a file already, or none can be made.
    init(_ path: String) throws {
        self.path = path
        draft = path + ".part"
        guard access(path, F_OK) != 0 else {
            throw CommandFailure(.usage, "\(path) is there already; give another name")
        }
        do throws(FileError) {
            file = try store.open(draft, .write)
            try file.truncate(to: 0)
        } catch {
            throw CommandFailure(.noInput, "cannot write \(draft): \(error)")
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        do throws(FileError) {
            try file.writeFully(bytes, at: byteCount)
        } catch {
            throw CommandFailure(.temporary, "cannot write \(draft): \(error)")
        }
        byteCount += UInt64(bytes.count)
    }

    /// Durable under its name on return.
    func finish() throws {
        do throws(FileError) {
            try file.fdatasync()
            try store.rename(draft, to: path)
            let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            let name = folder.joined(separator: "/")
            try store.fsyncDirectory(folder.isEmpty ? "." : name.isEmpty ? "/" : name)
        } catch {
            throw CommandFailure(.temporary, "cannot write \(path): \(error)")
        }
        isFinished = true
    }

    /// Takes away what is not whole.
    func discard() {
        if !isFinished { try? store.unlink(draft) }
    }
}
