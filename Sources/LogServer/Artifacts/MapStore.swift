import ErrorModel
import Foundation
import Glibc
import SourceMaps
import Synchronization

/// A source map and the script that it is of, by their contents.
struct MapSource: Hashable, Sendable {
    var map: BlobHash
    /// Nil: it was not uploaded.
    var script: BlobHash?

    /// The name of the stored form.
    fileprivate var fileName: String { map.text + (script.map { "-" + $0.text } ?? "") }
}

/// The bytes of a map in its stored form.
final class OpenMap: Sendable {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// Why there is no stored form of a map.
enum MapStoreError: Error, CustomStringConvertible {
    case gone
    case damaged
    case refused(SourceMapError)
    case unreadable(String)

    var description: String {
        switch self {
        case .gone: "the uploaded map is no longer there"
        case .damaged: "the uploaded map was damaged on the disk; upload it again"
        case .refused(let error): "the uploaded file is no source map: \(error)"
        case .unreadable(let reason): reason
        }
    }
}

/// Source maps in the form in which frames are looked up: a cache on the disk, and one in memory.
///
/// Both are made again from the uploaded files where they are missing or damaged. Safe from any
/// thread; every method blocks.
final class MapStore: Sendable {
    private let directory: String
    private let blobs: BlobStore
    private let open = Mutex(OpenMaps(limit: MapStore.openBytes))
    /// Held while a form is made: who wants the same one finds it then, and one map at a time takes
    /// several times its size of the memory.
    private let making = Mutex(())

    /// Of the maps that are kept open: some dozen of usual size, or one of a very large bundle.
    ///
    /// A larger one is read each time.
    static let openBytes = 64 << 20

    init(directory: String, blobs: BlobStore) {
        self.directory = directory
        self.blobs = blobs
    }

    private func path(_ source: MapSource) -> String {
        "\(directory)/\(source.map.text.prefix(2))/\(source.fileName)"
    }

    /// The stored form, from memory, from the disk, or made anew.
    func stored(_ source: MapSource) throws(MapStoreError) -> OpenMap {
        if let map = there(source) { return map }
        return try making.withLock { _ throws(MapStoreError) in
            if let map = there(source) { return map }
            let map = OpenMap(try make(source))
            open.withLock { $0.insert(map, source) }
            return map
        }
    }

    /// The stored form where it has been made; nil where not, or where it is damaged.
    private func there(_ source: MapSource) -> OpenMap? {
        if let map = open.withLock({ $0.take(source) }) { return map }
        guard let bytes = read(path(source)), (try? StoredMap.with(bytes) { _ in }) != nil else {
            return nil
        }
        let map = OpenMap(bytes)
        open.withLock { $0.insert(map, source) }
        return map
    }

    /// Makes the stored form on the disk where it is not there yet.
    func prepare(_ source: MapSource) throws(MapStoreError) {
        try making.withLock { _ throws(MapStoreError) in
            if access(path(source), R_OK) != 0 { _ = try make(source) }
        }
    }

    /// Forgets a stored form that was found damaged, so that it is made again.
    func discard(_ source: MapSource) {
        open.withLock { $0.remove(source) }
        unlink(path(source))
    }

    /// Deletes the stored forms of all other maps.
    func sweep(keeping kept: Set<BlobHash>) {
        let files = FileManager.default
        for folder in (try? files.contentsOfDirectory(atPath: directory)) ?? [] {
            for name in (try? files.contentsOfDirectory(atPath: "\(directory)/\(folder)")) ?? [] {
                let hashes = name.split(separator: "-").map { BlobHash(String($0)) }
                if hashes.allSatisfy({ $0.map(kept.contains) ?? false }) { continue }
                unlink("\(directory)/\(folder)/\(name)")
            }
        }
        open.withLock { $0.removeAll { source in kept.contains(source.map) } }
    }

    // MARK: making

    private func make(_ source: MapSource) throws(MapStoreError) -> [UInt8] {
        let text = try content(source.map)
        let map: SourceMap
        do throws(SourceMapError) {
            map = try SourceMap(decoding: text)
        } catch {
            throw .refused(error)
        }
        // Without the script functions have the names that the map gives.
        let script = source.script.flatMap { try? content($0) }
        let bytes = map.storedBytes(functions: FunctionTable(of: map, generated: script))
        write(bytes, path(source))
        return bytes
    }

    private func content(_ hash: BlobHash) throws(MapStoreError) -> [UInt8] {
        let content: [UInt8]?
        do {
            content = try blobs.read(hash)
        } catch {
            throw .unreadable("\(error)")
        }
        guard let content else { throw .gone }
        guard BlobHash(of: content) == hash else { throw .damaged }
        return content
    }

    /// Not synced: a stored form says by itself whether it is whole.
    ///
    /// One that cannot be written is made again the next time.
    private func write(_ bytes: [UInt8], _ path: String) {
        let folder = (path as NSString).deletingLastPathComponent
        mkdir(directory, 0o700)
        mkdir(folder, 0o700)
        var generator = SystemRandomNumberGenerator()
        let draft = "\(folder)/draft-\(HexText.text(generator.next()))"
        let descriptor = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let isWhole = bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(
                    descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
        close(descriptor)
        if !isWhole || rename(draft, path) != 0 { unlink(draft) }
    }

    /// Nil where there is none.
    private func read(_ path: String) -> [UInt8]? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { return nil }
        let size = Int(facts.st_size)
        var isWhole = true
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { bytes, done in
            while done < size {
                let count = Glibc.read(
                    descriptor, bytes.baseAddress.map { $0 + done }, size - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    isWhole = false
                    return
                }
                done += count
            }
        }
        return isWhole ? bytes : nil
    }
}

/// The maps that are kept in memory, those that were used last.
struct OpenMaps: Sendable {
    private let limit: Int
    private var maps: [MapSource: (map: OpenMap, use: UInt64)] = [:]
    private(set) var byteCount = 0
    private var clock: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    mutating func take(_ source: MapSource) -> OpenMap? {
        clock += 1
        maps[source]?.use = clock
        return maps[source]?.map
    }

    mutating func insert(_ map: OpenMap, _ source: MapSource) {
        remove(source)
        guard map.bytes.count <= limit else { return }
        while byteCount + map.bytes.count > limit,
            let oldest = maps.min(by: { $0.value.use < $1.value.use })
        {
            remove(oldest.key)
        }
        clock += 1
        maps[source] = (map, clock)
        byteCount += map.bytes.count
    }

    mutating func remove(_ source: MapSource) {
        byteCount -= maps.removeValue(forKey: source)?.map.bytes.count ?? 0
    }

    mutating func removeAll(except isKept: (MapSource) -> Bool) {
        for source in maps.keys where !isKept(source) { remove(source) }
    }
}

extension DataDirectory {
    /// Source maps in their stored form; may be deleted at any time.
    var storedMaps: String { path + "/maps" }
}
