/// Stands for the package's in this build, as far as the reader of heads names it.
public enum HTTPMethod: Equatable {
    case GET, POST, OPTIONS, HEAD
}

/// Holds nothing.
public struct HTTPHeaders {
    /// Nil.
    public func first(name: String) -> String? { nil }
}
