import EventLog
import EventLogTestSupport
import Foundation
import Synchronization
import Testing

/// The whole log with its threads, on the machine's own file system.
@Suite struct RealFileTests {
    @Test func `two openers: the second is told who has the log`() throws {
        let directory = try TemporaryDirectory()
        let log = try EventLog.open(directory: directory.path)
        defer { log.close() }
        let error = #expect(throws: LogError.self) { try EventLog.open(directory: directory.path) }
        #expect(error?.code == .locked)
        #expect(error?.path == directory.path + "/lock")
        #expect(error?.message.contains("pid \(getpid())") == true)
    }

    @Test func `closed, the directory is free and appends are refused`() async throws {
        let directory = try TemporaryDirectory()
        let log = try EventLog.open(directory: directory.path)
        _ = try await log.append([TestRecords.make(0)])
        log.close()
        log.close()
        #expect(log.status.state == .closed)
        await #expect(throws: LogError.self) { try await log.append([TestRecords.make(1)]) }
        let again = try EventLog.open(directory: directory.path)
        #expect(again.durableOffset == 1)
        again.close()
    }

    @Test func `a full queue refuses at once`() throws {
        let directory = try TemporaryDirectory()
        var options = LogOptions()
        options.queueRecordLimit = 10
        let log = try EventLog.open(directory: directory.path, options: options)
        let answers = Answers()
        for number in 0..<2000 {
            log.append([TestRecords.make(UInt64(number))]) { answers.add("", $0) }
        }
        log.close()
        #expect(answers.names.count == 2000)
        #expect(UInt64(2000 - answers.failures.count) == log.durableOffset)
    }

    @Test func `a disk that stalls: what waits is bounded, the rest is refused, nothing is lost`()
        throws
    {
        let directory = try TemporaryDirectory()
        let store = StallingFileStore()
        var options = LogOptions()
        options.queueByteLimit = 1 << 20
        let log = try EventLog.open(directory: directory.path, store: store, options: options)
        let answers = Answers()
        store.stall()
        for number in 0..<UInt64(5000) {
            log.append([TestRecords.make(number, size: 2000)]) { answers.add("", $0) }
            #expect(log.status.queuedByteCount <= options.queueByteLimit)
        }
        // Beyond the queue there are a group that is being built, one that is built and one that
        // waits for the disk, each of a known size.
        let bound = (options.queueByteLimit + 3 * LogLimits.groupByteLimit) / 2000
        #expect(5000 - answers.failures.count <= bound)
        #expect(answers.codes.allSatisfy { $0 == .overloaded })
        store.resume()
        log.close()
        #expect(UInt64(5000 - answers.failures.count) == log.durableOffset)
    }

    @Test func `a page that two threads read is what each record is alone`() async throws {
        let directory = try TemporaryDirectory()
        var options = LogOptions()
        options.segmentByteLimit = 256 * 1024
        let log = try EventLog.open(directory: directory.path, options: options)
        defer { log.close() }
        for first in stride(from: UInt64(0), to: 2000, by: 50) {
            _ = try await log.append((first..<first + 50).map { TestRecords.make($0, size: 700) })
        }
        // Some of it is sealed by now and some not; no two pages need be read in the same way.
        await withTaskGroup { group in
            for step in UInt64(1)...3 {
                group.addTask {
                    let pages = try? log.withReader { reader in
                        try (0..<20).map { page in
                            let offsets = (0..<50).map { (row: Int) -> UInt64 in
                                let place = UInt64(row) * 37 * step + UInt64(page)
                                return 1999 - place % 2000
                            }
                            let alone = try offsets.map {
                                try log.makeReader().readRecord(at: $0, digest: false)
                            }
                            return try reader.readRecords(at: offsets) == alone
                        }
                    }
                    #expect(pages == Array(repeating: true, count: 20))
                }
            }
        }
    }

