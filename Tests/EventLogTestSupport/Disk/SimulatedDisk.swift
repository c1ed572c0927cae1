import EventLog

/// What a disk holds, and what has been told to it but not yet been made durable.
///
/// A plain value: copy it to look at several crashes of one moment.
struct SimulatedDisk: Sendable {
    /// A change to a file that a crash may keep, lose or tear.
    enum Pending: Sendable {
        case write(position: Int, bytes: [UInt8])
        case length(Int)
    }

    /// A file, apart from its names.
    struct Content: Sendable {
        var live: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [Pending] = []
    }

    /// A change to a name: `file` nil takes the name away.
    struct PendingName: Sendable {
        var path: String
        var file: Int?
    }

    var contents: [Int: Content] = [:]
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var pendingNames: [PendingName] = []
    var directories: Set<String> = []
    private var nextNumber = 0
    /// Grows with every change of what is there or may be after a crash.
    private(set) var changeCount = 0

    static let sectorByteCount = 512

    mutating func make(_ path: String) -> Int {
        nextNumber += 1
        contents[nextNumber] = Content()
        setName(path, nextNumber)
        return nextNumber
    }

    mutating func setName(_ path: String, _ file: Int?) {
        changeCount += 1
        names[path] = file
        pendingNames.append(PendingName(path: path, file: file))
    }

    mutating func write(_ file: Int, _ bytes: [UInt8], at position: Int) {
        changeCount += 1
        Self.apply(bytes, at: position, to: &contents[file]!.live)
        contents[file]!.pending.append(.write(position: position, bytes: bytes))
    }

    mutating func setLength(_ file: Int, _ length: Int) {
        changeCount += 1
        Self.resize(&contents[file]!.live, length)
        contents[file]!.pending.append(.length(length))
    }

    mutating func sync(_ file: Int) {
        changeCount += 1
        contents[file]!.durable = contents[file]!.live
        contents[file]!.pending = []
    }

    /// The error loses what was pending and calls it written: reads show it until the cache lets
    /// go of it, a later sync does not write it.
    mutating func failSync(_ file: Int, _ random: inout SeededRandom) {
        keepSome(of: file, &random)
        contents[file]!.pending = []
    }

    mutating func syncNames(in directory: String) {
        changeCount += 1
        var rest: [PendingName] = []
        for change in pendingNames {
            if Self.parent(change.path) == directory {
                durableNames[change.path] = change.file
            } else {
                rest.append(change)
            }
        }
        pendingNames = rest
    }

    /// Loses power: of what was pending, any part may have reached the disk.
    mutating func crash(_ random: inout SeededRandom) {
        for file in contents.keys.sorted() {
            keepSome(of: file, &random)
            contents[file]!.pending = []
            contents[file]!.live = contents[file]!.durable
        }
        // Names of one directory are in a journal: they survive in order, up to some point.
        let kept = random.below(pendingNames.count + 1)
        for change in pendingNames.prefix(kept) { durableNames[change.path] = change.file }
        pendingNames = []
        names = durableNames
    }

    /// Ends the process: the page cache stays.
    mutating func kill() {}

    /// Lets any part of the pending changes of a file reach the disk, torn at sectors.
    private mutating func keepSome(of file: Int, _ random: inout SeededRandom) {
        var image = contents[file]!.durable
        let mode = random.below(4)
        for change in contents[file]!.pending {
            switch change {
            case .length(let length):
                if mode == 1 || (mode > 1 && random.chance(oneIn: 2)) {
                    Self.resize(&image, length)
                }
            case .write(let position, let bytes):
                if mode == 0 { continue }
                let whole = mode == 1
                var start = 0
                let isKept = random.chance(oneIn: 2)
                let tornAt = random.below(bytes.count / Self.sectorByteCount + 1)
                while start < bytes.count {
                    let end = min(start + Self.sectorByteCount, bytes.count)
                    let keeps =
                        whole || (mode == 2 && (isKept || start / Self.sectorByteCount < tornAt))
                        || (mode == 3 && !random.chance(oneIn: 3))
                    if keeps {
                        Self.apply(Array(bytes[start..<end]), at: position + start, to: &image)
                    }
                    start = end
                }
            }
        }
        contents[file]!.durable = image
    }

    static func apply(_ bytes: [UInt8], at position: Int, to image: inout [UInt8]) {
        if image.count < position + bytes.count { resize(&image, position + bytes.count) }
        image.replaceSubrange(position..<position + bytes.count, with: bytes)
    }

    static func resize(_ image: inout [UInt8], _ length: Int) {
        if image.count > length {
            image.removeLast(image.count - length)
        } else {
            image += [UInt8](repeating: 0, count: length - image.count)
        }
    }

    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }
}
