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
    /// Blocks until they are read, and waits for nobody: what the other thread has begun and not ended when
    /// nothing else is left is read here, too, since it may not be running at all.
    func readLines(at places: [LinePlace], with reader: BlockReader) -> [[UInt8]?]? {
        let work = Work(places)
        guard work.groups.count >= Self.leastBlockCount,
            !isTaken.exchange(true, ordering: .acquiring)
        else { return nil }
        let isStarted = BackgroundThread.startIfPossible("log-lines") { [self] in
            withReader { work.run(with: $0.reader) }
            isTaken.store(false, ordering: .releasing)
        }
        if !isStarted { isTaken.store(false, ordering: .releasing) }
        work.run(with: reader)
        return work.finish(with: reader)
    }

    /// The places, and who takes which.
    private final class Work: Sendable {
        /// Of one block each: what one thread has decoded it need not decode again.
        let groups: [Range<Int>]
        private let places: [LinePlace]
        private let next = Atomic<Int>(0)
        private let read: Mutex<Read>

        private struct Read {
            var lines: [[UInt8]?]
            /// By group.
            var isDone: [Bool]
        }

        init(_ places: [LinePlace]) {
            self.places = places
            var groups: [Range<Int>] = []
            for (index, place) in places.enumerated() {
                if let last = groups.last, places[last.lowerBound].isNeighbour(of: place) {
                    groups[groups.count - 1] = last.lowerBound..<index + 1
                } else {
                    groups.append(index..<index + 1)
                }
            }
            self.groups = groups
            read = Mutex(
                Read(
                    lines: Array(repeating: nil, count: places.count),
                    isDone: Array(repeating: false, count: groups.count)))
        }

        /// Takes groups until none is left.
        func run(with reader: BlockReader) {
            while true {
                let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard number < groups.count else { return }
                readGroup(number, with: reader)
            }
        }

        /// Reads what is not read yet, and gives all.
        func finish(with reader: BlockReader) -> [[UInt8]?] {
            let isDone = read.withLock { $0.isDone }
            for number in isDone.indices where !isDone[number] {
                readGroup(number, with: reader)
            }
            return read.withLock { $0.lines }
        }

        private func readGroup(_ number: Int, with reader: BlockReader) {
            let lines = places[groups[number]].map { reader.readLine(at: $0) }
            read.withLock {
                $0.lines.replaceSubrange(groups[number], with: lines)
                $0.isDone[number] = true
            }
        }
    }
}

extension LinePlace {
    fileprivate func isNeighbour(of other: LinePlace) -> Bool {
        segment === other.segment && entry.position == other.entry.position
    }
}
