/// What one pass over a payload finds for the digest: slices and small values, no Strings.
///
/// Both protocols fill it; everything after it is common to both.
struct EventFacts {
    var kind = EventKind.error
    var id: EventID?
    /// The payload gives an id that is none.
    var hasBadID = false
    var timestamp: Timestamp?
    var level = Level.error
    var action = Action.caught
    var saysHow = false
    var platform = JSONSlice.missing
    var hasException = false
    var type = JSONSlice.missing
    /// The text of the exception or message.
    var value = JSONSlice.missing
    /// Stands in for `value` where the text had to be put together.
    var composedValue: [UInt8]?
    /// Found in a raw stack: stands in for type, value, platform and frames that are missing.
    var rawStack: RawStack?
    /// The message with its parameters unexpanded.
    var template = JSONSlice.missing
    var transaction = JSONSlice.missing
    var release = JSONSlice.missing
    var environment = JSONSlice.missing
    var stack = StackTail(isNearestFirst: true)
    /// The stack is that of a cause: it is shown, but does not group.
    var stackIsOfCause = false
    var user = UserFacts()
    var traceID = JSONSlice.missing
    var sessionID = JSONSlice.missing
    var tags: [TagFacts] = []
    var fingerprint: [JSONSlice] = []
}

struct TagFacts {
    var key: JSONSlice
    var value: JSONSlice
}

/// Who was hit, and the account that they belong to.
struct UserFacts {
    var id = JSONSlice.missing
    var username = JSONSlice.missing
    var email = JSONSlice.missing
    var address = JSONSlice.missing
    var account = JSONSlice.missing

    /// What tells one user from another: id, else username, else e-mail, else address.
    func key(_ bytes: JSONBytes) -> JSONSlice {
        if !id.isEmpty { return id }
        if !username.isEmpty { return username }
        if !email.isEmpty { return email }
        // "The peer", which nobody knows any more once the event is stored.
        return bytes.matches(address, "{{auto}}") ? .missing : address
    }
}

extension EventFacts {
    /// Reads the object at which the scanner stands.
    init(_ scanner: inout JSONScanner, _ source: EventProtocol) throws(IntakeError) {
        switch source {
        case .sentry:
            do throws(JSONError) {
                self = try SentryScan.facts(&scanner)
            } catch {
                throw .invalidJSON(error)
            }
        case .native:
            self = try NativeScan.facts(&scanner)
        }
    }

    /// Takes the event's id; one that is there and no UUID is noted.
    mutating func takeID(_ scanner: inout JSONScanner) throws(JSONError) {
        hasBadID = scanner.peek() != UInt8(ascii: "n")
        id = try scanner.takeEventID()
        if id != nil { hasBadID = false }
    }

    /// The value of the first of these tags that is there and not empty.
    func tag(_ bytes: JSONBytes, _ names: StaticString...) -> JSONSlice {
        for name in names {
            if let tag = tags.last(where: { bytes.matches($0.key, name) }), !tag.value.isEmpty {
                return tag.value
            }
        }
        return .missing
    }
}

extension JSONSlice {
    /// This slice, or the other where this one is missing or empty.
    func or(_ other: @autoclosure () -> JSONSlice) -> JSONSlice { isEmpty ? other() : self }
}
