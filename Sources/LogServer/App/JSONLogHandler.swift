import ErrorModel
import Foundation
package import Logging

/// Writes log entries to standard error, one JSON object a line.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String

    package init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var json = JSONWriter()
        json.beginObject()
        json.member("time", Timestamp(microseconds: Faultlog.systemClock()))
        json.member("level", event.level.rawValue)
        json.member("logger", label)
        json.member("message", event.message.description)
        var all = metadata
        for (key, value) in event.metadata ?? [:] { all[key] = value }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            json.member(key, value.description)
        }
        json.endObject()
        // One write a line, so that lines of several threads do not mix.
        FileHandle.standardError.write(Data(json.bytes + [UInt8(ascii: "\n")]))
    }
}
