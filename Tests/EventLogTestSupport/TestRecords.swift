package import EventLog
import Synchronization

/// Records whose every field follows from one number, so that a read one can be checked.
package enum TestRecords {
    private struct Key: Hashable {
        var number: UInt64
        var size: Int
        var isUnique: Bool
    }

    /// Trials compare the same few records again and again.
    private static let known = Mutex<[Key: NewRecord]>([:])
    /// Trials have fewer different records; those of other tests are made anew beyond it.
    private static let knownLimit = 1024

    /// The record number `number`; `size` is about the length of its line.
    package static func make(_ number: UInt64, size: Int = 120, unique: Bool = true) -> NewRecord {
        let key = Key(number: number, size: size, isUnique: unique)
        if let record = known.withLock({ $0[key] }) { return record }
        let record = makeNew(number, size: size, unique: unique)
        known.withLock { if $0.count < knownLimit { $0[key] = record } }
        return record
    }

    private static func makeNew(_ number: UInt64, size: Int, unique: Bool) -> NewRecord {
        var random = SeededRandom(seed: number)
        let letters = Array("abcdefghijklmnopqrstuvwxyz ".utf8)
        var line = Array("\"type\":\"test\",\"number\":\(number),\"text\":\"".utf8)
        while line.count < size - 2 { line.append(letters[random.below(letters.count)]) }
        line += Array("\"}".utf8)
        let digest =
            Array("digest of \(number)".utf8) + [UInt8](repeating: 7, count: Int(number % 5))
        return NewRecord(
            time: 1_700_000_000_000_000 + Int64(number),
            type: RecordType(rawValue: UInt8(number % 7)),
            project: UInt32(number % 3), id: RecordID(high: number &+ 1, low: ~number),
            keys: IndexKeys(
                issue: number % 11, user: number % 13, trace: number &* 31, session: number % 17),
            isUnique: unique, digest: digest, line: line)
    }

    /// The line of the record as the log writes it at `offset`, without the newline.
    package static func line(_ record: NewRecord, at offset: UInt64) -> [UInt8] {
        Array("{\"offset\":\(offset),".utf8) + record.line
    }

    /// The number of the record that an id was made from.
    package static func number(of id: RecordID) -> UInt64 { id.high &- 1 }

    /// The user whose records a trial may erase.
    package static let erasableUser: UInt64 = 5

    /// What takes the place of a record of that user; nil for all others.
    package static func erased(_ block: LogBlock, _ index: Int) -> RecordEdit? {
        let header = block.header(at: index)
        guard header.keys.user == erasableUser else { return nil }
        return RecordEdit(
            keys: IndexKeys(issue: header.keys.issue, user: 99), digest: [1, 2, 3],
            line: Array("\"type\":\"test\",\"data\":{\"redacted\":true}}".utf8))
    }

    /// True when the record at `index` of `block` is, in every field and byte, the one that its
    /// id was made from, or what takes its place when it is erased.
    package static func isTrue(_ block: LogBlock, at index: Int, size: Int = 120) -> Bool {
        let header = block.header(at: index)
        var made = make(number(of: header.id), size: size)
        if block.isRedacted(at: index) {
            guard made.keys.user == erasableUser else { return false }
            made.keys = IndexKeys(issue: made.keys.issue, user: 99)
            made.digest = [1, 2, 3]
            made.line = Array("\"type\":\"test\",\"data\":{\"redacted\":true}}".utf8)
        }
        guard header.offset == block.baseOffset + UInt64(index), header.time == made.time,
            header.type == made.type, header.project == made.project, header.id == made.id,
            header.keys == made.keys,
            Array(block.section[block.digestRange(at: index)]) == made.digest
        else { return false }
        guard let payload = block.payload else { return true }
        return Array(payload[block.lineRange(at: index)]) == line(made, at: header.offset)
    }

    /// The same of one record.
    package static func isTrue(_ record: LogRecord, size: Int = 120) -> Bool {
        let made = make(number(of: record.header.id), size: size)
        return record.header.time == made.time && record.header.type == made.type
            && record.header.project == made.project && record.header.id == made.id
            && record.header.keys == made.keys && record.digest == made.digest
            && record.line == line(made, at: record.header.offset)
    }
}
