import Synchronization

/// Makes and lends readers, and reads lines on two threads, that of the caller and one more for as long as that takes.
///
/// Safe from any thread. Only one caller at a time has the other thread: two readers at most are at
/// work for each that there would be without it.
final class LogReaders: Sendable {
    /// Blocks that are worth a thread: to start one takes as long as to unpack half of a chunk.
    private static let leastBlockCount = 4

    private let pool = ReaderPool()
    private let make: @Sendable (LogReaders) -> LogReader
    private let isTaken = Atomic<Bool>(false)

    init(_ make: @escaping @Sendable (LogReaders) -> LogReader) {
        self.make = make
    }

    func makeReader() -> LogReader { make(self) }

    /// Lends a reader for one call, on one thread; it must not leave it.
    func withReader<T, E: Error>(_ body: (LogReader) throws(E) -> T) throws(E) -> T {
        try pool.withReader(makeReader, body)
    }

    /// The lines in the order of `places`, nil where only the read of the whole block can tell; nil in
    /// all where the caller had better read them alone.
    ///
    /// Blocks until they are read.
    func readLines(at places: [LinePlace], with reader: BlockReader) -> [[UInt8]?]? {
        let work = Work(places)
        guard work.groups.count >= Self.leastBlockCount,
            !isTaken.exchange(true, ordering: .acquiring)
        else { return nil }
        defer { isTaken.store(false, ordering: .releasing) }
        let isStarted = LogThread.startIfPossible("log-lines") { [self] in
            withReader { work.run(with: $0.reader) }
            work.end()
        }
        work.run(with: reader)
        if isStarted { work.waitForEnd() }
        return work.lines.withLock { $0 }
    }

    /// The places, and who takes which.
    private final class Work: @unchecked Sendable {
        // Sendable: `isEnded` is touched inside `monitor.withLock` only; all else is constant or a lock.

        /// Of one block each: what one thread has decoded it need not decode again.
        let groups: [Range<Int>]
        let lines: Mutex<[[UInt8]?]>
        private let places: [LinePlace]
        private let next = Atomic<Int>(0)
        private let monitor = Monitor()
        private let ended: Monitor.Condition
        private var isEnded = false

        init(_ places: [LinePlace]) {
            self.places = places
            lines = Mutex(Array(repeating: nil, count: places.count))
            ended = Monitor.Condition(monitor)
            var groups: [Range<Int>] = []
            for (index, place) in places.enumerated() {
                if let last = groups.last, places[last.lowerBound].isNeighbour(of: place) {
                    groups[groups.count - 1] = last.lowerBound..<index + 1
                } else {
                    groups.append(index..<index + 1)
                }
            }
            self.groups = groups
        }

        /// Takes groups until none is left.
        func run(with reader: BlockReader) {
            while true {
                let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard number < groups.count else { return }
                let read = places[groups[number]].map { reader.readLine(at: $0) }
                lines.withLock { $0.replaceSubrange(groups[number], with: read) }
            }
        }

        func end() {
            monitor.withLock {
                isEnded = true
                ended.signal()
            }
        }

        func waitForEnd() {
            monitor.withLock { while !isEnded { ended.wait() } }
        }
    }
}

extension LinePlace {
    fileprivate func isNeighbour(of other: LinePlace) -> Bool {
        segment === other.segment && entry.position == other.entry.position
    }
}
