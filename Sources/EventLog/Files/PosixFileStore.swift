/// The file system of the machine.
package struct PosixFileStore: FileStore {
    package init() {}
    package func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        fatalError("not yet")
    }
    package func fsyncDirectory(_ path: String) throws(FileError) {}
    package func rename(_ from: String, to: String) throws(FileError) {}
    package func unlink(_ path: String) throws(FileError) {}
    package func createDirectory(_ path: String) throws(FileError) {}
    package func list(_ path: String) throws(FileError) -> [String] { [] }
    package func freeSpace(_ path: String) throws(FileError) -> UInt64 { 0 }
    package func lock(_ path: String, owner: String) throws(FileError) -> LockAttempt {
        .taken(owner: "")
    }
}
