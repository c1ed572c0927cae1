import ErrorModel
import Glibc
import SourceMaps

/// A folder of built scripts and their maps, as it lies on the disk.
struct BuildFolder {
    let root: String
    private(set) var plan: UploadPlan
    /// Files that are neither scripts nor maps.
    private(set) var otherCount = 0

    /// Files that are looked at, so that a wrong folder (`/`) is told soon.
    private static let fileLimit = 100_000
    /// Folders over each other.
    private static let depthLimit = 64

    /// Walks the folder and reads every script's comments and every map.
    ///
    /// Links to folders are not followed, nor are hidden folders and `node_modules`. Blocks.
    init(_ root: String) throws {
        self.root = root
        var walk = Walk(root: root)
        try walk.folder("", depth: 0)
        otherCount = walk.otherCount
        var maps: [UploadPlan.Map] = []
        var skipped = walk.skipped
        let bar = ProgressBar("read")
        let all = UInt64(walk.maps.count + walk.scripts.count)
        for (index, path) in walk.maps.enumerated() {
            bar.showCount(done: UInt64(index), total: all, "files")
            do throws(CommandFailure) {
                let map = try MapFile.read(Self.join(root, path))
                maps.append(.init(path: path, debugID: map.debugID))
            } catch {
                let name = Self.join(root, path)
                let reason = error.message.replacing("\(name): ", with: "")
                skipped.append(.init(path: path, reason: reason))
            }
        }
        var scripts: [UploadPlan.Script] = []
        for (index, path) in walk.scripts.enumerated() {
            bar.showCount(done: UInt64(walk.maps.count + index), total: all, "files")
            guard let text = try? Self.read(root, path) else {
                skipped.append(.init(path: path, reason: "it cannot be read, or is too large"))
                continue
            }
            let comments = MapComments(of: text, language: .javaScript)
            if let reason = Self.faultOfInlineMap(comments) {
                skipped.append(.init(path: path, reason: reason))
            } else {
                scripts.append(.init(path: path, comments: comments))
            }
        }
        Terminal.endProgress()
        plan = UploadPlan(scripts: scripts, maps: maps, refused: skipped)
    }

    /// Why the map in a script's comment is none; nil where there is one, or no such comment.
    private static func faultOfInlineMap(_ comments: MapComments) -> String? {
        guard let comment = comments.sourceMappingURL, DataURL.isOne(comment) else { return nil }
        do {
            _ = try SourceMap(decoding: DataURL.decode(comment))
            return nil
        } catch {
            return "the map in its comment is not used: \(error)"
        }
    }

    func bytes(_ path: String) throws -> [UInt8] { try Self.read(root, path) }

    private static func read(_ root: String, _ path: String) throws -> [UInt8] {
        try WholeInput.bytes(path: join(root, path), limit: SourceMapLimits.byteCount)
    }

    private static func join(_ root: String, _ path: String) -> String {
        root.hasSuffix("/") ? root + path : "\(root)/\(path)"
    }

    /// The script and the map of a pair, as they are.
    ///
    /// - Throws: where one cannot be read, or the map is inside the script and broken.
    func texts(of pair: UploadPlan.Pair) throws -> (script: [UInt8], map: [UInt8]) {
        let script = try bytes(pair.script)
        switch pair.map {
        case .file(let path): return (script, try bytes(path))
        case .inline:
            let comment = MapComments(of: script, language: .javaScript).sourceMappingURL ?? ""
            do throws(DataURLError) {
                return (script, try DataURL.decode(comment))
            } catch {
                throw CommandFailure(.data, "\(pair.script): its map is not used: \(error)")
            }
        }
    }

    /// Puts a debug id into a pair of files; true when something was written.
    ///
    /// Both files are written whole beside their names before the first takes its name.
    ///
    /// - Throws: `DebugIDInjectionError`, or `CommandFailure` where a file cannot be written.
    func inject(_ pair: UploadPlan.Pair, isDryRun: Bool) throws -> Bool {
        guard case .file(let mapPath) = pair.map,
            !pair.script.lowercased().hasSuffix(BuildFile.binaryEnding)
        else { return false }
        let (script, map) = try texts(of: pair)
        let made = try DebugIDInjection(
            script: script, map: map, decoded: SourceMap(decoding: map))
        let changes = [(mapPath, made.map), (pair.script, made.script)]
        if isDryRun { return changes.contains { $0.1 != nil } }
        var drafts: [ReplacedFile] = []
        do {
            for case (let path, let bytes?) in changes {
                drafts.append(try ReplacedFile(Self.join(root, path), bytes))
            }
        } catch {
            for draft in drafts { draft.discard() }
            throw error
        }
        for draft in drafts { try draft.commit() }
        return !drafts.isEmpty
    }

