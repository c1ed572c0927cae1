import ArgumentParser
import ErrorModel
import Glibc

struct EventsFiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files", abstract: "List the attachments of an event, and save them.",
        discussion: "EXAMPLE: logctl events files fc6d8c0c43fc4630ad850ee518f1b9d0 --save ./files")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The event's id.")
    var id: String
    @Option(help: "Of this project (slug or number), else of all.")
    var project: String?
    @Option(help: "Save them into this folder; those that are there already stay.")
    var save: String?

    private static let columns = [
        Column(title: "bytes", member: "bytes", isNumber: true),
        Column(title: "type", member: "contentType"),
        Column(title: "role", member: "role"),
        Column(title: "sha256", member: "sha256"),
        Column(title: "name", member: "fileName", isFlexible: true),
    ]

    func run() async throws {
        try await report {
            let client = try server.client()
            var query = Query()
            query.add("project", project)
            let page = try await client.json(
                .get, query.path("/api/events/\(Query.encode(id))/attachments"))
            let files = page["attachments"]?.array ?? []
            if let save {
                for file in files { try await self.save(file, into: save, client) }
            }
            Output(format: format.chosen).list(files, columns: Self.columns)
        }
    }

    /// Whole under its name, or not there.
    private func save(_ file: JSONValue, into folder: String, _ client: Client) async throws {
        // A file that an erasure took has no content any more.
        guard let hash = file["sha256"]?.string else { return }
        let path = "\(folder)/\(SavedFileName(hash: hash, name: file["fileName"]?.string).text)"
        if access(path, F_OK) == 0 { return Terminal.note("\(path) is there already") }
        let draft = try DraftFile(path)
        do {
            try await client.stream("/api/files/\(Query.encode(hash))") { bytes in
                try bytes.withUnsafeBytes { try draft.append($0) }
            }
            try draft.finish()
        } catch {
            draft.discard()
            throw error
        }
        Terminal.note("saved \(path)")
    }
}

/// Under which name a stranger's file is saved.
struct SavedFileName {
    let hash: String
    let name: String?

    /// Digits of the hash in front of the name: two files of one name do not meet.
    private static let hashDigits = 12
    /// A name has 255 bytes on Linux.
    private static let nameLimit = 120

    /// Letters, digits, dots, dashes and underscores stay; what could lead to another folder, or
    /// hide the file, does not.
    var text: String {
        let kept = (name ?? "").unicodeScalars.filter {
            $0.isASCII
                && ($0.properties.isAlphabetic || "0123456789.-_".unicodeScalars.contains($0))
        }
        let tail = String(String.UnicodeScalarView(kept).suffix(Self.nameLimit))
        return String(hash.prefix(Self.hashDigits)) + (tail.isEmpty ? "" : "-" + tail)
    }
}
