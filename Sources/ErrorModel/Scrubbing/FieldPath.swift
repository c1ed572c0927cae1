/// Fields that a project removes, by where they stand.
///
/// Names with dots between them from the top of the payload: `extra.customer.iban`. `*` stands for
/// one name, `**` for any number of them; elements of a list have no name of their own.
package struct FieldPath: Hashable, Sendable {
    /// As it was written.
    package let text: String
    private let parts: [Part]

    private enum Part: Hashable, Sendable {
        case name([UInt8])
        case one, many
    }

    package static let byteLimit = 200
    package static let partLimit = 16

    /// Nil where it is empty, too long, has an empty part, or names everything.
    package init?(_ text: String) {
        let names = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.byteLimit, names.count <= Self.partLimit,
            !names.contains(where: \.isEmpty)
        else { return nil }
        self.text = text
        parts = names.map {
            switch String($0) {
            case "*": .one
            case "**": .many
            default: .name(Array($0))
            }
        }
        guard parts.contains(where: { if case .name = $0 { true } else { false } }) else {
            return nil
        }
    }

    /// True where the names from the top to a field are those of the path.
    ///
    /// `name(i)` are the bytes of the i-th of `count` names.
    func fits(_ count: Int, _ name: (Int) -> UnsafeRawBufferPointer) -> Bool {
        // A bit for each part that the next name may belong to; after the last one it is done.
        var places = closure(of: 1)
        for index in 0..<count {
            var next: UInt32 = 0
            for (number, part) in parts.enumerated() where places >> UInt32(number) & 1 == 1 {
                switch part {
                case .name(let wanted):
                    if name(index).elementsEqual(wanted) { next |= 1 << UInt32(number + 1) }
                case .one: next |= 1 << UInt32(number + 1)
                case .many: next |= 1 << UInt32(number)
                }
            }
            places = closure(of: next)
            if places == 0 { return false }
        }
        return places >> UInt32(parts.count) & 1 == 1
    }

    /// Behind `**` stands what follows it too: it may stand for no name.
    private func closure(of places: UInt32) -> UInt32 {
        var places = places
        for (number, part) in parts.enumerated()
        where part == .many && places >> UInt32(number) & 1 == 1 {
            places |= 1 << UInt32(number + 1)
        }
        return places
    }
}
