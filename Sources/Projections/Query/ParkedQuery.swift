package import GRDB

extension ParkedRecord {
    /// Reads what a view has parked, from an offset on.
    package static func fetch(
        from offset: UInt64, limit: Int, _ db: Database
    ) throws -> [ParkedRecord] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT log_offset, error FROM parked WHERE log_offset >= ?
                ORDER BY log_offset LIMIT ?
                """, arguments: [Int64(clamping: offset), limit]
        ).map { ParkedRecord(offset: UInt64(bitPattern: $0[0]), error: $0[1]) }
    }
}
