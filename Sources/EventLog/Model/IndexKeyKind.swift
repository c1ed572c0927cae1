/// Which of the index keys of a record.
package enum IndexKeyKind: CaseIterable, Hashable, Sendable {
    case issue, user, trace, session
}
