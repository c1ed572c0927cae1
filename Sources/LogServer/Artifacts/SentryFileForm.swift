import ErrorModel
import HTTPTypes
import SourceMaps

/// A form with one `file`, its `name`, and lines of `header`.
struct SentryFileForm {
    let form: UploadForm

    func read(
        into work: inout UploadWork, _ write: BlobWriter
    ) throws {
        guard let part = form.part("file") else {
            throw Problem(.badRequest, "the form has no 'file'")
        }
        try work.setDist(text("dist"))
        guard let name = text("name") ?? part.fileName else {
            throw Problem(.badRequest, "the form has no 'name'")
        }
        var file = UploadedFile(name: name, content: form.content(part))
        for header in form.parts where header.name == "header" {
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
        form.part(name).map(field).flatMap { $0.isEmpty ? nil : $0 }
    }

    private func field(_ part: MultipartPart) -> String {
        form.text(part, limit: UploadLimits.fieldBytes)
    }
}
