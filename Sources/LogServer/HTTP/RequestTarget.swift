import NIOHTTP1

extension HTTPRequestHead {
    /// The head with its target as servers get it: a path with its query.
    ///
    /// Clients behind a proxy that passes requests on as they are name scheme and host too, which a server
    /// must accept (RFC 9112 section 3.2.2). The host decides nothing here.
    var inOriginForm: HTTPRequestHead {
        let bytes = uri.utf8
        guard bytes.first != UInt8(ascii: "/"), let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            ["http", "https"].contains(uri[..<colon].lowercased()),
            uri[colon...].hasPrefix("://")
        else { return self }
        let authority = bytes.index(colon, offsetBy: "://".utf8.count)
        let end = bytes[authority...].firstIndex {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?")
        }
        var head = self
        let rest = uri[(end ?? uri.endIndex)...]
        head.uri = rest.hasPrefix("/") ? String(rest) : "/" + rest
        return head
    }
}
