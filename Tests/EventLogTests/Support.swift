import EventLog
import EventLogTestSupport
import Foundation

extension Result where Failure == LogError {
    var isSuccess: Bool {
        if case .success = self { return true }
        return false
    }

    var code: LogError.Code? {
        if case .failure(let error) = self { return error.code }
        return nil
    }
}

extension SimulatedFileStore {
    var segmentPaths: [String] { paths.filter { $0.hasSuffix(".seg") && $0.contains("/log/") } }
}

/// A directory that is gone after the test.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("eventlog-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// How many seeds a simulation tries; `FAULTLOG_SEEDS` asks for more.
func seedCount(_ usual: Int) -> Int {
    ProcessInfo.processInfo.environment["FAULTLOG_SEEDS"].flatMap { Int($0) } ?? usual
}
