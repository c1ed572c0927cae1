import Crypto
import ErrorModel
import Foundation
import Glibc
import HTTPTypes
import Synchronization

/// Pieces of bundles that wait for the rest, by the SHA-1 of their content.
///
/// They take part in the bound of all uploads. Those of a bundle that has come to its end stay until
/// the room is needed, for another bundle may have pieces in common; all go after an hour, or with
/// the next start. Safe from any thread; all methods block.
final class ChunkStore: Sendable {
    private struct Chunk {
        var byteCount: Int
        /// Microseconds since 1970.
        var time: Int64
        /// A bundle of it has come to its end, and nobody has asked for it since.
        var isUsed = false
    }

    private let directory: String
    private let area: UploadArea
    private let clock: @Sendable () -> Int64
    private let chunks = Mutex<[String: Chunk]>([:])
    /// Held while a file and what is known of it change together.
    private let files = Mutex(())

    /// A tool sends the pieces of a bundle one after the other, and what is missing once more.
    private static let lifeMicroseconds: Int64 = 3_600 * 1_000_000

    init(_ area: UploadArea, clock: @escaping @Sendable () -> Int64) {
        self.area = area
        self.clock = clock
        directory = area.directory + "/chunks"
        area.whenFull { [weak self] in self?.makeRoom() }
    }

    /// The name of a content; 40 lower-case digits, so that a name is never a path.
    static func hash(_ bytes: [UInt8]) -> String {
        Insecure.SHA1.hash(data: bytes).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    /// Keeps a piece, whose name must be that of its content.
    func keep(_ content: [UInt8], as name: String) throws {
        guard Self.hash(content) == name else {
            throw Problem(
                .badRequest,
                "the chunk '\(name.prefix(80))' does not have this SHA-1: it was damaged")
        }
        removeOld()
        if missing([name]).isEmpty { return }
        try area.reserve(content.count)
        do {
            try files.withLock { _ in
                try write(content, "\(directory)/\(name)")
                let chunk = Chunk(byteCount: content.count, time: clock())
                let isNew = chunks.withLock { $0.updateValue(chunk, forKey: name) == nil }
                if !isNew { area.release(content.count) }
            }
        } catch {
            area.release(content.count)
            throw error
        }
    }

    /// Which of these are not there; the others stay for another hour.
    func missing(_ names: [String]) -> [String] {
        let now = clock()
        return chunks.withLock { chunks in
            names.filter { name in
                chunks[name]?.time = now
                chunks[name]?.isUsed = false
                return chunks[name] == nil
            }
        }
    }

    /// Says that a bundle of these has come to its end, whatever that was.
    func markUsed(_ names: [String]) {
        chunks.withLock { chunks in for name in names { chunks[name]?.isUsed = true } }
    }

    /// The pieces put together; nil where one has gone meanwhile.
    func assemble(_ names: [String], checksum: String) throws -> [UInt8]? {
        let total = chunks.withLock { chunks in
            names.reduce(0) { $0 + (chunks[$1]?.byteCount ?? 0) }
        }
        guard total <= UploadLimits.requestBytes else {
            throw Problem(
                .contentTooLarge,
                "a bundle has at most \(UploadLimits.requestBytes >> 20) MiB; send it in several")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(total)
        for name in names {
            guard let piece = FileManager.default.contents(atPath: "\(directory)/\(name)") else {
                forget([name])
                return nil
            }
            bytes += piece
        }
        guard Self.hash(bytes) == checksum else {
            throw Problem(
                .badRequest, "the chunks together do not have the SHA-1 that the request names")
        }
        return bytes
    }

    /// Lets pieces go.
    private func forget(_ names: [String]) { forget { _ in names } }

    /// Lets the chosen pieces go.
    private func forget(_ choose: ([String: Chunk]) -> [String]) {
        files.withLock { _ in
            let gone = chunks.withLock { chunks in
                choose(chunks).compactMap { name in
                    chunks.removeValue(forKey: name).map { (name, $0) }
                }
            }
            for (name, chunk) in gone {
                unlink("\(directory)/\(name)")
                area.release(chunk.byteCount)
            }
        }
    }

    private func removeOld() {
        let oldest = clock() - Self.lifeMicroseconds
        forget { $0.filter { $0.value.time < oldest }.map(\.key) }
    }

    private func makeRoom() {
        removeOld()
        forget { $0.filter(\.value.isUsed).map(\.key) }
    }

    private func write(_ content: [UInt8], _ path: String) throws {
        mkdir(area.directory, 0o700)
        mkdir(directory, 0o700)
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(content), attributes: [.posixPermissions: 0o600])
        else {
            let problem = UploadArea.problem("write a chunk to", path)
            unlink(path)
            throw problem
        }
    }
}
