package import EventLog
import Synchronization

/// A clock that only moves when it is told to, with identities that are counted up.
package final class TestClock: Sendable {
    private struct State {
        var microseconds: Int64
        var uuidCount: UInt64
    }

    private let state: Mutex<State>

    package init(microseconds: Int64 = 1_700_000_000_000_000) {
        state = Mutex(State(microseconds: microseconds, uuidCount: 0))
    }

    package func advance(microseconds: Int64) {
        state.withLock { $0.microseconds += microseconds }
    }

    package var clock: LogClock {
        LogClock(
            now: { [self] in state.withLock { $0.microseconds } },
            monotonicMilliseconds: { [self] in
                state.withLock { UInt64(bitPattern: $0.microseconds / 1000) }
            },
            makeUUID: { [self] in
                state.withLock {
                    $0.uuidCount += 1
                    return SegmentUUID(high: 0x0123_4567_89AB_CDEF, low: $0.uuidCount)
                }
            })
    }
}
