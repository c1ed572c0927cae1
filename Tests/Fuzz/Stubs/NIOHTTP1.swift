/// Stand for the package in this build, as far as the reader of heads names it.
public enum HTTPMethod: Equatable {
    case GET, POST, OPTIONS, HEAD
}

public struct HTTPHeaders {
    public func first(name: String) -> String? { nil }
}
