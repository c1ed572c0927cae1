import ErrorModel
import Testing

/// Every row of the regression table under both policies, by name.
@Suite struct RegressionRuleTests {
    static let resolvedAt: Int64 = 1_000
    static let resolvedOffset: UInt64 = 50
    static let older = ReleasePoint(name: "1.0.0", created: 10)
    static let named = ReleasePoint(name: "1.1.0", created: 20)
    static let newer = ReleasePoint(name: "1.2.0", created: 60)

    func decide(
        _ policy: RegressionPolicy, _ resolution: Resolution, _ release: ReleasePoint?,
        happened: Int64 = 2_000, scheme: ReleaseScheme = .semver
    ) -> RegressionDecision {
        RegressionRule.decide(
            policy: policy, scheme: scheme, resolution: resolution, resolvedAt: Self.resolvedAt,
            resolvedOffset: Self.resolvedOffset, happened: happened, release: release)
    }

    @Test(arguments: RegressionPolicy.allCases)
    func `resolved any way, happened before the resolve: count only`(policy: RegressionPolicy) {
        let ways: [Resolution] = [
            .anyRelease, .inRelease(Self.named), .inNextRelease(after: Self.named),
            .inNextRelease(after: nil),
        ]
        for way in ways {
            for release in [nil, Self.older, Self.named, Self.newer] {
                #expect(
                    decide(policy, way, release, happened: 999)
                        == .init(.countOnly, .happenedBeforeResolve))
            }
        }
    }

    @Test(arguments: RegressionPolicy.allCases)
    func `resolved with no release, happened after it: regressed`(policy: RegressionPolicy) {
        for release in [nil, Self.older, Self.newer] {
            #expect(
                decide(policy, .anyRelease, release) == .init(.regressed, .resolvedWithoutRelease))
            #expect(
                decide(policy, .anyRelease, release, happened: Self.resolvedAt).outcome
                    == .regressed)
        }
    }

    @Test func `resolved in R, release R, different: count only`() {
        #expect(
            decide(.different, .inRelease(Self.named), Self.named)
                == .init(.countOnly, .sameRelease, ordering: .same))
    }

    @Test func `resolved in R, release R, newer: regressed`() {
        #expect(
            decide(.newer, .inRelease(Self.named), Self.named)
                == .init(.regressed, .sameRelease, ordering: .same))
    }

    @Test func `resolved in R, older than R, different: regressed`() {
        #expect(
            decide(.different, .inRelease(Self.named), Self.older)
                == .init(.regressed, .olderRelease, ordering: .semver))
    }

    @Test func `resolved in R, older than R, newer: count only`() {
        #expect(
            decide(.newer, .inRelease(Self.named), Self.older)
                == .init(.countOnly, .olderRelease, ordering: .semver))
    }

    @Test(arguments: RegressionPolicy.allCases)
    func `resolved in R, newer than R: regressed`(policy: RegressionPolicy) {
        #expect(
            decide(policy, .inRelease(Self.named), Self.newer)
                == .init(.regressed, .newerRelease, ordering: .semver))
    }

    @Test(arguments: RegressionPolicy.allCases)
    func `resolved in R, no release: count only, flagged`(policy: RegressionPolicy) {
        #expect(
            decide(policy, .inRelease(Self.named), nil)
                == .init(.countOnlyFlagged, .eventWithoutRelease))
    }

    @Test(arguments: RegressionPolicy.allCases)
    func `resolved in the next release, not newer than C: count only`(policy: RegressionPolicy) {
        for release in [Self.older, Self.named] {
            #expect(
                decide(policy, .inNextRelease(after: Self.named), release).outcome == .countOnly)
        }
    }

    @Test(arguments: RegressionPolicy.allCases)
    func `resolved in the next release, newer than C: regressed`(policy: RegressionPolicy) {
        #expect(
            decide(policy, .inNextRelease(after: Self.named), Self.newer)
                == .init(.regressed, .newerThanNext, ordering: .semver))
    }

    @Test(arguments: RegressionPolicy.allCases)
    func `resolved in the next release with none yet: the first one after it regresses`(
        policy: RegressionPolicy
    ) {
        #expect(
            decide(policy, .inNextRelease(after: nil), Self.newer)
                == .init(.regressed, .firstReleaseSinceResolve, ordering: .creation))
    }

    @Test(arguments: RegressionPolicy.allCases)
    func `resolved in the next release, no release: count only, flagged`(
        policy: RegressionPolicy
    ) {
        #expect(
            decide(policy, .inNextRelease(after: Self.named), nil).outcome == .countOnlyFlagged)
    }

    @Test func `by creation, a lower version that came later is newer`() {
        let backport = ReleasePoint(name: "1.0.9", created: 70)
        #expect(decide(.newer, .inRelease(Self.named), backport).outcome == .countOnly)
        #expect(
            decide(.newer, .inRelease(Self.named), backport, scheme: .time)
                == .init(.regressed, .newerRelease, ordering: .creation))
    }

    @Test func `commit hashes are ordered by creation`() {
        let a = ReleasePoint(name: "4f1c9ab", created: 5)
        let b = ReleasePoint(name: "0a1b2c3", created: 9)
        #expect(ReleaseOrder.compare(a, b, scheme: .semver) == (-1, .creation))
        #expect(ReleaseOrder.newest(of: [b, a], scheme: .semver) == b)
    }
}

@Suite struct VersionTests {
    /// In rising order; the pre-releases are those of Semantic Versioning 2.0.0, section 11.
    static let rising = [
        "0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
        "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.0.1", "1.0.10", "v1.1", "2.0.0+build.7",
    ]

    @Test func `precedence is that of the specification`() throws {
        for (i, a) in Self.rising.enumerated() {
            for (j, b) in Self.rising.enumerated() {
                let x = try #require(Version(a))
                let y = try #require(Version(b))
                #expect(x.compare(to: y) == (i == j ? 0 : (i < j ? -1 : 1)), "\(a) and \(b)")
            }
        }
    }

    @Test(arguments: [
        "", "1", "20261120", "abc", "1.x", "1..2", "1.2.3.4.5", "1.2.-", "-1.2", "4f1c9ab",
        "1.2.3-", "99999999999999999999.0",
    ])
    func `what is not a version is none`(text: String) {
        #expect(Version(text) == nil)
    }

    @Test func `only versions of one package are compared`() throws {
        let shop = try #require(Version("shop@1.2.3"))
        let cart = try #require(Version("cart@1.2.4"))
        #expect(shop.compare(to: cart) == nil)
        #expect(shop.compare(to: try #require(Version("shop@1.10.0"))) == -1)
    }
}
