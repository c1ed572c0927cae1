import ErrorModel
import Testing

/// One order of all releases of a project, whatever their names and however they are handed over.
@Suite struct ReleaseOrderTests {
    private static func names(
        _ releases: [(String, UInt64)], _ scheme: ReleaseScheme = .semver
    ) -> [String] {
        ReleaseOrder.newestFirst(
            releases.map { ReleasePoint(name: $0.0, created: $0.1) }, scheme: scheme
        ) { $0 }.map(\.name)
    }

    static let cases: [(created: [String], newestFirst: [String])] = [
        ([], []),
        (["1.10.0", "1.2.0", "1.9.0"], ["1.10.0", "1.9.0", "1.2.0"]),
        (["1.0", "main", "2.0"], ["2.0", "main", "1.0"]),
        // Each is newer than the one before, and the first is newer than the last.
        (["2.0", "main", "1.0"], ["main", "2.0", "1.0"]),
        (["2.0", "main", "1.0", "next"], ["next", "main", "2.0", "1.0"]),
        (["a@2.0", "b@1.0", "a@1.0"], ["b@1.0", "a@2.0", "a@1.0"]),
        // Built anew: the same version, so by creation.
        (["1.0+1", "1.0+3", "1.0+2"], ["1.0+2", "1.0+3", "1.0+1"]),
    ]

    @Test(arguments: cases)
    func `an order for mixed names`(_ created: [String], _ expected: [String]) {
        let releases = created.enumerated().map { ($1, UInt64($0)) }
        #expect(Self.names(releases) == expected)
        #expect(Self.names(releases.reversed()) == expected)
        #expect(Self.names(releases, .time) == created.reversed())
    }

    @Test func `names that were first met at one place have an order too`() {
        let releases = ["1.0", "main", "a@1.0", "next", "2.0"].map { ($0, UInt64(7)) }
        let order = Self.names(releases)
        #expect(order == ["next", "main", "2.0", "1.0", "a@1.0"])
        for _ in 0..<20 { #expect(Self.names(releases.shuffled()) == order) }
    }

    @Test func `the order depends on nothing but the releases, and breaks no version's`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let pool = [
            "1.0", "1.1", "1.2-rc.1", "1.2", "2.0", "a@1.0", "a@0.9", "a@3.0", "main", "next",
            "4f0c2a91b7de", "4f0c2a91b7de4f0c2a91b7de4f0c2a91b7de4f0c", "build 7", "1.0+5",
        ]
        for _ in 0..<300 {
            var names = pool
            names.shuffle(using: &random)
            let releases = names.prefix(Int.random(in: 1...pool.count, using: &random))
                .enumerated().map { ReleasePoint(name: $1, created: UInt64($0)) }
            let order = ReleaseOrder.newestFirst(releases, scheme: .semver) { $0 }
            #expect(Set(order) == Set(releases), "seed \(seed)")
            #expect(
                order
                    == ReleaseOrder.newestFirst(
                        releases.shuffled(using: &random), scheme: .semver
                    ) { $0 },
                "seed \(seed)")
            #expect(ReleaseOrder.newest(of: releases, scheme: .semver) == order.first)
            for (index, newer) in order.enumerated() {
                for older in order[(index + 1)...] {
                    let (way, by) = ReleaseOrder.compare(newer, older, scheme: .semver)
                    #expect(by != .semver || way > 0, "seed \(seed): \(newer), \(older)")
                }
            }
        }
    }
}
