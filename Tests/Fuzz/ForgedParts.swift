@testable import EventLog
import EventLogTestSupport

/// Decoders of parts, without the checks that stand before them in a file.
enum ForgedParts {
    /// Two bytes of count, two of the length of the lines, then the section.
    static func runSection(_ input: [UInt8]) {
        guard input.count >= 4 else { return }
        let count = Int(input[0]) | Int(input[1]) << 8
        let lineByteCount = Int(input[2]) | Int(input[3]) << 8
        let section = Array(input.dropFirst(4))
        let isWhole = section.withUnsafeBytes {
            SectionLayout(count: count).check($0, payloadByteCount: lineByteCount)
        }
        guard isWhole else { return }
        Exercise.touch(
            LogBlock(
                baseOffset: 0, count: count, section: section,
                payload: [UInt8](repeating: 0, count: lineByteCount)))
    }

    /// Four bytes of the plain length, then packed bytes.
    static func runLZ4(_ input: [UInt8]) {
        guard input.count >= 4 else { return }
        let plainCount = input.withUnsafeBytes { Int($0.half(0)) } % (LogLimits.plainByteLimit + 1)
        let decoder = LZ4Decoder()
        let plain = UnsafeMutableRawBufferPointer.allocate(byteCount: plainCount, alignment: 16)
        defer { plain.deallocate() }
        Array(input.dropFirst(4)).withUnsafeBytes { packed in
            _ = decoder.decodeBlock(packed, into: plain)
            // The same decoder again: a failed frame must not leave it broken.
            _ = decoder.decodeFrame(packed, into: plain)
            _ = decoder.decodeFrame(packed, into: plain)
        }
        checkRoundTrip(Array(input.dropFirst(4)), decoder)
    }

    /// The input as plain bytes: packed and unpacked they are the same.
    private static func checkRoundTrip(_ plain: [UInt8], _ decoder: LZ4Decoder) {
        guard !plain.isEmpty else { return }
        var packed = [UInt8](repeating: 0, count: LZ4Compressor.bound(plain.count))
        let count = packed.withUnsafeMutableBytes { target in
            plain.withUnsafeBytes { LZ4Compressor().compress($0, into: target) }
        }
        var again = [UInt8](repeating: 0, count: plain.count)
        let isWhole = again.withUnsafeMutableBytes { target in
            packed.withUnsafeBytes { decoder.decodeBlock($0.part(0..<count), into: target) }
        }
        require(isWhole && again == plain, "what is packed is unpacked")
    }
}
