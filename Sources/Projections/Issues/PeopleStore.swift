import Foundation
import GRDB

/// The distinct people of issues or of releases, as rows, with the newest ones kept in memory.
///
/// New keys are added as small parts, so that a commit writes what is new and not the whole set;
/// the parts of an issue are joined when there are too many. Belongs to its projection's thread.
struct PeopleStore {
    /// Whom a counter counts; the raw values are those of the column `kind`.
    enum Kind: Int64 {
        case users = 0
        case accounts = 1
        /// Users of whom a session crashed.
        case crashedUsers = 2
        /// Sessions that had an error.
        case erroredSessions = 3
    }

    struct Address: Hashable {
        /// The row whose people they are.
        var owner: Int64
        var kind: Kind

        func hash(into hasher: inout Hasher) { hasher.combine(owner << 2 | kind.rawValue) }
    }

    private struct Entry {
        var counter: DistinctCounter
        var parts: Int
        var lastUse: UInt64
    }

    /// Keys kept in memory over all counters: 8 bytes each, 10 MB.
    static let cachedKeyLimit = 1_250_000
    /// More parts than this are joined into one: bounds both the rows and the rewriting.
    static let partLimit = 16
    /// So many are one row that is written again with each change: a KB is no more work than its page.
    static let wholeKeyLimit = 128
    /// The part that holds a chunk of a sketch, from -1 down; chunks of zeros are not stored.
    private static func part(ofChunk chunk: Int) -> Int64 { -1 - Int64(chunk) }

    private let table: PeopleTable
    private var cache: [Address: Entry] = [:]
    private var cachedKeys = 0
    private var tick: UInt64 = 0

    init(_ table: PeopleTable) { self.table = table }

    /// Adds keys to a counter, writes what is new, and returns how many there are.
    ///
    /// Where it throws, the counter may have what its rows lack: the store is not to be used any more.
    mutating func add(
        _ keys: [UInt64], to address: Address, isNewOwner: Bool, _ rows: PeopleRows
    ) throws -> PeopleCount {
        tick += 1
        if let place = cache.index(forKey: address) {
            let before = Self.weight(cache.values[place])
            cache.values[place].lastUse = tick
            try Self.insert(keys, &cache.values[place], address, rows)
            cachedKeys += Self.weight(cache.values[place]) - before
            return PeopleCount(cache.values[place].counter)
        }
        var entry =
            isNewOwner
            ? Entry(counter: DistinctCounter(), parts: 0, lastUse: tick) : try load(address, rows)
        try Self.insert(keys, &entry, address, rows)
        let count = PeopleCount(entry.counter)
        put(entry, address)
        return count
    }

    private static func insert(
        _ keys: [UInt64], _ entry: inout Entry, _ address: Address, _ rows: PeopleRows
    ) throws {
        let change = entry.counter.insert(keys)
        switch (entry.counter.content, change) {
        case (.exact(let all), .keys(let new)):
            if new.isEmpty { break }
            if entry.parts <= 1, all.count <= Self.wholeKeyLimit {
                try rows.write(address, part: 0, Self.bytes(all))
                entry.parts = 1
            } else if entry.parts >= Self.partLimit {
                try rows.remove(address)
                try rows.write(address, part: 0, Self.bytes(all))
                entry.parts = 1
            } else {
                try rows.write(address, part: Int64(entry.parts), Self.bytes(new))
                entry.parts += 1
            }
        case (.sketch(let sketch), .chunks(let chunks)):
            try write(chunks, of: sketch, address, rows)
        case (.sketch(let sketch), _):
            try rows.remove(address)
            try write(sketch.usedChunks, of: sketch, address, rows)
        case (.exact, _): break
        }
    }

    private static func write(
        _ chunks: [Int], of sketch: HyperLogLog, _ address: Address, _ rows: PeopleRows
    ) throws {
        for chunk in chunks {
            try rows.write(address, part: part(ofChunk: chunk), Array(sketch.chunk(chunk)))
        }
    }

