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
    /// Where nobody reads any more (`| head`), the command ends quietly.
    static func write(_ bytes: [UInt8]) {
        send(bytes, to: STDOUT_FILENO)
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

    private static func send(_ bytes: [UInt8], to descriptor: Int32) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + sent, bytes.count - sent)
            }
            if count < 0 {
                if errno == EINTR { continue }
                exit(errno == EPIPE ? 0 : CommandFailure.Code.software.rawValue)
            }
            sent += count
        }
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
