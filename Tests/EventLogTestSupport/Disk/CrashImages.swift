/// What a crash may leave of a disk: every way that pending changes are kept, lost, torn at sectors
/// or overtaken by later ones.
///
/// A value: the same disk gives the same images in the same order.
struct CrashImages {
    /// A part of a pending change that reaches the disk whole or not at all.
    private struct Piece {
        var file: Int
        /// Nil: the change sets the length.
        var position: Int?
        var bytes: ArraySlice<UInt8> = []
        var length = 0
    }

    /// All subsets of more pieces are more than anybody waits for, and their number must not overflow.
    private static let subsetPieceLimit = 20

    private let disk: SimulatedDisk
    private let pieces: [Piece]

    /// Hashes of the files that a crash leaves as they are.
    private let settled: [Int: UInt64]

    init(_ disk: SimulatedDisk) {
        self.disk = disk
        let named = Set(disk.durableNames.values).union(disk.pendingNames.compactMap(\.file))
        var pieces: [Piece] = []
        var settled: [Int: UInt64] = [:]
        for file in named.sorted() {
            let content = disk.contents[file]!
            if content.isSettled {
                settled[file] = SimulatedDisk.hash(content.durable)
            } else {
                pieces += content.pending.flatMap { Self.pieces(of: $0, file) }
            }
        }
        self.pieces = pieces
        self.settled = settled
    }

    private static func pieces(of change: SimulatedDisk.Pending, _ file: Int) -> [Piece] {
        switch change {
        case .length(let length): [Piece(file: file, length: length)]
        case .write(let position, let bytes):
            stride(from: 0, to: bytes.count, by: SimulatedDisk.sectorByteCount).map { start in
                let end = min(start + SimulatedDisk.sectorByteCount, bytes.count)
                return Piece(file: file, position: position + start, bytes: bytes[start..<end])
            }
        }
    }

    /// How many changes of names are on their way; they survive in order, up to some point, since
    /// they are in a journal.
    private var nameCount: Int { disk.pendingNames.count }

    /// Calls `body` with images and their hashes: all that there are, or where those are more than
    /// `limit`, the systematic ones first, then random ones.
    ///
    /// Systematic: the pieces in order up to each point, from each point on, each alone, all but
    /// each; all of them with every number of names.
    func forEach(limit: Int, seed: UInt64, _ body: (SimulatedDisk, UInt64) -> Void) {
        var left = limit
        func give(_ names: Int, _ keeps: (Int) -> Bool) {
            guard left > 0 else { return }
            left -= 1
            let image = image(names: names, keeps)
            body(image, image.hash(settled))
        }
        if pieces.count < Self.subsetPieceLimit, (nameCount + 1) << pieces.count <= limit {
            for names in 0...nameCount {
                for kept in 0..<1 << pieces.count { give(names) { kept >> $0 & 1 == 1 } }
            }
            return
        }
        for names in 0...nameCount {
            give(names) { _ in false }
            if pieces.isEmpty { continue }
            give(names) { _ in true }
            for point in pieces.indices.dropFirst() {
                give(names) { $0 < point }
                give(names) { $0 >= point }
            }
            if pieces.count == 1 { continue }
            for point in pieces.indices {
                give(names) { $0 == point }
                give(names) { $0 != point }
            }
        }
        var random = SeededRandom(seed: seed)
        while left > 0 {
            // Mostly there, mostly lost, and in between.
            let share = 1 + random.below(7)
            let kept = pieces.map { _ in random.below(8) < share }
            give(random.below(nameCount + 1)) { kept[$0] }
        }
    }

    private func image(names: Int, _ keeps: (Int) -> Bool) -> SimulatedDisk {
        var image = disk
        for (index, piece) in pieces.enumerated() where keeps(index) {
            if let position = piece.position {
                SimulatedDisk.apply(
                    Array(piece.bytes), at: position, to: &image.contents[piece.file]!.durable)
            } else {
                SimulatedDisk.resize(&image.contents[piece.file]!.durable, piece.length)
            }
        }
        for change in disk.pendingNames.prefix(names) {
            image.durableNames[change.path] = change.file
        }
        image.settle()
        return image
    }
}

extension SimulatedDisk {
    /// The machine starts again: what is durable is what there is.
    fileprivate mutating func settle() {
        names = durableNames
        pendingNames = []
        let named = Set(names.values)
        contents = contents.filter { named.contains($0.key) }
        for file in named {
            contents[file]!.pending = []
            contents[file]!.live = contents[file]!.durable
        }
    }

    /// The same number for the same names and bytes; `known` has the hashes of some files.
    fileprivate func hash(_ known: [Int: UInt64]) -> UInt64 {
        var hash: UInt64 = 0
        for (path, file) in names.sorted(by: { $0.key < $1.key }) {
            for byte in path.utf8 { Self.mix(UInt64(byte), &hash) }
            Self.mix(known[file] ?? contents[file].map { Self.hash($0.live) } ?? 0, &hash)
        }
        return hash
    }

    fileprivate static func hash(_ bytes: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0
        mix(UInt64(bytes.count), &hash)
        bytes.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count - 7, by: 8) {
                mix(bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self), &hash)
            }
            for byte in bytes.suffix(bytes.count % 8) { mix(UInt64(byte), &hash) }
        }
        return hash
    }

    private static func mix(_ word: UInt64, _ hash: inout UInt64) {
        let product = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        hash = (product.high ^ product.low) &+ 0xD1B5_4A32_D192_ED03
    }
}

extension SimulatedDisk.Content {
    /// True when no crash changes what is there.
    fileprivate var isSettled: Bool {
        pending.allSatisfy {
            if case .length(let length) = $0 { length == durable.count } else { false }
        }
    }
}
