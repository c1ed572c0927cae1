package import ErrorModel
package import EventLog

extension LogBlock {
    /// What the payload of the event at `index` says of its fingerprints, by every version.
    ///
    /// The block must have its payload. Throws where the line is not one that intake wrote.
    package func fingerprints(at index: Int) throws -> Fingerprints {
        guard let payload else { throw FoldError("the payload was not read") }
        let line = lineRange(at: index)
        let data = payload.withUnsafeBytes {
            RecordLine.dataRange(UnsafeRawBufferPointer(rebasing: $0[line]))
        }
        guard let data else {
            throw FoldError("the line at offset \(baseOffset + UInt64(index)) has no data")
        }
        let start = line.lowerBound + data.lowerBound
        return try EventIntake.fingerprints(
            ofData: payload.span.bytes.extracting(start..<start + data.count))
    }
}
