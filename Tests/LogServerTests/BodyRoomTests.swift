import Testing

@testable import LogServer

/// Large bodies under way have so much memory together, and give it back.
@Suite struct BodyRoomTests {
    @Test func `small bodies never count, large ones up to the limit`() {
        let room = BodyRoom(limit: 1_000)
        var shares = (0..<100).map { _ in BodyRoom.Share(room) }
        #expect(shares.allSatisfy { $0.grow(to: BodyRoom.freeBytes) } && room.heldBytes == 0)
        #expect(shares[0].grow(to: BodyRoom.freeBytes + 600))
        #expect(shares[0].grow(to: BodyRoom.freeBytes + 600) && room.heldBytes == 600)
        #expect(!shares[1].grow(to: BodyRoom.freeBytes + 500))
        // Who was refused gives up what it has.
        shares.remove(at: 1)
        #expect(room.heldBytes == 600)
        #expect(shares[1].grow(to: BodyRoom.freeBytes + 400) && room.heldBytes == 1_000)
        #expect(shares[2].grow(to: BodyRoom.freeBytes))
        shares = []
        #expect(room.heldBytes == 0)
    }
}
