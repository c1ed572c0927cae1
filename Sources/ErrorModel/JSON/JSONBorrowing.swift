/// Lends bytes as a JSON text for the time of one call.
extension [UInt8] {
    package func withJSON<Result, Failure: Error>(
        _ body: (JSONBytes) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var outcome: Swift.Result<Result, Failure>?
        withUnsafeBytes { buffer in
            do throws(Failure) {
                outcome = .success(try body(JSONBytes(buffer)))
            } catch {
                outcome = .failure(error)
            }
        }
        guard let outcome else { preconditionFailure("the body was not called") }
        return try outcome.get()
    }
}

extension RawSpan {
    package func withJSON<Result, Failure: Error>(
        _ body: (JSONBytes) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBytes { (buffer) throws(Failure) -> Result in
            try body(JSONBytes(buffer))
        }
    }
}

/// Tells whether bytes are UTF-8.
package enum UTF8Check {
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)) != nil
    }

    static func require(_ bytes: UnsafeRawBufferPointer) throws(JSONError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)
        } catch {
            throw JSONError(.invalidUTF8, at: error.byteOffsets.lowerBound)
        }
    }
}
