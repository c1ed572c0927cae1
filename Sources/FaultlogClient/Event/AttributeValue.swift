/// A value of `extra`, `contexts` and the data of breadcrumbs: what JSON can say.
public enum AttributeValue: Equatable, Sendable {
    /// A text.
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// A number; NaN and infinities are sent as text.
    case double(Double)
    /// True or false.
    case bool(Bool)
    /// A list.
    case array([AttributeValue])
    /// Names with values.
    case object([String: AttributeValue])
    /// Nothing.
    case null
}

extension AttributeValue: ExpressibleByStringLiteral {
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
}

extension AttributeValue: ExpressibleByStringInterpolation {}

extension AttributeValue: ExpressibleByIntegerLiteral {
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }
}

extension AttributeValue: ExpressibleByFloatLiteral {
    /// A number.
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension AttributeValue: ExpressibleByBooleanLiteral {
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension AttributeValue: ExpressibleByArrayLiteral {
    /// A list.
    public init(arrayLiteral elements: AttributeValue...) { self = .array(elements) }
}

extension AttributeValue: ExpressibleByDictionaryLiteral {
    /// Names with values; of a name that stands twice the last value counts.
    public init(dictionaryLiteral elements: (String, AttributeValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}

extension AttributeValue: ExpressibleByNilLiteral {
    /// Nothing.
    public init(nilLiteral: ()) { self = .null }
}
