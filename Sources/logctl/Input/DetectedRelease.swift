import BuildEnvironment

/// The release that a build is of, where nobody has said it.
struct DetectedRelease {
    let version: String
    /// A variable, or git.
    let source: String

    /// The first variable of those that hosts and builders set, else the commit that is checked out
    /// in this folder; nil where there is neither.
    ///
    /// Blocks while git is asked.
    static func find() -> DetectedRelease? {
        for name in DetectedEnvironment.releaseVariables {
            guard let value = ServerOptions.environment(name),
                let version = DetectedEnvironment(variables: [name: value]).release
            else { continue }
            return DetectedRelease(version: version, source: name)
        }
        return Subprocess.firstLine(["git", "rev-parse", "--verify", "HEAD"]).map {
            DetectedRelease(version: $0, source: "the commit of git")
        }
    }

    /// What was given, else what is found, which is said on standard error.
    ///
    /// - Throws: `CommandFailure` where nothing names a release.
    static func version(given: String?) throws -> String {
        if let given { return given }
        guard let found = find() else {
            throw CommandFailure(
                .usage,
                "no release was given, no variable names one (FAULTLOG_RELEASE, GITHUB_SHA, …), and "
                    + "this folder is no checkout of git")
        }
        Terminal.note("release \(Terminal.plain(found.version)) (from \(found.source))")
        return found.version
    }
}
