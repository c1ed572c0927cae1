/// A record that tells a change of state; its digest and its `data` are the same JSON object.
package protocol StateRecord: Sendable {
    static var kind: RecordKind { get }
    /// Reads the record's `data`; throws `StateRecordError`.
    init(data: JSONValue) throws
    var data: JSONValue { get }
}

extension StateRecord {
    package init(data bytes: [UInt8]) throws {
        try self.init(data: try JSONValue(parsing: bytes))
    }

    /// `data` as JSON text.
    package var bytes: [UInt8] { data.compactBytes }
}

/// A member that a state record must have is missing or of another kind.
package struct StateRecordError: Error, CustomStringConvertible, Hashable, Sendable {
    package var record: String
    package var member: String
    package var description: String { "\(record) has no valid '\(member)'" }
}

/// Reads the members of a record's data.
struct MemberReader {
    let data: JSONValue
    let kind: RecordKind

    func fail(_ member: String) -> StateRecordError {
        StateRecordError(record: kind.name, member: member)
    }

    func string(_ member: String) throws(StateRecordError) -> String {
        guard let value = data[member]?.string else { throw fail(member) }
        return value
    }

    func unsigned<T: UnsignedInteger & FixedWidthInteger>(
        _ member: String
    ) throws(StateRecordError) -> T {
        guard case .number(let text)? = data[member], let value = T(text) else {
            throw fail(member)
        }
        return value
    }

    /// Nil where the member is missing or null.
    func optional<T: UnsignedInteger & FixedWidthInteger>(
        _ member: String
    ) throws(StateRecordError) -> T? {
        guard let value = data[member], !value.isNull else { return nil }
        return try unsigned(member)
    }

    /// 16 hexadecimal digits.
    func key(_ member: String) throws(StateRecordError) -> UInt64 {
        guard let value = HexText.value(try string(member)) else { throw fail(member) }
        return value
    }

    func issue() throws(StateRecordError) -> IssueID {
        guard let id = IssueID(try string("issue")) else { throw fail("issue") }
        return id
    }

    func choice<T: RawRepresentable<String>>(
        _ member: String, _ type: T.Type
    ) throws(StateRecordError) -> T {
        guard let value = T(rawValue: try string(member)) else { throw fail(member) }
        return value
    }
}
