import Glibc

/// Standard output for data, standard error for words.
enum Terminal {
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Columns of the terminal on standard output, else what COLUMNS says, else nil.
    static var width: Int? {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            return Int(size.ws_col)
        }
        return ServerOptions.environment("COLUMNS").flatMap { Int($0) }
    }

    /// Writes data.
    ///
    /// Where nobody reads any more (`| head`), the command ends quietly; where it cannot be written,
    /// it ends with a word.
    static func write(_ bytes: [UInt8]) {
        let error = send(bytes, to: STDOUT_FILENO)
        if error == 0 { return }
        if error == EPIPE { exit(0) }
        note(
            "logctl: standard output cannot be written: \(String(cString: strerror(error))); a change "
                + "that was asked for is made")
        exit(CommandFailure.Code.output.rawValue)
    }

    /// To be called first: a reader that goes is seen by `write`, instead of ending the process, and
    /// nothing else takes the place of a descriptor that the command was started without (`>&-`).
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest that is free; what is written to it fails.
            _ = open("/dev/null", O_RDONLY)
        }
    }

    static func write(line: String) {
        write(Array(line.utf8) + [UInt8(ascii: "\n")])
    }

    static func note(_ line: String) {
        send(Array((line + "\n").utf8), to: STDERR_FILENO)
    }

    /// Shows progress on one line of a terminal, and nothing elsewhere.
    static func progress(_ text: String) {
        if errorIsTerminal { send(Array("\r\u{1b}[K\(text)".utf8), to: STDERR_FILENO) }
    }

    static func endProgress() { progress("") }

    /// The system's error number; 0: all is written.
    @discardableResult
    private static func send(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + sent, bytes.count - sent)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            sent += count
        }
        return 0
    }

    /// Text that may stand on a terminal: control characters, which an event's author could use
    /// to write to the reader's screen, become U+FFFD; line breaks and tabs become spaces.
    static func plain(_ text: String) -> String {
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0a, 0x0d: plain.append(" ")
            case 0..<0x20, 0x7f..<0xa0, 0x202a...0x202e, 0x2066...0x2069: plain.append("\u{fffd}")
            default: plain.append(scalar)
            }
        }
        return String(plain)
    }
}
