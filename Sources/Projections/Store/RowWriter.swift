import GRDB
import GRDBSQLite

/// Runs one SQL statement over and over with values bound straight into SQLite.
///
/// GRDB's own arguments cost a box for each value; a fold writes tens of thousands of rows in a
/// transaction. The statement is kept by the connection's cache. Not to be used outside the
/// transaction that it was made in.
struct RowWriter {
    private let statement: BoundStatement

    init(_ db: Database, _ sql: String) throws {
        statement = BoundStatement(try db.cachedStatement(sql: sql), db)
    }

    /// Binds the values in order and runs the statement; throws what SQLite says.
    func run(_ values: SQLValue...) throws { try run(list: values) }

    /// The same for a list made at run time.
    func run(list values: [SQLValue]) throws {
        try run { row in for value in values { row.add(value) } }
    }

    /// The same without a list: for what a commit does tens of thousands of times.
    func run(_ bind: (inout RowBinder) -> Void) throws {
        statement.bind(bind)
        defer { statement.reset() }
        _ = try statement.step()
    }
}

/// Reads rows with one statement over and over, straight from SQLite.
///
/// GRDB's own rows look up the names of all columns with each. Not to be used outside the transaction that
/// it was made in.
struct RowReader {
    private let statement: BoundStatement

    init(_ db: Database, _ sql: String) throws {
        self.init(try db.cachedStatement(sql: sql), db)
    }

    init(_ statement: Statement, _ db: Database) {
        self.statement = BoundStatement(statement, db)
    }

    /// What `read` makes of the first row; nil where there is none.
    func first<Result>(
        _ values: SQLValue..., read: (SQLRow) throws -> Result
    ) throws -> Result? {
        statement.bind { row in for value in values { row.add(value) } }
        defer { statement.reset() }
        return try statement.step() ? try read(statement.row) : nil
    }

    /// Calls `read` with each row.
    func forEach(_ values: SQLValue..., read: (SQLRow) throws -> Void) throws {
        statement.bind { row in for value in values { row.add(value) } }
        defer { statement.reset() }
        while try statement.step() { try read(statement.row) }
    }

    /// What `read` makes of each row.
    func all<Result>(
        _ arguments: StatementArguments, read: (SQLRow) throws -> Result
    ) throws -> [Result] {
        try statement.bind(arguments)
        defer { statement.reset() }
        var results: [Result] = []
        while try statement.step() { results.append(try read(statement.row)) }
        return results
    }
}

/// The row that a statement stands at; its columns by their places, from 0.
struct SQLRow {
    fileprivate let statement: OpaquePointer

    func int(_ column: Int) -> Int64 { sqlite3_column_int64(statement, Int32(column)) }

    func int(orNull column: Int) -> Int64? { isNull(column) ? nil : int(column) }

    /// Empty for null.
    func text(_ column: Int) -> String {
        guard let bytes = sqlite3_column_text(statement, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// The bytes, as long as `body` runs.
    func withBlob<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let bytes = sqlite3_column_blob(statement, Int32(column))
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return body(UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count))
    }

    func text(orNull column: Int) -> String? { isNull(column) ? nil : text(column) }

    private func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
    }
}

/// A statement of the connection's cache, run without GRDB's boxes.
private struct BoundStatement {
    private let statement: OpaquePointer
    private let owner: Statement
    private let db: Database

    init(_ owner: Statement, _ db: Database) {
        self.db = db
        self.owner = owner
        statement = owner.sqliteStatement
    }

    var row: SQLRow { SQLRow(statement: statement) }

    /// True: it stands at a row.
    func step() throws -> Bool {
        let code = sqlite3_step(statement)
        guard code == SQLITE_DONE || code == SQLITE_ROW else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage)
        }
        return code == SQLITE_ROW
    }

    func reset() { sqlite3_reset(statement) }

    func bind(_ arguments: StatementArguments) throws {
        sqlite3_reset(statement)
        try owner.setArguments(arguments)
    }

    func bind(_ values: (inout RowBinder) -> Void) {
        var row = RowBinder(statement: statement)
        values(&row)
    }
}

/// Takes the values of a statement, one after the other.
struct RowBinder {
    fileprivate let statement: OpaquePointer
    private var index: Int32 = 0

    fileprivate init(statement: OpaquePointer) { self.statement = statement }

    mutating func null() {
        index += 1
        sqlite3_bind_null(statement, index)
    }

    mutating func int(_ number: Int64) {
        index += 1
        sqlite3_bind_int64(statement, index, number)
    }

    mutating func count(_ number: Int) { int(Int64(number)) }

    mutating func offset(_ number: UInt64) { int(Int64(bitPattern: number)) }

    mutating func text(_ text: String) {
        index += 1
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                _ = sqlite3_bind_text(
                    statement, index, characters.baseAddress, Int32(characters.count),
                    Self.transient)
            }
        }
    }

    mutating func text(orNull text: String?) {
        if let text { self.text(text) } else { null() }
    }

    mutating func blob(_ bytes: [UInt8]) {
        index += 1
        bytes.withUnsafeBytes { buffer in
            _ = sqlite3_bind_blob(
                statement, index, buffer.baseAddress, Int32(buffer.count), Self.transient)
        }
    }

    fileprivate mutating func add(_ value: SQLValue) {
        switch value {
        case .null: null()
        case .int(let number): int(number)
        case .text(let text): self.text(text)
        case .blob(let bytes): blob(bytes)
        }
    }

    /// SQLITE_TRANSIENT of sqlite3.h, a cast that Swift does not import: SQLite copies the bytes.
    private static var transient: sqlite3_destructor_type {
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }
}

/// A value for a column.
enum SQLValue {
    case null
    case int(Int64)
    case text(String)
    case blob([UInt8])

    static func offset(_ value: UInt64) -> SQLValue { .int(Int64(bitPattern: value)) }
    static func count(_ value: Int) -> SQLValue { .int(Int64(value)) }
    static func text(orNull value: String?) -> SQLValue { value.map(SQLValue.text) ?? .null }
}
