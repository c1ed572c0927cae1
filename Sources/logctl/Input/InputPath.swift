import Glibc

/// What a path that somebody has given leads to.
enum InputPath {
    /// True for a directory, also by a link.
    static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }
}
