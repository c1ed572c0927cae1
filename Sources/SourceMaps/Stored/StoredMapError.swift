/// Why the stored form of a map cannot be read.
package struct StoredMapError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        /// It does not begin as a stored map does.
        case foreign
        /// Written by another version of this program.
        case version(UInt32)
        /// It has fewer or more bytes than its header says.
        case length(expected: UInt64)
        case header
        /// A block of segments does not match its checksum.
        case block(Int)
        /// A text does not match its checksum.
        case text(table: String, index: Int)
    }

    package let kind: Kind

    package init(_ kind: Kind) { self.kind = kind }

    package var description: String {
        "\(reason); make the stored map again from the uploaded one"
    }

    private var reason: String {
        switch kind {
        case .foreign: "this is no stored source map"
        case .version(let version): "the stored source map has version \(version), not 1"
        case .length(let expected): "the stored source map should have \(expected) bytes"
        case .header: "the header of the stored source map is damaged"
        case .block(let index): "block \(index) of the stored source map is damaged"
        case .text(let table, let index):
            "text \(index) of the \(table) of the stored source map is damaged"
        }
    }
}
