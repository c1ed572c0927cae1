import ErrorModel

/// The log as a server streams it.
struct RemoteLog {
    let client: Client

    func stream(_ path: String, _ output: RecordOutput) async throws {
        var output = output
        var rest: [UInt8] = []
        try await client.stream(path) { part in
            rest.append(contentsOf: part)
            guard let last = rest.lastIndex(of: UInt8(ascii: "\n")) else { return }
            for line in rest[..<last].split(separator: UInt8(ascii: "\n")) { output.write(line) }
            rest.removeSubrange(...last)
        }
        output.write(rest[...])
    }
}
