import GRDB
import GRDBSQLite

/// Runs one SQL statement over and over with values bound straight into SQLite.
///
/// GRDB's own arguments cost a box for each value; a fold writes tens of thousands of rows in a
/// transaction. The statement is kept by the connection's cache. Not to be used outside the
/// transaction that it was made in.
struct RowWriter {
    private let statement: OpaquePointer
    private let owner: Statement
    private let db: Database

    init(_ db: Database, _ sql: String) throws {
        self.db = db
        owner = try db.cachedStatement(sql: sql)
        statement = owner.sqliteStatement
    }

    /// Binds the values in order and runs the statement; throws what SQLite says.
    func run(_ values: SQLValue...) throws {
        for (index, value) in values.enumerated() {
            bind(value, at: Int32(index + 1))
        }
        try step()
    }

    /// The same for a list made at run time.
    func run(list values: [SQLValue]) throws {
        for (index, value) in values.enumerated() {
            bind(value, at: Int32(index + 1))
        }
        try step()
    }

    private func step() throws {
        let code = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard code == SQLITE_DONE || code == SQLITE_ROW else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage)
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) {
        switch value {
        case .null:
            sqlite3_bind_null(statement, index)
        case .int(let number):
            sqlite3_bind_int64(statement, index, number)
        case .text(let text):
            var text = text
            text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    _ = sqlite3_bind_text(
                        statement, index, characters.baseAddress, Int32(characters.count),
                        Self.transient)
                }
            }
        case .blob(let bytes):
            bytes.withUnsafeBytes { buffer in
                _ = sqlite3_bind_blob(
                    statement, index, buffer.baseAddress, Int32(buffer.count), Self.transient)
            }
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
