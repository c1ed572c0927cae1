import Glibc
import SourceMaps

/// How fast maps are decoded, stored and asked; `run.py` beside it does the same with Node.
///
/// Prints one line of `name=value` pairs on standard output. Times are the best of several runs in
/// milliseconds: the machine's other work only ever adds.
@main
enum SourceMapsBench {
    private static let usage = "usage: faultlog-sourcemaps-bench MAP [GENERATED-FILE]\n"

    /// Seconds for which a thing is repeated.
    private static let duration = 1.5
    private static let lookupCount = 2_000_000

    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count == 1 || words.count == 2 else {
            say(usage)
            exit(2)
        }
        let bytes = try read(words[0])
        let generated = words.count > 1 ? try read(words[1]) : nil
        let decode = try best { _ = try SourceMap(decoding: bytes) }
        let map = try SourceMap(decoding: bytes)
        let functions = FunctionTable(of: map, generated: generated)
        let stored = map.storedBytes(functions: functions)
        let segments = map.table.segments.count
        let withoutText =
            stored.count
            - map.sources.indices.reduce(0) { sum, index in
                sum + (map.content(ofSource: index)?.utf8.count ?? 0)
            }
        var values: [(String, Double)] = [
            ("bytes", Double(bytes.count)), ("segments", Double(segments)),
            ("decode_ms", decode),
            ("functions_ms", try best { _ = FunctionTable(of: map, generated: generated) }),
            ("store_ms", try best { _ = map.storedBytes(functions: functions) }),
            ("stored_bytes", Double(stored.count)),
            ("bytes_per_segment", Double(stored.count) / Double(max(segments, 1))),
            ("without_text_per_segment", Double(withoutText) / Double(max(segments, 1))),
        ]
        values += try lookups(map, stored)
        values.append(("first_frame_ms", try firstFrame(map, stored)))
        let pairs = values.map { name, value in
            value == value.rounded()
                ? "\(name)=\(Int(value))" : "\(name)=\((value * 1000).rounded() / 1000)"
        }
        print(pairs.joined(separator: " "))
    }

    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    /// Random places of the generated file, millions a second: decoded, stored, and whole frames.
    private static func lookups(
        _ map: SourceMap, _ stored: [UInt8]
    ) throws -> [(String, Double)] {
        let places = places(map, count: lookupCount)
        var found = 0
        let decoded = try best {
            for place in places where map.lookup(line: place.line, column: place.column) != nil {
                found &+= 1
            }
        }
        let inPlace = try StoredMap.with(stored) { stored in
            try best {
                for place in places {
                    if try stored.lookup(line: place.line, column: place.column) != nil {
                        found &+= 1
                    }
                }
            }
        }
        let frames = try StoredMap.with(stored) { stored in
            try best {
                for place in places.prefix(lookupCount / 100) {
                    let frame = MinifiedFrame(
                        file: "~/app.js", line: Int64(place.line) + 1,
                        column: Int64(place.column) + 1)
                    if FrameResolver.resolve(frame, with: stored).resolved != nil { found &+= 1 }
                }
            }
        }
        if found == 0 { say("nothing was found\n") }
        let count = Double(lookupCount)
        return [
            ("decoded_lookups_m", count / decoded / 1000),
            ("stored_lookups_m", count / inPlace / 1000),
            ("frames_k", count / 100 / frames),
        ]
    }

    private static func places(
        _ map: SourceMap, count: Int
    ) -> [(line: UInt32, column: UInt32)] {
        var random = Random(state: 1)
        guard !map.table.lines.isEmpty else { return [] }
        return (0..<count).map { _ in
            let line = map.table.lines[Int(random.next() % UInt64(map.table.lines.count))]
            let segments = map.table.segments
            let segment = segments[Int(random.next() % UInt64(segments.count))]
            return (line.line, segment.column)
        }
    }

    /// From a file that is mapped anew to the first frame with its context, in milliseconds.
    private static func firstFrame(_ map: SourceMap, _ stored: [UInt8]) throws -> Double {
        // Where temporary files go, as POSIX names it.
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var path = Array("\(folder)/faultlog-sourcemap-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Failure("no file can be made in \(folder)") }
        defer {
            close(descriptor)
            unlink(path)
        }
        let written = stored.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == stored.count else { throw Failure("the stored map cannot be written") }
        var middle: (line: UInt32, segment: Segment) = (0, Segment(column: 0))
        for (index, line) in map.table.lines.enumerated() {
            for place in map.table.range(ofLineAt: index)
            where place <= map.table.segments.count / 2 {
                middle = (line.line, map.table.segments[place])
            }
        }
        return try best {
            let length = stored.count
            guard let start = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0),
                start != MAP_FAILED
            else { throw Failure("the stored map cannot be mapped") }
            defer { munmap(start, length) }
            let opened = try StoredMap(UnsafeRawBufferPointer(start: start, count: length))
            let frame = MinifiedFrame(
                file: "~/app.js", line: Int64(middle.line) + 1,
                column: Int64(middle.segment.column) + 1)
            _ = FrameResolver.resolve(frame, with: opened)
        }
    }

    private static func best(_ body: () throws -> Void) throws -> Double {
        var best = Double.infinity
        let end = seconds() + duration
        repeat {
            let start = seconds()
            try body()
            best = min(best, seconds() - start)
        } while seconds() < end
        return best * 1000
    }

    private static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw Failure("cannot read \(path)") }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let length = ftell(file)
        rewind(file)
        return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            count = fread(buffer.baseAddress, 1, length, file)
        }
    }

    /// Why a benchmark cannot run.
    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// The same numbers in every run.
    private struct Random {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let mixed = (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
            return mixed ^ mixed >> 29
        }
    }
}
