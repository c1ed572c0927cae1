import Foundation
import Glibc
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Synchronization

/// Where uploads wait for their end: files without a name, which no crash leaves behind.
///
/// Safe from any thread; the methods that touch the disk block.
final class UploadArea: Sendable {
    let directory: String
    private let waiting = Atomic<Int>(0)
    /// Lets go what nobody waits for any more.
    private let makeRoom = Mutex<(@Sendable () -> Void)?>(nil)

    init(directory: String) { self.directory = directory }

    /// Bytes that uploads under way have written.
    var waitingBytes: Int { waiting.load(ordering: .relaxed) }

    /// Deletes what an earlier server has left; called before anything is written.
    ///
    /// Blocks.
    func clear() { try? FileManager.default.removeItem(atPath: directory) }

    /// Who keeps something here says how to let go of what is not needed.
    func whenFull(_ makeRoom: @escaping @Sendable () -> Void) {
        self.makeRoom.withLock { $0 = makeRoom }
    }

    /// Takes room; where there is none, once more without what nobody needs.
    ///
    /// Blocks then.
    func reserve(_ count: Int) throws {
        if take(count) { return }
        makeRoom.withLock { $0 }?()
        guard take(count) else {
            throw Problem.unavailable(
                "other uploads are under way, and there is room for \(UploadLimits.waitingBytes >> 20) "
                    + "MiB of them; try again later")
        }
    }

    private func take(_ count: Int) -> Bool {
        if waiting.add(count, ordering: .relaxed).newValue <= UploadLimits.waitingBytes {
            return true
        }
        release(count)
        return false
    }

    func release(_ count: Int) { waiting.subtract(count, ordering: .relaxed) }

    /// A new file that has no name any more.
    fileprivate func openFile() throws -> Int32 {
        mkdir(directory, 0o700)
        var generator = SystemRandomNumberGenerator()
        let path = "\(directory)/upload-\(String(generator.next(), radix: 16))"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.problem("write", path) }
        unlink(path)
        return descriptor
    }

    static func problem(_ verb: String, _ path: String) -> Problem {
        Problem(storage: StartError.system(verb, path))
    }
}

extension Problem {
    /// What the disk refuses: 507 where it is full, for then there is something to be done.
    init(storage error: StartError) {
        self.init(
            error.isStorageFull
                ? .init(code: 507, reasonPhrase: "Insufficient Storage") : .internalServerError,
            error.description)
    }
}

/// The body of one upload, on the disk until it is there as a whole; gone with its last owner.
final class SpooledUpload: Sendable {
    private let area: UploadArea
    private let descriptor: Int32
    private let size = Atomic<Int>(0)

    /// Blocks.
    init(_ area: UploadArea) throws {
        self.area = area
        descriptor = try area.openFile()
    }

    deinit {
        close(descriptor)
        area.release(size.load(ordering: .relaxed))
    }

    var byteCount: Int { size.load(ordering: .relaxed) }

    /// Adds bytes at the end; one call at a time.
    ///
    /// Blocks.
    func append(_ piece: ByteBuffer) throws {
        let bytes = piece.readableBytesView
        let start = byteCount
        try area.reserve(bytes.count)
        size.add(bytes.count, ordering: .relaxed)
        try bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = pwrite(
                    descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done,
                    off_t(start + done))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    throw UploadArea.problem("write an upload to", area.directory)
                }
                done += count
            }
        }
    }

    /// The whole body.
    ///
    /// Blocks.
    func read() throws -> [UInt8] {
        let count = byteCount
        return try [UInt8](unsafeUninitializedCapacity: count) { bytes, done in
            while done < count {
                let got = pread(
                    descriptor, bytes.baseAddress.map { $0 + done }, count - done, off_t(done))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { throw UploadArea.problem("read an upload in", area.directory) }
                done += got
            }
        }
    }

    /// Takes a request's body as a whole; one that breaks off leaves nothing.
    static func collect(
        _ request: Request, _ area: UploadArea, on threads: NIOThreadPool
    ) async throws -> SpooledUpload {
        let tooLarge = Problem(
            .contentTooLarge,
            "an upload has at most \(UploadLimits.requestBytes >> 20) MiB; send it in several")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }),
            length > UploadLimits.requestBytes
        {
            throw tooLarge
        }
        let spool = try await threads.runIfActive { try SpooledUpload(area) }
        var piece = ByteBuffer()
        for try await buffer in request.body {
            piece.writeImmutableBuffer(buffer)
            guard spool.byteCount + piece.readableBytes <= UploadLimits.requestBytes else {
                throw tooLarge
            }
            guard piece.readableBytes >= UploadLimits.pieceBytes else { continue }
            let full = piece
            piece = ByteBuffer()
            try await threads.runIfActive { try spool.append(full) }
        }
        let last = piece
        try await threads.runIfActive { try spool.append(last) }
        return spool
    }
}

extension DataDirectory {
    /// Uploads that are not yet whole; nothing there outlives the server.
    var uploads: String { path + "/uploads" }
}
