private import ErrorModel
import Glibc

/// The benchmarks that need no server; `Benchmarks/run.sh` calls them.
///
/// Each command prints its result as one line of `name=value` pairs on standard output.
@main
enum FaultlogBench {
    private static let usage = """
        usage: faultlog-bench generate sentry|native COUNT ISSUES FILE [FIRST]
               faultlog-bench append EVENTS DIRECTORY PRODUCERS SECONDS
               faultlog-bench intake sentry|native EVENTS
               faultlog-bench fill EVENTS DIRECTORY
               faultlog-bench rebuild digests|payloads DIRECTORY VIEWS
               faultlog-bench read digests|payloads DIRECTORY
               faultlog-bench as-of DIRECTORY VIEWS
               faultlog-bench open-prepare EVENTS DIRECTORY SEGMENTS TAIL-MEGABYTES
               faultlog-bench open DIRECTORY
               faultlog-bench lookup-prepare EVENTS DIRECTORY COUNT
               faultlog-bench lookup EVENTS DIRECTORY
               faultlog-bench latency EVENTS DIRECTORY

        """

    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        switch (words.first, words.count) {
        case ("generate", 5), ("generate", 6):
            let first = words.count > 5 ? Int(words[5]) ?? 0 : 0
            try generate(words[1], Int(words[2]) ?? 0, Int(words[3]) ?? 0, words[4], first)
        case ("append", 5):
            try AppendBench(
                events: try EventFile(path: words[1]), directory: words[2],
                producers: Int(words[3]) ?? 0, duration: Double(words[4]) ?? 0
            ).run()
        case ("intake", 3):
            try IntakeBench(
                events: try EventFile(path: words[2]),
                source: words[1] == "native" ? .native : .sentry
            ).run()
        case ("fill", 3):
            try await LogFiller(events: try EventFile(path: words[1]), directory: words[2]).run()
        case ("rebuild", 4):
            try RebuildBench(
                source: words[1] == "payloads" ? .payloads : .digests, directory: words[2],
                views: words[3]
            ).run()
        case ("read", 3):
            try ReadBench(
                source: words[1] == "payloads" ? .payloads : .digests, directory: words[2]
            ).run()
        case ("as-of", 3):
            try await AsOfBench(directory: words[1], views: words[2]).run()
        case ("open-prepare", 5):
            try await OpenBench(
                events: try EventFile(path: words[1]), directory: words[2],
                segmentCount: Int(words[3]) ?? 0, tailByteCount: (UInt64(words[4]) ?? 0) << 20
            ).prepare()
        case ("open", 2):
            try await OpenBench.open(words[1])
        case ("lookup-prepare", 4):
            try await LookupBench(events: try EventFile(path: words[1]), directory: words[2])
                .prepare(count: Int(words[3]) ?? 0)
        case ("lookup", 3):
            try LookupBench(events: try EventFile(path: words[1]), directory: words[2]).run()
        case ("latency", 3):
            try await LatencyBench(events: try EventFile(path: words[1]), directory: words[2])
                .run()
        default:
            FileDescriptor.standardError.write(Array(usage.utf8))
            exit(2)
        }
    }

    /// - Parameter first: the number of the first event: those of other numbers have other ids,
    ///   whatever their form.
    private static func generate(
        _ form: String, _ count: Int, _ issueCount: Int, _ path: String, _ first: Int
    ) throws {
        var generator = EventGenerator(
            form == "native" ? .native : .sentry, count: count, issueCount: issueCount)
        let file = try FileDescriptor(creating: path)
        var buffer: [UInt8] = []
        for number in first..<first + count {
            generator.append(number, to: &buffer)
            if buffer.count > 1 << 20 {
                file.write(buffer)
                buffer.removeAll(keepingCapacity: true)
            }
        }
        file.write(buffer)
    }
}

/// Prints a result.
func report(_ values: (String, Double)...) {
    let pairs = values.map { name, value in
        "\(name)=\(value == value.rounded() ? "\(Int(value))" : "\(value)")"
    }
    FileDescriptor.standardOutput.write(Array((pairs.joined(separator: " ") + "\n").utf8))
}

/// Seconds since some moment.
func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Why a benchmark cannot run.
struct BenchError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
