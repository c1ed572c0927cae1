import Glibc

/// The `logserver` program, for offline work that needs what only it links.
enum ServerProgram {
    /// Becomes `logserver` with these arguments; returns only by throwing, where it cannot be run.
    static func become(_ arguments: [String], toDo work: String) throws {
        let program = path
        var pointers = ([program] + arguments).map { strdup($0) }
        pointers.append(nil)
        execvp(program, &pointers)
        throw CommandFailure(
            .noInput, "cannot run \(program), which \(work): \(String(cString: strerror(errno)))")
    }

    /// The one beside this program, else the one on the PATH.
    private static var path: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { return "logserver" }
        let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = path.lastIndex(of: "/") else { return "logserver" }
        let beside = path[...slash] + "logserver"
        return access(String(beside), X_OK) == 0 ? String(beside) : "logserver"
    }
}
