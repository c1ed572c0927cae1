import Foundation
import GRDB

/// What of a view's tables is its content, whatever way its rows came to be: rows by what names
/// them, without the numbers that SQLite gives them.
struct ViewContent {
    /// One table.
    struct Table: Hashable {
        var name: String
        /// What names a row; the rows come in this order.
        var keys: [String]
        var values: [String]
        /// Rows with the key and then the values.
        var sql: String
        /// The values are `part` and `hashes`: rows of one key are one set of people.
        var isPeople: Bool
    }

    /// Tables whose rows have a number, with what names a row instead.
    private static let numbered = [
        "issue": ["project", "fingerprint"],
        "release": ["project", "version"],
        "health": ["project", "release", "environment", "day"],
    ]
    /// Tables whose `hashes` are sets, cut into parts by the size of the batches.
    private static let people: Set<String> = ["issue_people", "health_people"]
    /// Tables and columns that are no content: how far the fold is, and decisions that are still on
    /// their way to the log, some of which the clock has made.
    private static let ignoredTables: Set<String> = ["checkpoint", "decision"]
    private static let ignoredColumns: Set<String> = ["issue_life.decision"]

    /// The tables of a view, by name.
    static func tables(_ db: Database) throws -> [Table] {
        let names = try String.fetchAll(
            db,
            sql: """
                SELECT name FROM sqlite_master
                WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name
                """)
        return try names.filter { !ignoredTables.contains($0) }
            .map { try table($0, all: Set(names), db) }
    }

    private static func table(
        _ name: String, all tables: Set<String>, _ db: Database
    ) throws -> Table {
        var columns = try db.columns(in: name).map(\.name)
            .filter { !ignoredColumns.contains("\(name).\($0)") }
        var keys = try db.primaryKey(name).columns
        var owner: String?
        if let natural = numbered[name] {
            keys = natural
            columns.removeAll { $0 == "id" }
        } else {
            owner = keys.first { numbered[$0] != nil && tables.contains($0) }
        }
        let isPeople = people.contains(name)
        if isPeople { keys.removeAll { $0 == "part" } }
        let values = columns.filter { !keys.contains($0) }
        keys.removeAll { $0 == owner }
        let ownerKeys = owner.flatMap { numbered[$0] } ?? []
        let selected =
            ownerKeys.map { "owner.\"\($0)\"" } + (keys + values).map { "rows.\"\($0)\"" }
        let order =
            (1...max(1, ownerKeys.count + keys.count)).map(String.init)
            + (isPeople ? ["rows.part"] : [])
        let join = owner.map { " LEFT JOIN \"\($0)\" AS owner ON owner.id = rows.\"\($0)\"" } ?? ""
        return Table(
            name: name, keys: ownerKeys + keys, values: values,
            sql: "SELECT \(selected.joined(separator: ", ")) FROM \"\(name)\" AS rows\(join) "
                + "ORDER BY \(order.joined(separator: ", "))",
            isPeople: isPeople)
    }
}

/// One row of a table, or one set of people.
struct ContentRow: Hashable {
    var key: [DatabaseValue]
    var values: [DatabaseValue]
}

/// The rows of a table in the order of their keys.
struct ContentRows {
    private let table: ViewContent.Table
    private let cursor: RowCursor
    private var waiting: ContentRow?

    init(_ table: ViewContent.Table, _ db: Database) throws {
        self.table = table
        cursor = try Row.fetchCursor(db, sql: table.sql)
        waiting = try read()
    }

    /// The next row; of people all parts of one set, joined.
    mutating func next() throws -> ContentRow? {
        guard var row = waiting else { return nil }
        waiting = try read()
        guard table.isPeople else { return row }
        var parts = [row.values]
        while let part = waiting, part.key == row.key {
            parts.append(part.values)
            waiting = try read()
        }
        row.values = Self.joined(parts)
        return row
    }

    private func read() throws -> ContentRow? {
        guard let row = try cursor.next() else { return nil }
        let values = Array(row.databaseValues)
        return ContentRow(
            key: Array(values.prefix(table.keys.count)),
            values: Array(values.dropFirst(table.keys.count)))
    }

    /// The keys of all parts, sorted; of a sketch its chunks, with their numbers.
    private static func joined(_ parts: [[DatabaseValue]]) -> [DatabaseValue] {
        if let first = Int64.fromDatabaseValue(parts[0][0]), first < 0 {
            var chunks = Data()
            for part in parts {
                chunks += Data("\(part[0])".utf8) + (Data.fromDatabaseValue(part[1]) ?? Data())
            }
            return [(-1).databaseValue, chunks.databaseValue]
        }
        var keys: [UInt64] = []
        // What is no whole key is damage, and compared as it is.
        var rest = Data()
        for part in parts {
            let bytes = Data.fromDatabaseValue(part[1]) ?? Data()
            let whole = bytes.count - bytes.count % 8
            bytes.withUnsafeBytes { buffer in
                for start in stride(from: 0, to: whole, by: 8) {
                    keys.append(buffer.loadUnaligned(fromByteOffset: start, as: UInt64.self))
                }
            }
            rest += bytes.suffix(bytes.count - whole)
        }
        keys.sort()
        return [0.databaseValue, (keys.withUnsafeBytes { Data($0) } + rest).databaseValue]
    }
}

extension DatabaseValue {
    /// SQLite's own order: null, numbers, text by its bytes, blobs.
    func precedes(_ other: DatabaseValue) -> Bool {
        switch (storage, other.storage) {
        case (.int64(let a), .int64(let b)): a < b
        case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.blob(let a), .blob(let b)): a.lexicographicallyPrecedes(b)
        case (.int64(let a), .double(let b)): Double(a) < b
        case (.double(let a), .int64(let b)): a < Double(b)
        case (.double(let a), .double(let b)): a < b
        default: rank < other.rank
        }
    }

    private var rank: Int {
        switch storage {
        case .null: 0
        case .int64, .double: 1
        case .string: 2
        case .blob: 3
        }
    }

    /// For people; a blob is its length and a sum, since nobody reads more.
    var shownText: String {
        switch storage {
        case .null: return "null"
        case .int64(let number): return String(number)
        case .double(let number): return String(number)
        case .string(let text): return "\"\(text)\""
        case .blob(let data):
            let sum = data.reduce(UInt64(14_695_981_039_346_656_037)) {
                ($0 ^ UInt64($1)) &* 1_099_511_628_211
            }
            return "\(data.count) bytes (\(String(sum, radix: 16)))"
        }
    }
}