    /// Finds the files.
    private struct Walk {
        let root: String
        var scripts: [String] = []
        var maps: [String] = []
        var skipped: [UploadPlan.Skipped] = []
        var otherCount = 0

        /// - Parameter path: relative, with a slash at its end; empty for the root.
        mutating func folder(_ path: String, depth: Int) throws {
            let place = BuildFolder.join(root, path)
            guard let stream = opendir(place.isEmpty ? "." : place) else {
                let reason = String(cString: strerror(errno))
                if depth == 0 {
                    throw CommandFailure(.noInput, "cannot read the folder \(root): \(reason)")
                }
                skipped.append(.init(path: path, reason: "the folder cannot be read: \(reason)"))
                return
            }
            var names: [String] = []
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                        String(validatingCString: $0)
                    }
                }
                if let name, name != ".", name != ".." { names.append(name) }
            }
            closedir(stream)
            for name in names.sorted() { try visit(path + name, name, depth: depth) }
        }

        private mutating func visit(_ path: String, _ name: String, depth: Int) throws {
            var facts = stat()
            let place = BuildFolder.join(root, path)
            guard lstat(place, &facts) == 0 else { return }
            let isLink = facts.st_mode & S_IFMT == S_IFLNK
            if isLink, stat(place, &facts) != 0 { return }
            switch facts.st_mode & S_IFMT {
            case S_IFDIR:
                if isLink || name.hasPrefix(".") || name == "node_modules" {
                    skipped.append(
                        .init(
                            path: path + "/",
                            reason: isLink
                                ? "links to folders are not followed"
                                : "hidden folders and node_modules are left out"))
                } else if depth < BuildFolder.depthLimit {
                    try folder(path + "/", depth: depth + 1)
                } else {
                    skipped.append(.init(path: path + "/", reason: "it lies too deep"))
                }
            case S_IFREG: try file(path, name, byteCount: Int(facts.st_size))
            default: break
            }
        }

        private mutating func file(_ path: String, _ name: String, byteCount: Int) throws {
            let kind = BuildFile(name: name)
            if kind == .script || kind == .map, byteCount > SourceMapLimits.byteCount {
                skipped.append(
                    .init(
                        path: path,
                        reason: "it has more than \(SourceMapLimits.byteCount >> 20) MiB"))
                return
            }
            switch kind {
            case .script: scripts.append(path)
            case .map: maps.append(path)
            case .styleSheet:
                skipped.append(.init(path: path, reason: "no stack names a style sheet"))
            case .other: otherCount += 1
            }
            if scripts.count + maps.count + otherCount + skipped.count > BuildFolder.fileLimit {
                throw CommandFailure(
                    .usage,
                    "\(root) holds more than \(BuildFolder.fileLimit) files: name the folder "
                        + "of the build")
            }
        }
    }
}

/// New content for a file that is there, whole or not at all.
private struct ReplacedFile {
    private let path: String
    private let draft: String

    /// Writes the content beside the file, durably, with the file's permissions; a link is replaced
    /// where it leads.
    init(_ path: String, _ bytes: [UInt8]) throws {
        guard let real = realpath(path, nil) else { throw Self.failure(path) }
        self.path = String(cString: real)
        free(real)
        var facts = stat()
        guard stat(self.path, &facts) == 0 else { throw Self.failure(path) }
        var random = SystemRandomNumberGenerator()
        draft = self.path + ".faultlog-" + String(random.next(), radix: 16)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(draft) }
        defer { close(descriptor) }
        do {
            try Self.write(bytes, descriptor, draft)
            guard fchmod(descriptor, facts.st_mode & 0o777) == 0, fsync(descriptor) == 0 else {
                throw Self.failure(draft)
            }
        } catch {
            unlink(draft)
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], _ descriptor: Int32, _ draft: String) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(draft) }
            written += count
        }
    }

    func commit() throws {
        guard rename(draft, path) == 0 else {
            let failure = Self.failure(path)
            discard()
            throw failure
        }
    }

    func discard() { unlink(draft) }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(.temporary, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
