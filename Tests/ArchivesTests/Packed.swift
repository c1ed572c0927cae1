import Archives
import ContentCoding
import Foundation
import Testing

/// Archives that Python's zipfile and tarfile have written, and damaged copies of them.
enum Packed {
    static let limits = ArchiveLimits(files: 100, byteCount: 1 << 20, fileByteCount: 1 << 19)

    /// `dist/a.js`, deflated, and `b.txt`, stored, with a folder before them.
    static let zip = bytes(
        "UEsDBBQAAAAIAAAAIQAAAAAAAgAAAAAAAAAFAAAAZGlzdC8DAFBLAwQUAAAACAAAACEAhLjE0AkAAAAs"
            + "AQAACQAAAGRpc3QvYS5qc0tMSk4cRcQhAFBLAwQUAAAAAAAAACEAC/lDVgYAAAAGAAAABQAAAGIudHh0"
            + "c3RvcmVkUEsBAhQDFAAAAAgAAAAhAAAAAAACAAAAAAAAAAUAAAAAAAAAAAAAAIABAAAAAGRpc3QvUEsB"
            + "AhQDFAAAAAgAAAAhAIS4xNAJAAAALAEAAAkAAAAAAAAAAAAAAIABJQAAAGRpc3QvYS5qc1BLAQIUAxQA"
            + "AAAAAAAAIQAL+UNWBgAAAAYAAAAFAAAAAAAAAAAAAACAAVUAAABiLnR4dFBLBQYAAAAAAwADAJ0AAAB+"
            + "AAAAAAA=")
    /// `dist/a.js`, a file with a long name, and a link; by GNU, pax and ustar.
    static let tars = [gnu, pax, ustar].map {
        (try? ContentCoding.decode($0, encoding: "gzip", limit: 1 << 20)) ?? []
    }
    private static let gnu = bytes(
        "H4sIAAAAAAACA+3W4QqCMBSG4V3KrsC5NPe3C/AmTC2ssGhGXX4rQsgCBZlEvg+DM7af49s5RWUblQU7"
            + "K/wJnSSOn9Xp1jBetnevcxNHWshQTOBim+wspZipbJ2zBq5/fP9ABWqVHuttWtV7j/n/kvs289qYbv5N"
            + "shAyJf/eFSOocgS18dt08DPv39f/3Q/wnv9IR67Q/ydwIwKzdvDX9gfP/x97HSaP+X+hyiZXp8zaa0H+"
            + "AQAAAAAAAAAAgH53XNbYGwAoAAA=")
    private static let pax = bytes(
        "H4sIAAAAAAACA+3WwQrCIBzHcc89xZ5g/t3MnYKOHXsFm0ariJFGe/wsYrAKFgwXtN8HQXAHD/LlP1M5"
            + "z3W6dyweCpSUjz143UnO22/P80IWgiXERnBxXp/DlWya9KbE+nL94/unPOXLtW5WVht7jtf/h+7b5jNB"
            + "3f4FZaRY0qD/6ESuklr73cIMwO0AfBumz4zBT4zx7H3zn0h0+89FLgnzfwwNEpi0Y3U6xL6jv/+3+a/u"
            + "//8Zt77ktXbuatA/AAAAAAAAAAAAAAAAQL8bGkgBVQAoAAA=")
    private static let ustar = bytes(
        "H4sIAAAAAAACA+3V0QrCIBTGcR+lJ0jdzD2PzQWriEijHj8XEbSbDcaEtf+PA0f0wovDp74NUbrtMYj5"
            + "qMQa8+5Jvyuz+5599itTabFRIoN7iO6WrhTr5PY1NbL+cf7NBPIw7t0Yyr9S+jf/pS3KYuH59xNknP9T"
            + "YM3O7eU09x3D+e+ttbLd/1/IJtby6kJ4+MXlHwAAAAAAAAAAAACAjF5T9aBwACgAAA==")

    private static func bytes(_ base64: String) -> [UInt8] {
        Array(Data(base64Encoded: base64) ?? Data())
    }
}
