import Glibc

/// A call to the file system that failed.
package struct FileError: Error, Hashable, Sendable {
    /// The calls of the port, named as the system names them.
    package enum Operation: String, CaseIterable, Hashable, Sendable {
        case open, pread, pwrite, fdatasync, fsyncDirectory, rename, unlink, truncate
        case allocate, freeSpace, list, createDirectory, lock, size
    }

    package var operation: Operation
    package var path: String
    package var errno: Int32

    package init(operation: Operation, path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// True when the device or the quota is full.
    package var isOutOfSpace: Bool { errno == ENOSPC || errno == EDQUOT }
}

extension FileError: CustomStringConvertible {
    package var description: String {
        "\(operation.rawValue) failed: \(String(cString: strerror(errno))) (errno \(errno))"
    }
}

extension LogError {
    /// The same failure as a failure of the log.
    package init(_ error: FileError) {
        if error.isOutOfSpace {
            self.init(
                .diskFull, "\(error)", help: "Free space on the device or raise the quota.",
                path: error.path, errno: error.errno)
        } else {
            self.init(
                .inputOutput, "\(error)", help: error.help, path: error.path, errno: error.errno)
        }
    }
}

extension FileError {
    /// Stands for a disk that does not give back what was written to it.
    static let wrongBytes = EIO
    /// Stands for space that the log does not take.
    static let outOfSpace = ENOSPC

    /// Stands for a segment that was sealed by the process that writes the log.
    static let replaced = ESTALE

    /// True when the segment has to be looked up again.
    var isReplaced: Bool { errno == Self.replaced }

    /// True when the process, or the system, may open no more files.
    var isOutOfHandles: Bool { errno == EMFILE || errno == ENFILE }

    /// What helps, where the error number tells.
    fileprivate var help: String? {
        switch errno {
        case EMFILE, ENFILE:
            "Raise the limit of open files (ulimit -n, or LimitNOFILE of the service)."
        case EROFS:
            "The file system is mounted read-only, which Linux also does after a failure: the "
                + "system's log says why. Mount it for writing, then start again."
        case EACCES, EPERM:
            "Give the user of this process the right to read and write there."
        default: nil
        }
    }

    /// True when there is no such file.
    var isMissing: Bool { errno == ENOENT }
}
