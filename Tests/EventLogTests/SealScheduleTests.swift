import Testing

@testable import EventLog

/// Which segment is sealed next, and by whom.
@Suite struct SealScheduleTests {
    private static func segments(_ sealed: [Bool]) -> [SealSchedule.Candidate] {
        sealed.enumerated().map { .init(baseOffset: UInt64($0.offset), isSealed: $0.element) }
    }

    @Test func `two threads are never at the same segment, the oldest comes first`() {
        var schedule = SealSchedule()
        let closed = Self.segments([true, false, true, false, false])
        #expect(schedule.take(closed, now: 0) == 1)
        #expect(schedule.take(closed, now: 0) == 3)
        #expect(schedule.take(closed, now: 0) == 4)
        #expect(schedule.take(closed, now: 0) == nil)
        schedule.leave(3)
        #expect(schedule.take(closed, now: 0) == 3)
        // Those that are being sealed still wait.
        #expect(schedule.backlog(closed) == 3)
    }

    @Test func `what somebody else rewrites is not taken, and who is at it is told`() {
        var schedule = SealSchedule()
        let closed = Self.segments([false, false])
        #expect(schedule.take(closed, now: 0) == 0)
        schedule.withhold(0)
        #expect(schedule.isTaken(0) && schedule.isWithheld(0) && !schedule.isWithheld(1))
        schedule.leave(0)
        #expect(!schedule.isTaken(0))
        #expect(schedule.take(closed, now: 0) == 1)
        #expect(schedule.take(closed, now: 0) == nil)
        schedule.release(0)
        #expect(schedule.take(closed, now: 0) == 0)
    }

    @Test func `a damaged segment is left alone`() {
        var schedule = SealSchedule()
        let closed = Self.segments([false, false])
        #expect(schedule.take(closed, now: 0) == 0)
        schedule.refuse(0)
        schedule.leave(0)
        #expect(schedule.backlog(closed) == 1)
        #expect(schedule.take(closed, now: 0) == 1)
        #expect(schedule.take(closed, now: 0) == nil)
    }

    @Test func `after a failure nothing is taken for a while`() {
        var schedule = SealSchedule()
        let closed = Self.segments([false])
        #expect(schedule.take(closed, now: 5) == 0)
        schedule.leave(0)
        schedule.noteFailure(now: 5)
        #expect(schedule.take(closed, now: 4 + LogLimits.sealRetryMilliseconds) == nil)
        #expect(schedule.take(closed, now: 5 + LogLimits.sealRetryMilliseconds) == 0)
    }
}
