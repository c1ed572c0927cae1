import NIOCore
import NIOEmbedded
import Testing

@testable import LogServer

@Suite struct IdleClockTests {
    /// A clock with 75 seconds of silence and 300 for a request, and how often it went off.
    private static func with(_ body: (IdleClock, EmbeddedEventLoop, () -> Int) -> Void) {
        let loop = EmbeddedEventLoop()
        let clock = IdleClock(limit: .seconds(75), requestLimit: .seconds(300), loop: loop)
        var count = 0
        clock.start { count += 1 }
        body(clock, loop) { count }
        clock.stop()
        loop.advanceTime(by: .hours(1))
    }

    @Test func `silence is noticed, and again after as long`() {
        Self.with { clock, loop, count in
            loop.advanceTime(by: .seconds(74))
            clock.touch()
            loop.advanceTime(by: .seconds(74))
            #expect(count() == 0)
            loop.advanceTime(by: .seconds(1))
            #expect(count() == 1)
            loop.advanceTime(by: .seconds(75))
            #expect(count() == 2)
        }
    }

    @Test func `a request that trickles in has its time, and no more`() {
        Self.with { clock, loop, count in
            loop.advanceTime(by: .seconds(50))
            clock.beginRequest()
            for second in 1...300 {
                #expect(count() == 0, "\(second)")
                loop.advanceTime(by: .seconds(1))
                clock.touch()
                // A second beginning is the same request.
                clock.beginRequest()
            }
            #expect(count() == 1)
        }
    }

    @Test func `requests that come whole may go on for ever`() {
        Self.with { clock, loop, count in
            for _ in 0..<1_000 {
                clock.beginRequest()
                clock.touch()
                loop.advanceTime(by: .seconds(30))
                clock.endRequest()
            }
            #expect(count() == 0)
        }
    }

    @Test func `a clock that was stopped says nothing`() {
        let loop = EmbeddedEventLoop()
        let clock = IdleClock(limit: .seconds(75), requestLimit: .seconds(300), loop: loop)
        clock.start { Issue.record("it went off") }
        clock.stop()
        loop.advanceTime(by: .hours(1))
    }
}
