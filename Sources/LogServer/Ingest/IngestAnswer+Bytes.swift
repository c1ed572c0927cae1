import EventLog
import NIOCore
import NIOHTTP1

/// An answer as it goes over the wire.
extension IngestAnswer {
    /// The head for the HTTP pipeline.
    var head: HTTPResponseHead {
        var head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        head.headers.add(name: "content-length", value: String(body.readableBytes))
        return head
    }

    /// All bytes in one buffer, the same that the pipeline would write.
    func encoded() -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: 512 + body.readableBytes)
        if isUsual {
            bytes.writeBytes(Self.usualStart)
        } else {
            writeStart(to: &bytes)
        }
        bytes.writeString(String(body.readableBytes))
        bytes.writeStaticString("\r\n\r\n")
        bytes.writeImmutableBuffer(body)
        return bytes
    }

    /// Nearly all answers begin so.
    private static let usualStart: [UInt8] = {
        var bytes = ByteBuffer()
        ok(ByteBuffer(), .durable).writeStart(to: &bytes)
        return Array(bytes.readableBytesView)
    }()

    /// Writes the head up to the length, which is its last field.
    private func writeStart(to bytes: inout ByteBuffer) {
        bytes.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        for (name, value) in headers { bytes.writeString("\(name): \(value)\r\n") }
        bytes.writeStaticString("content-length: ")
    }
}
