import ArgumentParser

/// The past instead of the present.
struct PastOptions: ParsableArguments {
    @Option(
        help: """
            As it was: when everything below this offset was in, or at this RFC 3339 time, for \
            example 2026-11-20T10:11:12Z.
            """)
    var asOf: String?

    func add(to query: inout Query) { query.add("as_of", asOf) }
}
