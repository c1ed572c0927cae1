package import ErrorModel
import Hummingbird
package import Projections

/// Comparing the views with the log.
extension API {
    func addVerifyRoutes(_ router: Router<BasicRequestContext>) {
        router.post("api/projections/:name/verify") { request, context in
            let reader = RequestReader(request)
            let views = try views(context.part("name"))
            let source = try reader.choice("from", Source.self) ?? .digests
            var proofs: [ViewProof] = []
            for view in views {
                proofs.append(try await app.verify(view, fromPayloads: source == .payloads))
            }
            let all = proofs
            return Answer.json { json in
                json.beginObject()
                json.member("equal", all.allSatisfy { $0.difference == nil })
                json.key("views")
                json.beginArray()
                for proof in all { json.raw(proof.json.compactBytes) }
                json.endArray()
                json.endObject()
            }
        }
    }

    private enum Source: String, CaseIterable {
        case digests
        case payloads
    }

    /// The views of a name, or with `all` all; throws a 404 that says which there are.
    func views(_ name: String?) throws -> [any LiveView] {
        let name = name ?? ""
        let views = name == "all" ? app.views : app.views.filter { $0.status.name == name }
        guard !views.isEmpty else {
            let names = app.views.map(\.status.name).joined(separator: ", ")
            throw Problem(.notFound, "there is no projection '\(name)'; there are \(names)")
        }
        return views
    }

    /// Members that say how far a fold is.
    static func members(_ progress: FoldProgress) -> JSONValue {
        .pairs(
            [("offset", .integer(progress.offset)), ("end", .integer(progress.end))]
                + (progress.recordsPerSecond.map {
                    [("recordsPerSecond", .integer(Int64($0)))]
                } ?? [])
                + (progress.secondsLeft.map {
                    [("secondsLeft", .integer(Int64($0.rounded(.up))))]
                } ?? []))
    }
}

extension ViewProof {
    /// What a program reads of it.
    package var json: JSONValue {
        .pairs([
            ("name", .string(name)), ("version", .integer(version)),
            ("equal", .bool(difference == nil)), ("offset", .integer(offset)),
            ("begin", .integer(begin)), ("rows", .integer(rows)),
            ("milliseconds", .integer(Int64(seconds * 1_000))),
            (
                "difference",
                difference.map { difference in
                    .pairs([
                        ("table", .string(difference.table)), ("key", .string(difference.key)),
                        ("column", difference.column.map(JSONValue.string) ?? .null),
                        ("served", difference.served.map(JSONValue.string) ?? .null),
                        ("folded", difference.folded.map(JSONValue.string) ?? .null),
                    ])
                } ?? .null
            ),
        ])
    }
}
