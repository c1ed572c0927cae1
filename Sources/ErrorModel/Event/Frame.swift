/// One call of a stack, in the words of our own JSON.
package struct Frame: Equatable, Sendable {
    package var function: String?
    /// The file's name as the SDK gives it, else its path.
    package var file: String?
    package var module: String?
    /// From 1 on.
    package var line: Int64?
    /// From 1 on.
    package var column: Int64?
    package var inApp: Bool?
    package var absPath: String?
    /// Lines of source around the call.
    package var preContext: [String] = []
    package var contextLine: String?
    package var postContext: [String] = []
    /// Part of the engine, not of any file.
    package var isNative = false
    /// Named by a source map before it was sent.
    package var isResolved = false
    /// Of native code: what a symbol server needs.
    package var instructionAddress: String?
    package var package: String?
    /// The column is an offset in bytecode, from 0 on.
    package var isAddress = false
    /// Where the frame is in the file that runs; the other members are then the original's.
    ///
    /// Only of frames that are shown, never of stored ones.
    package var minified: MinifiedPlace?
    /// Why the frame has no original though one was looked for.
    package var unresolved: String?

    /// A frame as its engine printed it.
    package struct MinifiedPlace: Equatable, Sendable {
        package var function: String?
        package var file: String?
        package var line: Int64?
        package var column: Int64?

        package init(function: String?, file: String?, line: Int64?, column: Int64?) {
            self.function = function
            self.file = file
            self.line = line
            self.column = column
        }
    }

    package init(function: String? = nil, file: String? = nil) {
        self.function = function
        self.file = file
    }

    var fingerprintFrame: Fingerprint.Frame {
        Fingerprint.Frame(
            function: function, file: file, module: module, hasLine: line != nil,
            isNative: isNative, isResolved: isResolved, path: absPath, inApp: inApp)
    }

    /// Function and file, in one line.
    var place: String {
        let function = function.flatMap { $0.isEmpty ? nil : $0 } ?? "<anonymous>"
        let places = [file, module].compactMap { $0 }.filter { !$0.isEmpty }
        return places.first.map { "\(function) in \($0)" } ?? function
    }

    /// Writes the frame as an object of our own JSON.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.optionalMember("function", function)
        writer.optionalMember("file", file)
        writer.optionalMember("module", module)
        writer.optionalMember("line", line)
        writer.optionalMember("column", column)
        if let inApp { writer.member("inApp", inApp) }
        if let absPath, absPath != file { writer.member("absPath", absPath) }
        if isNative { writer.member("native", true) }
        if isResolved { writer.member("resolved", true) }
        Self.write(preContext, as: "preContext", to: &writer)
        writer.optionalMember("contextLine", contextLine)
        Self.write(postContext, as: "postContext", to: &writer)
        writer.optionalMember("instructionAddress", instructionAddress)
        writer.optionalMember("package", package)
        if let minified {
            writer.key("minified")
            writer.beginObject()
            writer.optionalMember("function", minified.function)
            writer.optionalMember("file", minified.file)
            writer.optionalMember("line", minified.line)
            writer.optionalMember("column", minified.column)
            writer.endObject()
        }
        writer.optionalMember("unresolved", unresolved)
        writer.endObject()
    }

    private static func write(
        _ lines: [String], as name: String, to writer: inout JSONWriter
    ) {
        if lines.isEmpty { return }
        writer.key(name)
        writer.beginArray()
        for line in lines { writer.string(line) }
        writer.endArray()
    }
}
