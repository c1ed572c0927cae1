/// What an append is answered for; the answer names it.
///
/// It changes when the answer is given, never what happens to the records: all of them are synced
/// with the same group, at the same time.
package enum Durability: String, CaseIterable, Hashable, Sendable {
    /// After `fdatasync`: the records survive a loss of power.
    case durable
    /// After the write, before its sync: they survive the end of the process, not a loss of power,
    /// and not a disk that refuses the sync.
    case os
    /// When they are queued: they survive nothing, and no offset is known yet.
    ///
    /// A record that cannot be written is lost without a word but that of `LogStatus`.
    case async
}
