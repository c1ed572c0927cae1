import Foundation

/// What an error says of itself: type, message, and the errors that it names as its causes.
struct DescribedError {
    var type: String
    var message: String
    /// Beside the message, where the error knows more.
    var extra: [String: AttributeValue] = [:]
    /// Those that it holds, the nearest first.
    private var inner: [any Error] = []

    init(_ error: any Error) {
        let bridged = error as NSError
        let ownName = TypeName.name(of: Swift.type(of: error))
        let isFoundation = Swift.type(of: error) is NSError.Type
        // An error of Foundation is told by domain and code. A Swift error has its own name as
        // its domain unless it says otherwise.
        let hasDomain = isFoundation || TypeName.withoutAddresses(bridged.domain) != ownName
        if isFoundation {
            type = "\(bridged.domain) \(bridged.code)"
        } else if let name = TypeName.caseName(of: error) {
            type = "\(ownName).\(name)"
        } else {
            type = hasDomain ? "\(ownName) \(bridged.code)" : ownName
        }
        message = Self.message(of: error, bridged, isFoundation: hasDomain)
        if hasDomain {
            extra["errorDomain"] = .string(bridged.domain)
            extra["errorCode"] = .integer(Int64(bridged.code))
        }
        if let localized = error as? any LocalizedError {
            if let reason = localized.failureReason { extra["failureReason"] = .string(reason) }
            if let help = localized.recoverySuggestion {
                extra["recoverySuggestion"] = .string(help)
            }
        }
        inner = Self.inner(of: error, bridged)
    }

    private static func message(
        of error: any Error, _ bridged: NSError, isFoundation: Bool
    ) -> String {
        if let text = (error as? any LocalizedError)?.errorDescription, !text.isEmpty {
            return text
        }
        if let context = (error as? DecodingError)?.context {
            return context.described
        }
        if case .invalidValue(_, let context) = error as? EncodingError {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? context.debugDescription : "\(context.debugDescription) (\(path))"
        }
        return isFoundation ? bridged.localizedDescription : BoundedDescription.text(of: error)
    }

    // MARK: causes

    /// The errors that led to this one, the nearest first.
    var causes: [OutgoingEvent.Cause] {
        var found: [OutgoingEvent.Cause] = []
        var next = inner
        // The bound ends also what leads back to itself.
        while !next.isEmpty, found.count < TextLimits.causes {
            let cause = DescribedError(next.removeFirst())
            found.append(OutgoingEvent.Cause(type: cause.type, message: cause.message))
            next.insert(contentsOf: cause.inner, at: 0)
        }
        return found
    }

    private static func inner(of error: any Error, _ bridged: NSError) -> [any Error] {
        if let underlying = (error as? DecodingError)?.context?.underlyingError {
            return [underlying]
        }
        if case .invalidValue(_, let context) = error as? EncodingError {
            return context.underlyingError.map { [$0] } ?? []
        }
        if let underlying = bridged.userInfo[NSUnderlyingErrorKey] as? any Error {
            return [underlying]
        }
        let type = Swift.type(of: error)
        if type is NSError.Type || type is any CustomReflectable.Type { return [] }
        // What wraps an error of Foundation holds it, and is no other error.
        return held(in: Mirror(reflecting: error), depth: 0).filter {
            !(Swift.type(of: $0) is NSError.Type && ($0 as NSError) == bridged)
        }
    }

    /// How deep errors are looked for in what an error holds: payload, tuple, list.
    private static let heldDepth = 3
    /// How many parts of each are looked at.
    private static let heldCount = 16

    /// The errors among the fields of a struct, the payload of an enum, the members of a list.
    private static func held(in mirror: Mirror, depth: Int) -> [any Error] {
        var errors: [any Error] = []
        for child in mirror.children.prefix(heldCount) {
            if let error = child.value as? any Error {
                errors.append(error)
                continue
            }
            guard depth < heldDepth else { continue }
            let part = Mirror(reflecting: child.value)
            switch part.displayStyle {
            case .tuple, .collection, .optional: errors += held(in: part, depth: depth + 1)
            default: continue
            }
        }
        return Array(errors.prefix(TextLimits.causes))
    }
}

extension DecodingError {
    fileprivate var context: Context? {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context), .dataCorrupted(let context):
            context
        @unknown default: nil
        }
    }
}

extension DecodingError.Context {
    fileprivate var described: String {
        let path = codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? debugDescription : "\(debugDescription) (at \(path))"
    }
}
