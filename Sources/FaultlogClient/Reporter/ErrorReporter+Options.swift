import Foundation
public import Logging

extension ErrorReporter {
    /// What a host may choose; every field has a good default.
    public struct Options: Sendable {
        /// The version of the code; nil: as the variables of the process tell.
        public var release: String?
        /// Where the code runs; nil: as the variables of the process tell.
        public var environment: String?
        /// Which part of the events is captured, 0 to 1.
        ///
        /// What lies outside is taken for the nearer end, NaN for 1. The server counts what it
        /// gets; the rest it is told of as lost.
        public var sampleRate = 1.0
        /// Sees each event last, may change it, and drops it with nil.
        ///
        /// Called on the thread that captures: be quick. The server takes passwords, tokens, card
        /// numbers and the like out by itself before it writes anything; what only you know to be
        /// secret is for here.
        public var beforeSend: (@Sendable (OutgoingEvent) -> OutgoingEvent?)?
        /// Whether `extra.callStack` names the calls that led to the capture (Linux only).
        ///
        /// Names of functions, without files and lines. Off by default, since it takes some
        /// times as long as the capture itself.
        public var capturesCallStack = false
        /// How long an event waits for others to be sent with it: 10 ms to 60 s.
        public var batchInterval = Duration.seconds(1)
        /// How many events may wait: 1 to 100,000; more are dropped and counted.
        public var queuedEventLimit = 1000
        /// How many bytes may wait: 256 KiB to 1 GiB.
        public var queuedByteLimit = 8 << 20
        /// What carries requests; nil: URLSession.
        public var transport: (any ReportTransport)?
        /// Where the reporter says what is wrong with itself, one line when it begins; nil: a
        /// logger named `faultlog.client`, made when there is something to say.
        public var logger: Logger?
        /// Where release, environment and DSN are looked for.
        public var variables = ProcessInfo.processInfo.environment

        /// The defaults.
        public init() {}

        var limits: DeliveryLimits {
            var limits = DeliveryLimits()
            limits.batchInterval = min(max(batchInterval, .milliseconds(10)), .seconds(60))
            limits.queuedEvents = min(max(queuedEventLimit, 1), 100_000)
            limits.queuedBytes = min(max(queuedByteLimit, TextLimits.event), 1 << 30)
            return limits
        }
    }

    /// What became of the events so far.
    public struct Statistics: Equatable, Sendable {
        /// Not yet on the server's disk.
        public var waiting = 0
        /// On the server's disk.
        public var delivered = 0
        /// Lost, by reason; without those that are 0.
        public var dropped: [DropReason: Int] = [:]

        /// Makes counts, to compare with.
        public init(
            waiting: Int = 0, delivered: Int = 0, dropped: [DropReason: Int] = [:]
        ) {
            self.waiting = waiting
            self.delivered = delivered
            self.dropped = dropped
        }
    }
}
