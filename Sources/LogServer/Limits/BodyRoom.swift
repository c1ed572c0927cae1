import Synchronization

/// Bounds what unfinished bodies of all connections hold in memory together.
///
/// Clients that send most of a large body and then wait would else hold 20 MiB each. Small bodies do
/// not count, so that events are taken whatever the large ones do. Safe from any thread.
final class BodyRoom: Sendable {
    private let limit: Int
    private let held = Atomic(0)

    /// Bytes of one body that do not count: nearly every event, and little for every connection.
    static let freeBytes = 16 << 10
    /// Bytes of all bodies beyond that: a dozen of the longest, which take a second each.
    static let usualLimit = 256 << 20

    init(limit: Int = BodyRoom.usualLimit) { self.limit = limit }

    /// Bytes that count now.
    var heldBytes: Int { held.load(ordering: .relaxed) }

    /// The part of one body; it is given back when nobody has it any more.
    final class Share {
        private let room: BodyRoom
        private var bytes = 0

        init(_ room: BodyRoom) { self.room = room }

        deinit { room.held.subtract(bytes, ordering: .relaxed) }

        /// Notes that the body has so many bytes by now; false: there is no room for them.
        func grow(to byteCount: Int) -> Bool {
            let more = byteCount - BodyRoom.freeBytes - bytes
            guard more > 0 else { return true }
            let (_, held) = room.held.add(more, ordering: .relaxed)
            bytes += more
            return held <= room.limit
        }
    }
}
