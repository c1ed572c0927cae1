/// A 16-byte identity of a record, for example a Sentry event id.
///
/// All zero means "no id".
package struct RecordID: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// No id.
    package static let none = RecordID(high: 0, low: 0)
}

/// What kind of thing a record tells.
///
/// The log treats it as an opaque number; `ErrorModel` names it.
package struct RecordType: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// The 64-bit keys by which records are found again.
///
/// Zero means "none".
package struct IndexKeys: Hashable, Sendable {
    package var issue: UInt64
    package var user: UInt64
    package var trace: UInt64
    package var session: UInt64

    package init(issue: UInt64 = 0, user: UInt64 = 0, trace: UInt64 = 0, session: UInt64 = 0) {
        self.issue = issue
        self.user = user
        self.trace = trace
        self.session = session
    }
}

/// What a fold sees of a record besides its digest: fixed-size, read without touching the payload.
package struct RecordHeader: Hashable, Sendable {
    /// The dense position of the record in the log, from 0.
    package var offset: UInt64
    /// When the record was received, in microseconds since 1970-01-01T00:00:00Z.
    package var time: Int64
    package var type: RecordType
    package var project: UInt32
    package var id: RecordID
    package var keys: IndexKeys

    package init(
        offset: UInt64, time: Int64, type: RecordType, project: UInt32, id: RecordID,
        keys: IndexKeys
    ) {
        self.offset = offset
        self.time = time
        self.type = type
        self.project = project
        self.id = id
        self.keys = keys
    }
}

/// A record on its way into the log; the log gives it its offset.
package struct NewRecord: Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package var time: Int64
    package var type: RecordType
    package var project: UInt32
    package var id: RecordID
    package var keys: IndexKeys
    /// True: a second record with the same project, type and id is not appended, but
    /// acknowledged with the offset of the first.
    package var isUnique: Bool
    /// The record was redacted before it came here, by way of an export.
    package var isRedacted = false
    /// What folds read; opaque to the log, at most `LogLimits.digestByteLimit` bytes.
    package var digest: [UInt8]
    /// The record's JSON line after its `{"offset":N,`: for example
    /// `"time":"…","type":"event.captured","project":1,"id":"…","data":{…}}`,
    /// without a newline anywhere, at most `LogLimits.lineByteLimit` bytes.
    package var line: [UInt8]

    package init(
        time: Int64, type: RecordType, project: UInt32, id: RecordID, keys: IndexKeys = .init(),
        isUnique: Bool, digest: [UInt8], line: [UInt8]
    ) {
        self.time = time
        self.type = type
        self.project = project
        self.id = id
        self.keys = keys
        self.isUnique = isUnique
        self.digest = digest
        self.line = line
    }
}
