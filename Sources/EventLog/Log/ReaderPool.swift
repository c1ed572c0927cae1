import Synchronization

/// Readers that nobody uses, with the buffers that they have grown.
///
/// A lookup reads a few hundred kilobytes, and a new reader's memory comes from the kernel page by
/// page: a third of the time of a lookup. Safe from any thread.
final class ReaderPool: Sendable {
    /// As many as threads of the server read at once; each keeps 3 MiB of buffers at most.
    private static let limit = 2

    /// A reader that is in the list: the only reference to it.
    private struct Idle: @unchecked Sendable {
        // Sendable: it is put here when a call ends with it and taken out by the next one, under the
        // lock of the list; between the two nobody touches it.
        let reader: LogReader
    }

    private let idle = Mutex<[Idle]>([])

    /// Lends a reader for one call, on one thread; it must not leave it.
    func withReader<T, E: Error>(
        _ make: () -> LogReader, _ body: (LogReader) throws(E) -> T
    ) throws(E) -> T {
        let reader = idle.withLock { $0.popLast() }?.reader ?? make()
        defer {
            // What it has read may be dropped or erased, and its files deleted, before it is used again.
            reader.forget()
            let back = Idle(reader: reader)
            idle.withLock { if $0.count < Self.limit { $0.append(back) } }
        }
        return try body(reader)
    }
}