    @Test(arguments: [true, false])
    func `many producers at once: dense, nothing lost, duplicates once, followers in order`(
        direct: Bool
    ) async throws {
        let directory = try TemporaryDirectory()
        var options = LogOptions()
        options.segmentByteLimit = 512 * 1024
        let log = try EventLog.open(
            directory: directory.path, store: PosixFileStore(direct: direct), options: options)
        let total = UInt64(64 * 60)
        let follower = Follower(log, until: total)
        let commits = Mutex<[UInt64]>([])
        let token = log.addCommitObserver { offset in commits.withLock { $0.append(offset) } }
        let placed = try await withThrowingTaskGroup(of: [(UInt64, AppendOutcome)].self) { group in
            for producer in 0..<UInt64(64) {
                group.addTask {
                    var outcomes: [(UInt64, AppendOutcome)] = []
                    for step in 0..<UInt64(60) {
                        let number = producer * 60 + step
                        // The neighbour's record as well: who comes second finds it there.
                        let neighbour = (number + 60) % total
                        let receipt = try await log.append(
                            [
                                TestRecords.make(number, size: 600),
                                TestRecords.make(neighbour, size: 600),
                            ])
                        outcomes.append((number, receipt.outcomes[0]))
                        outcomes.append((neighbour, receipt.outcomes[1]))
                    }
                    return outcomes
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        log.removeCommitObserver(token)
        #expect(log.durableOffset == total)
        let appended = placed.filter { if case .appended = $0.1 { true } else { false } }
        #expect(UInt64(appended.count) == total)
        let content = try LogHarness.read(log.makeReader(), size: 600)
        #expect(UInt64(content.numbers.count) == total)
        #expect(content.falseOffsets.isEmpty && content.gaps.isEmpty)
        for (number, outcome) in placed { #expect(content.numbers[outcome.offset] == number) }
        #expect(commits.withLock { $0 == $0.sorted() && !$0.isEmpty })
        #expect(follower.wait() == Array(0..<total))
        log.close()
        let report = try LogVerifier(directory: directory.path).verify()
        #expect(report.isSound && report.recordCount == total && report.segments.count > 1)
    }

    @Test func `a log opened for reading beside the writer shows what is there`() async throws {
        let directory = try TemporaryDirectory()
        var options = LogOptions()
        options.segmentByteLimit = 8192
        let log = try EventLog.open(directory: directory.path, options: options)
        _ = try await log.append([TestRecords.make(0)])
        let seen = try EventLog.openReadOnly(directory: directory.path)
        #expect(seen.durableOffset == 1)
        for number in 1..<6 { _ = try await log.append([TestRecords.make(UInt64(number))]) }
        try seen.refresh()
        #expect(seen.durableOffset == 6)
        #expect(try LogHarness.read(seen.makeReader()).numbers.count == 6)
        let record = TestRecords.make(4)
        #expect(try seen.makeReader().find(record.uniqueKey) == 4)
        await #expect(throws: LogError.self) { try await seen.append([TestRecords.make(9)]) }
        log.close()
    }

    private static let tool = "/usr/bin/lz4"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: tool)))
    func `the stock lz4 tool reads a closed and an open segment`() async throws {
        let directory = try TemporaryDirectory()
        var options = LogOptions()
        options.segmentByteLimit = 64 * 1024
        let log = try EventLog.open(directory: directory.path, options: options)
        for batch in 0..<20 {
            _ = try await log.append(
                (0..<50).map { TestRecords.make(UInt64(batch * 50 + $0), size: 1500) })
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/log")
            .filter { $0.hasSuffix(".seg") }.sorted()
        #expect(names.count > 1)
        var offset = 0
        for name in names {
            let path = directory.path + "/log/" + name
            #expect(try Self.run(["-t", path]).status == 0)
            for line in try Self.run(["-dc", path]).output.split(separator: UInt8(ascii: "\n")) {
                #expect(line.starts(with: Array("{\"offset\":\(offset),".utf8)))
                #expect((try? JSONSerialization.jsonObject(with: Data(line))) != nil)
                offset += 1
            }
        }
        #expect(offset == 1000)
        log.close()
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: tool)))
    func `the stock lz4 tool reads a sealed segment as it read the open one`() throws {
        let directory = try TemporaryDirectory()
        var options = LogOptions()
        options.segmentByteLimit = 1 << 20
        let core = try LogCore(
            directory: directory.path, store: PosixFileStore(), options: options, clock: .system)
        for batch in 0..<30 {
            core.submit((0..<50).map { TestRecords.make(UInt64(batch * 50 + $0), size: 1500) }) {
                #expect($0.isSuccess)
            }
            core.drain()
        }
        let path = directory.path + "/log/00000000000000000000.seg"
        let before = try Self.run(["-dc", path]).output
        #expect(core.sealOne() == .sealed)
        #expect(try Self.run(["-t", path]).status == 0)
        #expect(try Self.run(["-dc", path]).output == before)
        #expect(before.count > 900_000)
        core.close()
    }

    private static func run(_ arguments: [String]) throws -> (status: Int32, output: [UInt8]) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, [UInt8](output))
    }
}

/// A thread that follows the log and notes every offset it sees.
private final class Follower: Sendable {
    private let seen = Mutex<[UInt64]>([])
    private let done = DispatchSemaphore(value: 0)

    init(_ log: EventLog, until total: UInt64) {
        let thread = Thread { [self] in
            let reader = log.makeReader()
            var offset: UInt64 = 0
            while offset < total {
                if log.waitForRecords(after: offset, timeoutMilliseconds: 120_000) <= offset {
                    break
                }
                while case .block(let block)? = try? reader.readBlock(
                    containing: offset, payload: true)
                {
                    seen.withLock { $0 += block.offsets }
                    offset = block.nextOffset
                }
            }
            done.signal()
        }
        thread.start()
    }

    /// Blocks until the thread has ended.
    func wait() -> [UInt64] {
        done.wait()
        return seen.withLock { $0 }
    }
}
