import BuildEnvironment
import FaultlogClient
import Testing

/// Which variable names the release, and which the environment.
struct DetectedEnvironmentTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var variables: [String: String]
        var release: String?
        var environment: String?

        var testDescription: String { "\(variables)" }
    }

    static let rows: [Row] = [
        Row(variables: [:]),
        Row(variables: ["PROLIFERATE_RELEASE": "1.2.3"], release: "1.2.3"),
        Row(variables: ["GITHUB_SHA": "abc"], release: "abc"),
        Row(variables: ["VERCEL_GIT_COMMIT_SHA": "abc"], release: "abc"),
        Row(variables: ["CF_PAGES_COMMIT_SHA": "abc"], release: "abc"),
        Row(variables: ["NODE_ENV": "production"], environment: "production"),
        Row(variables: ["ENVIRONMENT": "staging"], environment: "staging"),
        Row(variables: ["ENV": "dev"], environment: "dev"),
        Row(
            variables: ["NODE_ENV": "production", "ENVIRONMENT": "b", "ENV": "c"],
            environment: "production"),
        Row(variables: ["NODE_ENV": " ", "ENVIRONMENT": "b", "ENV": "c"], environment: "b"),
        Row(variables: ["FAULTLOG_ENVIRONMENT": "own", "NODE_ENV": "b"], environment: "own"),
        Row(variables: ["ENV": "/home/u/.shrc"]),
        Row(
            variables: ["PROLIFERATE_RELEASE": " \t\n", "GITHUB_SHA": "\n abc \t"], release: "abc"),
        Row(variables: ["GIT_COMMIT": "jenkins", "SOURCE_VERSION": "heroku"], release: "heroku"),
        Row(variables: ["github_sha": "abc", "GITHUB_SHA_X": "abc"]),
    ]

    @Test(arguments: rows)
    func `the variables tell`(row: Row) {
        let detected = DetectedEnvironment(variables: row.variables)
        #expect(detected.release == row.release)
        #expect(detected.environment == row.environment)
    }

    @Test func `each variable gives way to those before it`() {
        let names = DetectedEnvironment.releaseVariables
        for index in names.indices {
            let set = Dictionary(uniqueKeysWithValues: names[index...].map { ($0, "of \($0)") })
            #expect(DetectedEnvironment(variables: set).release == "of \(names[index])")
        }
        #expect(
            Array(names.dropFirst().prefix(4)) == [
                "PROLIFERATE_RELEASE", "GITHUB_SHA", "VERCEL_GIT_COMMIT_SHA",
                "CF_PAGES_COMMIT_SHA",
            ])
        #expect(
            DetectedEnvironment.environmentVariables.dropFirst() == [
                "NODE_ENV", "ENVIRONMENT", "ENV",
            ])
    }
}
