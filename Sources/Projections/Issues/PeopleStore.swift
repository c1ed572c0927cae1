import Foundation
import GRDB

/// The distinct users and accounts of issues, as rows, with the newest ones kept in memory.
///
/// New keys are added as small parts, so that a commit writes what is new and not the whole set;
/// the parts of an issue are joined when there are too many. Belongs to its projection's thread.
struct PeopleStore {
    /// Whom a counter counts; the raw values are those of the column `kind`.
    enum Kind: Int64 {
        case users = 0
        case accounts = 1
    }

    struct Address: Hashable {
        var issue: Int64
        var kind: Kind
    }

    private struct Entry {
        var counter: DistinctCounter
        var parts: Int
        var lastUse: UInt64
    }

    /// Keys kept in memory over all counters: 8 bytes each, 16 MB.
    static let cachedKeyLimit = 2_000_000
    /// More parts than this are joined into one: bounds both the rows and the rewriting.
    static let partLimit = 16
    /// The part that holds a sketch.
    private static let sketchPart: Int64 = -1

    private var cache: [Address: Entry] = [:]
    private var cachedKeys = 0
    private var tick: UInt64 = 0

    /// Adds keys to a counter, writes what is new, and returns the counter.
    mutating func add(
        _ keys: [UInt64], to address: Address, isNewIssue: Bool, _ rows: PeopleRows
    ) throws -> DistinctCounter {
        var entry = try take(address, isNewIssue: isNewIssue, rows.db)
        let wasExact = entry.counter.isExact
        let new = entry.counter.insert(keys)
        switch entry.counter.content {
        case .exact(let all):
            if !new.isEmpty {
                if entry.parts >= Self.partLimit {
                    try rows.remove(address)
                    try rows.write(address, part: 0, Self.bytes(all))
                    entry.parts = 1
                } else {
                    try rows.write(address, part: Int64(entry.parts), Self.bytes(new))
                    entry.parts += 1
                }
            }
        case .sketch(let sketch):
            if wasExact { try rows.remove(address) }
            try rows.write(address, part: Self.sketchPart, sketch.registers)
        }
        put(entry, address)
        return entry.counter
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

    private mutating func take(
        _ address: Address, isNewIssue: Bool, _ db: Database
    ) throws -> Entry {
        tick += 1
        if var entry = cache.removeValue(forKey: address) {
            cachedKeys -= Self.weight(entry)
            entry.lastUse = tick
            return entry
        }
        if isNewIssue { return Entry(counter: DistinctCounter(), parts: 0, lastUse: tick) }
        return try load(address, db)
    }

    private mutating func put(_ entry: Entry, _ address: Address) {
        cache[address] = entry
        cachedKeys += Self.weight(entry)
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

    private func load(_ address: Address, _ db: Database) throws -> Entry {
        let rows = try Row.fetchAll(
            db, sql: "SELECT part, hashes FROM issue_people WHERE issue = ? AND kind = ?",
            arguments: [address.issue, address.kind.rawValue])
        var keys: [UInt64] = []
        for row in rows {
            let part: Int64 = row[0]
            let hashes: [UInt8] = Array(row[1] as Data)
            if part == Self.sketchPart, let sketch = HyperLogLog(registers: hashes) {
                return Entry(counter: DistinctCounter(.sketch(sketch)), parts: 0, lastUse: tick)
            }
            keys.append(contentsOf: Self.keys(hashes))
        }
        var counter = DistinctCounter()
        _ = counter.insert(keys)
        return Entry(counter: counter, parts: rows.count, lastUse: tick)
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

/// Writes the parts of counters within one transaction.
struct PeopleRows {
    let db: Database
    private let delete: RowWriter
    private let insert: RowWriter

    init(_ db: Database) throws {
        self.db = db
        delete = try RowWriter(db, "DELETE FROM issue_people WHERE issue = ? AND kind = ?")
        insert = try RowWriter(db, "INSERT OR REPLACE INTO issue_people VALUES (?, ?, ?, ?)")
    }

    func remove(_ address: PeopleStore.Address) throws {
        try delete.run(.int(address.issue), .int(address.kind.rawValue))
    }

    func write(_ address: PeopleStore.Address, part: Int64, _ bytes: [UInt8]) throws {
        try insert.run(
            .int(address.issue), .int(address.kind.rawValue), .int(part), .blob(bytes))
    }
}
