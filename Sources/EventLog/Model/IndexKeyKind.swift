/// Which of the index keys of a record.
package enum IndexKeyKind: CaseIterable, Hashable, Sendable {
    case issue, user, trace, session

    /// Its place among all kinds, from 0.
    var place: Int {
        switch self {
        case .issue: 0
        case .user: 1
        case .trace: 2
        case .session: 3
        }
    }
}
