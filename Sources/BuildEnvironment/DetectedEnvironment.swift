/// Which release runs where, as the variables of the process tell.
///
/// A pure function over a dictionary: the caller hands over `ProcessInfo`'s, tests their own.
public struct DetectedEnvironment: Equatable, Sendable {
    /// The version of the code; nil where no variable names one.
    public var release: String?
    /// Where it runs; nil where no variable says so.
    public var environment: String?

    /// Looked at in this order; the first that is there and not blank counts.
    ///
    /// Ours, then the one that people know from elsewhere, then the commit as hosts and builders
    /// name it.
    public static let releaseVariables = [
        "FAULTLOG_RELEASE", "PROLIFERATE_RELEASE", "GITHUB_SHA", "VERCEL_GIT_COMMIT_SHA",
        "CF_PAGES_COMMIT_SHA", "CI_COMMIT_SHA", "CIRCLE_SHA1", "BITBUCKET_COMMIT",
        "BUILDKITE_COMMIT", "CODEBUILD_RESOLVED_SOURCE_VERSION", "RENDER_GIT_COMMIT",
        "RAILWAY_GIT_COMMIT_SHA", "HEROKU_SLUG_COMMIT", "SOURCE_VERSION", "COMMIT_REF",
        "GIT_COMMIT",
    ]

    /// Looked at in this order; the first that is there and not blank counts.
    public static let environmentVariables = [
        "FAULTLOG_ENVIRONMENT", "NODE_ENV", "ENVIRONMENT", "ENV",
    ]

    /// Reads the variables.
    ///
    /// Blanks around a value do not count. A value with a slash is no environment: shells read
    /// the path of their start-up file from `ENV`.
    public init(variables: [String: String]) {
        release = Self.first(of: Self.releaseVariables, in: variables) { _ in true }
        environment = Self.first(of: Self.environmentVariables, in: variables) {
            !$0.utf8.contains(UInt8(ascii: "/"))
        }
    }

    private static func first(
        of names: [String], in variables: [String: String], where isGood: (String) -> Bool
    ) -> String? {
        for name in names {
            guard let value = variables[name].map(trimmed), !value.isEmpty, isGood(value) else {
                continue
            }
            return value
        }
        return nil
    }

    private static func trimmed(_ text: String) -> String {
        let front = text.drop(while: \.isWhitespace)
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}
