import Dispatch
import Foundation
package import GRDB
import GRDBSQLite
import Synchronization

/// One view's SQLite database: opening, its checkpoint, and what could not be folded.
///
/// The rows of a view and its checkpoint change in one transaction, so that a view is always
/// exactly the fold of the log below its checkpoint. A view is disposable: a file that cannot be
/// opened is deleted by its worker and folded again. Its transactions are therefore not
/// synced one by one (`synchronous = NORMAL` in WAL mode cannot be corrupted by a power cut, only
/// set back, and the checkpoint is set back with it).
package final class ViewStore: Sendable {
    /// Where the file is.
    package let path: String
    /// One writer, and readers that each see a snapshot; of a scratch store one connection for all.
    package let pool: any DatabaseWriter
    /// What commits have changed, for copies of rows in memory.
    package let changes = RowChanges<IssueEdit>()
    private let journal = Journal()
    private let move: JournalMove
    private let readers = Mutex(Readers())
    /// Signalled once, when the last reader has gone for whom `close` waits.
    private let lastReaderWent = DispatchSemaphore(value: 0)

    /// Readers beside the writer: two cores serve no more at once.
    static let readerCount = 2
    /// Pages kept by each connection, in KiB: enough for the inner pages of a million rows, and
    /// small enough that all views stay far below the memory that the process may use.
    static let cacheKiB = 1_024
    /// The same for a file that is filled at once: new issues lie in no order in the index of their
    /// fingerprints, and with a small cache each is a page of it that is read and written.
    static let scratchCacheKiB = 16_384
    /// How long a connection waits for another program, such as `sqlite3`, that holds the file.
    static let busySeconds = 5.0

    /// With more pages in its write-ahead log, 16 MB, a view is tidied.
    ///
    /// Under load each commit changes thousands of pages, mostly those of the one before: what is tidied
    /// after each is copied each time. As many as one table of SQLite's index of the log has, so that pages
    /// are found at once.
    static let journalPages = 4_000
    /// With so many a worker waits for those that are moved beside it: what one thread writes and another cannot
    /// move as fast must not fill the disk.
    static let journalPageLimit = 4 * journalPages

    private struct Readers {
        var count = 0
        var isClosed = false
    }

    /// How long the write-ahead log is; SQLite tells with each commit.
    private final class Journal: Sendable {
        let pages = Atomic(0)

        /// From now on the connection tells, and makes no checkpoints by itself.
        func follow(_ db: Database) {
            _ = sqlite3_wal_hook(
                db.sqliteConnection,
                { journal, _, _, pages in
                    guard let journal else { return SQLITE_OK }
                    Unmanaged<Journal>.fromOpaque(journal).takeUnretainedValue()
                        .pages.store(Int(pages), ordering: .relaxed)
                    return SQLITE_OK
                }, Unmanaged.passUnretained(self).toOpaque())
        }
    }

    /// Opens or creates the view's database.
    ///
    /// Throws what SQLite says.
    package init(path: String, schema: String) throws {
        SQLiteMemory.countNone()
        self.path = path
        move = JournalMove(path: path)
        let journal = journal
        var configuration = Configuration()
        configuration.maximumReaderCount = Self.readerCount
        configuration.busyMode = .timeout(Self.busySeconds)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -\(Self.cacheKiB)")
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            journal.follow(db)
        }
        pool = try DatabasePool(path: path, configuration: configuration)
        try prepare(schema)
    }

    /// Opens or creates a database that nobody misses: what goes wrong while it is written leaves
    /// a file that is only good to be deleted.
    ///
    /// Nothing is synced and nothing can be rolled back, which makes a fold into it faster, and there
    /// is no file beside it. Throws what SQLite says.
    init(scratch path: String, schema: String) throws {
        SQLiteMemory.countNone()
        self.path = path
        move = JournalMove(path: path)
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -\(Self.scratchCacheKiB)")
            try db.execute(sql: "PRAGMA journal_mode = OFF")
            try db.execute(sql: "PRAGMA synchronous = OFF")
        }
        pool = try DatabaseQueue(path: path, configuration: configuration)
        try prepare(schema)
    }

    /// A scratch database is filled: from now on it is read, and its cache is small.
    func endFilling() throws {
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA cache_size = -\(Self.cacheKiB)")
            try db.execute(sql: "PRAGMA shrink_memory")
        }
    }

    private func prepare(_ schema: String) throws {
        try pool.write { db in
            try db.execute(sql: Self.commonSchema)
            try db.execute(sql: GroupingSchema.sql)
            try db.execute(sql: schema)
        }
    }

    /// Moves what was committed from the write-ahead log, where that has become long, to the file itself; to
    /// be called behind commits, whose rows can be seen already.
    func tidy() {
        guard journal.pages.load(ordering: .relaxed) >= Self.journalPages else { return }
        // What cannot be moved now stays where it is, and is as safe there.
        try? pool.writeWithoutTransaction { db in _ = try db.checkpoint(.passive) }
    }

    /// The same for a view that people wait for: most of it is moved while the caller goes on.
    func tidyBeside() {
        let pages = journal.pages.load(ordering: .relaxed)
        guard pages >= Self.journalPages else { return }
        if pages >= Self.journalPageLimit { move.wait() }
        if move.isBulkMoved() { tidy() }
    }

    /// Reads in a snapshot, on any thread, also while another one closes the store: then, as behind it, throws
    /// `SQLITE_MISUSE`.
    ///
    /// Throws what SQLite and `body` say.
    package func read<T>(_ body: (Database) throws -> T) throws -> T {
        try beginReading()
        defer { endReading() }
        return try pool.read(body)
    }

    /// The same without holding up the thread; cancelled with its task.
    package func read<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        try beginReading()
        defer { endReading() }
        return try await pool.read(body)
    }

    private func beginReading() throws {
        let isOpen = readers.withLock { readers in
            if !readers.isClosed { readers.count += 1 }
            return !readers.isClosed
        }
        guard isOpen else {
            throw DatabaseError(
                resultCode: .SQLITE_MISUSE,
                message: "the file of the view is closed, since another takes its place")
        }
    }

    private func endReading() {
        let isLast = readers.withLock { readers in
            readers.count -= 1
            return readers.isClosed && readers.count == 0
        }
        if isLast { lastReaderWent.signal() }
    }

    /// Closes the database, behind the readers of `read` that are under way; blocks as long as they take.
    ///
    /// A pool of GRDB that is closed while somebody begins to read frees what the reader takes. Throws
    /// what SQLite says, and is then as open as before.
    package func close() throws {
        let hasReaders = readers.withLock { readers in
            readers.isClosed = true
            return readers.count > 0
        }
        if hasReaders { lastReaderWent.wait() }
        move.wait()
        do {
            try pool.close()
        } catch {
            readers.withLock { $0.isClosed = false }
            throw error
        }
    }

    /// Closes the database with everything in its main file, so that it can be renamed.
    ///
    /// Closing alone leaves the newest transactions in the write-ahead log: the last connection
    /// to go is one that only reads, and moves nothing.
    func closeWhole() throws {
        move.wait()
        try pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        try close()
    }

    /// Deletes the database at `path` with the files that SQLite keeps beside it.
    package static func delete(path: String) throws {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let file = path + suffix
            if FileManager.default.fileExists(atPath: file) {
                try FileManager.default.removeItem(atPath: file)
            }
        }
    }

    private static let commonSchema = """
        CREATE TABLE IF NOT EXISTS checkpoint (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            next_offset INTEGER NOT NULL
        );
        INSERT OR IGNORE INTO checkpoint VALUES (1, 0);
        -- Records that could not be folded, and so are not in the rows of this view.
        CREATE TABLE IF NOT EXISTS parked (
            log_offset INTEGER PRIMARY KEY,
            error TEXT NOT NULL
        );
        -- Ranges of the log that could not be read: first to last offset.
        CREATE TABLE IF NOT EXISTS gap (
            first INTEGER PRIMARY KEY,
            last INTEGER NOT NULL,
            reason TEXT NOT NULL
        );
        """

    /// The offset of the first record that the view has not folded yet.
    package static func checkpoint(_ db: Database) throws -> UInt64 {
        let next = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT next_offset FROM checkpoint"))
        return UInt64(bitPattern: next ?? 0)
    }

    static func setCheckpoint(_ next: UInt64, _ db: Database) throws {
        try db.execute(
            sql: "UPDATE checkpoint SET next_offset = ?", arguments: [Int64(bitPattern: next)])
    }

    static func park(_ parked: [ParkedRecord], gaps: [UnreadableRange], _ db: Database) throws {
        for record in parked {
            try db.execute(
                sql: "INSERT OR REPLACE INTO parked VALUES (?, ?)",
                arguments: [Int64(bitPattern: record.offset), record.error])
        }
        for gap in gaps where !gap.offsets.isEmpty {
            try db.execute(
                sql: "INSERT OR REPLACE INTO gap VALUES (?, ?, ?)",
                arguments: [
                    Int64(bitPattern: gap.offsets.lowerBound),
                    Int64(bitPattern: gap.offsets.upperBound - 1), gap.reason,
                ])
        }
    }
}

/// A record that a fold could not take, and why.
package struct ParkedRecord: Hashable, Sendable {
    package var offset: UInt64
    package var error: String
}

/// A range of the log that could not be read, and why.
package struct UnreadableRange: Hashable, Sendable {
    package var offsets: Range<UInt64>
    package var reason: String
}
