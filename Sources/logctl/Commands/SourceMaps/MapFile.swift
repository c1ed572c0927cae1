import ErrorModel
import Glibc
import SourceMaps

/// A map from a file, ready for lookups.
struct MapFile {
    /// The form in which frames are resolved.
    let stored: [UInt8]
    /// The generated file's name as it was given; nil: any file of the base name counts.
    private let name: ArtifactName?
    /// The base name of the generated file.
    private let baseName: Substring

    /// - Parameter argument: `NAME=PATH` or `PATH`; a path may itself have a `=` behind a slash.
    init(argument: String) throws {
        var path = argument[...]
        var name: ArtifactName?
        if let sign = argument.firstIndex(of: "="), Self.isName(argument[..<sign]) {
            name = ArtifactName(uploaded: String(argument[..<sign]))
            path = argument[argument.index(after: sign)...]
        }
        let file = path.hasSuffix(".map") ? path.dropLast(".map".count) : path
        let map = try Self.read(String(path))
        for warning in map.warnings { Terminal.note("\(path): \(warning)") }
        let generated = file == path ? nil : try Self.generated(String(file))
        self.name = name
        baseName = file.split(separator: "/").last ?? file
        stored = map.storedBytes(functions: FunctionTable(of: map, generated: generated))
    }

    /// Decodes a map; a refusal says why.
    static func read(
        _ path: String, mode: SourceMap.Mode = .tolerant
    ) throws(CommandFailure) -> SourceMap {
        let bytes: [UInt8]
        do {
            bytes = try WholeInput.bytes(path: path, limit: SourceMapLimits.byteCount)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.noInput, "cannot read \(path)")
        }
        do throws(SourceMapError) {
            return try SourceMap(decoding: bytes, mode: mode)
        } catch {
            throw CommandFailure(.data, "\(path): \(error)")
        }
    }

    func isOf(_ frame: MinifiedFrame) -> Bool {
        guard let file = frame.file else { return false }
        if let name { return ArtifactName.candidates(forFrameFile: file).contains(name) }
        let path = file.prefix { $0 != "?" && $0 != "#" }
        return path.split(separator: "/").last == baseName
    }

    /// A URL, or `~` and a path.
    private static func isName(_ text: Substring) -> Bool {
        text.hasPrefix("~/") || text.firstRange(of: "://") != nil
    }

    /// The generated file beside the map; nil where there is none.
    private static func generated(_ path: String) throws -> [UInt8]? {
        access(path, R_OK) == 0
            ? try WholeInput.bytes(path: path, limit: SourceMapLimits.byteCount) : nil
    }
}
