import ErrorModel
import HTTPTypes
import Hummingbird
import NIOCore

extension HTTPField.Name {
    /// The offset up to which an answer reflects the log: everything below it is in the answer.
    static let faultlogOffset = HTTPField.Name("X-Faultlog-Offset")!
}

/// Makes the answers of the API.
enum Answer {
    static func json(
        _ status: HTTPResponse.Status = .ok, offset: UInt64? = nil,
        _ body: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter()
        body(&writer)
        return bytes(status, "application/json", writer.bytes, offset: offset)
    }

    static func bytes(
        _ status: HTTPResponse.Status, _ type: String, _ bytes: [UInt8], offset: UInt64? = nil
    ) -> Response {
        var headers: HTTPFields = [.contentType: type, .contentLength: String(bytes.count)]
        if let offset { headers[.faultlogOffset] = String(offset) }
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