    /// Lets go of the counters that were not used for longest, down to the bound.
    mutating func trim() {
        guard cachedKeys > Self.cachedKeyLimit else { return }
        for (address, entry) in cache.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            if cachedKeys <= Self.cachedKeyLimit / 2 { break }
            cache[address] = nil
            cachedKeys -= Self.weight(entry)
        }
    }

    // MARK: rows

    private mutating func put(_ entry: Entry, _ address: Address) {
        cache[address] = entry
        cachedKeys += Self.weight(entry)
        // One batch may touch many; what they hold is in rows by now.
        if cachedKeys > 2 * Self.cachedKeyLimit { trim() }
    }

    /// The memory of an entry, counted in keys of 8 bytes.
    private static func weight(_ entry: Entry) -> Int {
        switch entry.counter.content {
        case .exact(let keys): keys.count + entryOverhead
        case .sketch: HyperLogLog.registerCount / 8
        }
    }

    /// The slot in the cache and the array's header, in keys of 8 bytes.
    private static let entryOverhead = 16

    private func load(_ address: Address, _ rows: PeopleRows) throws -> Entry {
        let (counter, parts) = try rows.read(address)
        return Entry(counter: counter, parts: counter.isExact ? parts : 0, lastUse: tick)
    }

    /// The counter that the rows hold.
    static func read(
        _ address: Address, _ table: PeopleTable, _ db: Database
    ) throws -> DistinctCounter {
        try PeopleRows(db, table).read(address).counter
    }

    /// Puts a counter together; throws where a row is none.
    fileprivate static func counter(
        of rows: [(part: Int64, hashes: [UInt8])], _ table: PeopleTable
    ) throws -> DistinctCounter {
        if rows.contains(where: { $0.part < 0 }) {
            return DistinctCounter(.sketch(try sketch(rows, table)))
        }
        var counter = DistinctCounter()
        counter.insert(rows.flatMap { keys($0.hashes) })
        return counter
    }

    private static func sketch(
        _ rows: [(part: Int64, hashes: [UInt8])], _ table: PeopleTable
    ) throws -> HyperLogLog {
        var registers = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
        let size = HyperLogLog.chunkRegisterCount
        for row in rows {
            let chunk = part(ofChunk: 0) - row.part
            guard (0..<Int64(HyperLogLog.chunkCount)).contains(chunk), row.hashes.count == size
            else {
                throw FoldError("the table \(table.name) has a row that cannot be read")
            }
            let start = Int(chunk) * size
            registers.replaceSubrange(start..<start + size, with: row.hashes)
        }
        guard let sketch = HyperLogLog(registers: registers) else {
            throw FoldError("the table \(table.name) has a sketch that cannot be read")
        }
        return sketch
    }

    private static func bytes(_ keys: [UInt64]) -> [UInt8] {
        keys.map { $0.littleEndian }.withUnsafeBytes { Array($0) }
    }

    private static func keys(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
            (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64($1 * 8) }
        }
    }
}

/// A table of people: `owner`, `kind`, `part`, `hashes`.
struct PeopleTable {
    var name: String
    /// The column with the row whose people they are.
    var owner: String

    static let issues = PeopleTable(name: "issue_people", owner: "issue")
    static let releases = PeopleTable(name: "health_people", owner: "health")
}

/// Reads and writes the parts of counters within one transaction.
struct PeopleRows {
    private let table: PeopleTable
    private let delete: RowWriter
    private let insert: RowWriter
    private let find: RowReader

    init(_ db: Database, _ table: PeopleTable) throws {
        self.table = table
        delete = try RowWriter(
            db, "DELETE FROM \(table.name) WHERE \(table.owner) = ? AND kind = ?")
        insert = try RowWriter(db, "INSERT OR REPLACE INTO \(table.name) VALUES (?, ?, ?, ?)")
        find = try RowReader(
            db, "SELECT part, hashes FROM \(table.name) WHERE \(table.owner) = ? AND kind = ?")
    }

    func remove(_ address: PeopleStore.Address) throws {
        try delete.run(.int(address.owner), .int(address.kind.rawValue))
    }

    func write(_ address: PeopleStore.Address, part: Int64, _ bytes: [UInt8]) throws {
        try insert.run { row in
            row.int(address.owner)
            row.int(address.kind.rawValue)
            row.int(part)
            row.blob(bytes)
        }
    }

    /// The counter that the rows hold, and how many these are.
    func read(_ address: PeopleStore.Address) throws -> (counter: DistinctCounter, parts: Int) {
        var rows: [(part: Int64, hashes: [UInt8])] = []
        try find.forEach(.int(address.owner), .int(address.kind.rawValue)) { row in
            rows.append((row.int(0), row.withBlob(1) { Array($0) }))
        }
        return (try PeopleStore.counter(of: rows, table), rows.count)
    }
}
