import Crypto
import ErrorModel
import Foundation
import Glibc
import HTTPTypes
import Synchronization

/// Pieces of bundles that wait for the rest, by the SHA-1 of their content.
///
/// They take part in the bound of all uploads, and go with their bundle, after an hour, or with the
/// next start. Safe from any thread; all methods block.
final class ChunkStore: Sendable {
    private struct Chunk {
        var byteCount: Int
        /// Microseconds since 1970.
        var time: Int64
    }

    private let directory: String
    private let area: UploadArea
    private let chunks = Mutex<[String: Chunk]>([:])

    /// A tool sends the pieces of a bundle one after the other, and what is missing once more.
    private static let lifeMicroseconds: Int64 = 3_600 * 1_000_000

    init(_ area: UploadArea) {
        self.area = area
        directory = area.directory + "/chunks"
    }

    /// The name of a content; 40 lower-case digits, so that a name is never a path.
    static func hash(_ bytes: [UInt8]) -> String {
        Insecure.SHA1.hash(data: bytes).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    /// Keeps a piece, whose name must be that of its content.
    func keep(_ content: [UInt8], as name: String, now: Int64) throws {
        guard Self.hash(content) == name else {
            throw Problem(
                .badRequest,
                "the chunk '\(name.prefix(80))' does not have this SHA-1: it was damaged")
        }
        removeOld(now)
        if chunks.withLock({ $0[name] != nil }) { return }
        try area.reserve(content.count)
        do {
            try write(content, "\(directory)/\(name)")
        } catch {
            area.release(content.count)
            throw error
        }
        let isNew = chunks.withLock {
            $0.updateValue(Chunk(byteCount: content.count, time: now), forKey: name) == nil
        }
        if !isNew { area.release(content.count) }
    }

    /// Which of these are not there.
    func missing(_ names: [String]) -> [String] {
        chunks.withLock { chunks in names.filter { chunks[$0] == nil } }
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
    func forget(_ names: [String]) {
        let gone = chunks.withLock { chunks in
            names.compactMap { name in chunks.removeValue(forKey: name).map { (name, $0) } }
        }
        for (name, chunk) in gone {
            unlink("\(directory)/\(name)")
            area.release(chunk.byteCount)
        }
    }

    private func removeOld(_ now: Int64) {
        forget(
            chunks.withLock { chunks in
                chunks.filter { $0.value.time < now - Self.lifeMicroseconds }.map(\.key)
            })
    }

    private func write(_ content: [UInt8], _ path: String) throws {
        mkdir(area.directory, 0o700)
        mkdir(directory, 0o700)
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(content), attributes: [.posixPermissions: 0o600])
        else {
            unlink(path)
            throw UploadArea.problem("write a chunk to", path)
        }
    }
}
