import ErrorModel
import HTTPTypes
import SourceMaps

/// A form with one `file`, its `name`, and lines of `header`.
struct SentryFileForm {
    private let body: [UInt8]
    private let parts: [MultipartPart]

    init(_ body: [UInt8], boundary: [UInt8]) throws(Problem) {
        self.body = body
        do throws(MultipartError) {
            parts = try Multipart.parts(of: body, boundary: boundary)
        } catch {
            throw Problem(.badRequest, error.description)
        }
    }

    func read(
        into work: inout UploadWork, _ write: BlobWriter
    ) throws {
        guard let part = parts.first(where: { $0.name == "file" }) else {
            throw Problem(.badRequest, "the form has no 'file'")
        }
        try work.setDist(text("dist"))
        guard let name = text("name") ?? part.fileName else {
            throw Problem(.badRequest, "the form has no 'name'")
        }
        var file = UploadedFile(name: name, content: Array(body[part.content]))
        for header in parts where header.name == "header" {
            let line = field(header)
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = Multipart.trimmed(line[line.index(after: colon)...])
            switch Multipart.trimmed(line[..<colon]).lowercased() {
            case "sourcemap", "x-sourcemap": file.sourceMap = value
            case "debug-id": file.debugID = DebugID(value)
            default: break
            }
        }
        try work.take(file, write: write)
    }

    private func text(_ name: String) -> String? {
        parts.first { $0.name == name }.map(field).flatMap { $0.isEmpty ? nil : $0 }
    }

    private func field(_ part: MultipartPart) -> String {
        String(
            decoding: body[part.content].prefix(UploadLimits.fieldBytes), as: UTF8.self)
    }
}
