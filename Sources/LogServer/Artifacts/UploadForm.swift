import ErrorModel
import HTTPTypes

/// A form that is there as a whole, and its parts.
struct UploadForm {
    let parts: [MultipartPart]
    private let body: [UInt8]

    /// Throws a `Problem` where the body is no form with that boundary.
    init(_ body: [UInt8], boundary: [UInt8]) throws(Problem) {
        self.body = body
        do throws(MultipartError) {
            parts = try Multipart.parts(of: body, boundary: boundary)
        } catch {
            throw Problem(.badRequest, error.description)
        }
    }

    func part(_ name: String) -> MultipartPart? { parts.first { $0.name == name } }

    func content(_ part: MultipartPart) -> [UInt8] { Array(body[part.content]) }

    /// The first `limit` bytes of a part; what is not UTF-8 becomes U+FFFD.
    func text(_ part: MultipartPart, limit: Int) -> String {
        String(decoding: body[part.content].prefix(limit), as: UTF8.self)
    }
}
