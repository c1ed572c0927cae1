import Foundation
import Testing

@testable import FaultlogClient

/// What an error says of itself.
struct DescribedErrorTests {
    enum Shop: Error {
        case soldOut
        case declined(code: Int)
        case wrapped(any Error)
        case both(first: any Error, second: String)
    }

    struct Plain: Error { var name = "n" }
    struct Holder: Error {
        var cause: (any Error)?
        var others: [any Error] = []
    }
    enum Said: Error, CustomStringConvertible {
        case one
        var description: String { "said it" }
    }
    struct Local: LocalizedError {
        var errorDescription: String? { "it broke" }
        var failureReason: String? { "because" }
        var recoverySuggestion: String? { "mend it" }
    }
    struct Custom: CustomNSError {
        static var errorDomain: String { "org.example.shop" }
        var errorCode: Int { 7 }
        var errorUserInfo: [String: Any] { [NSUnderlyingErrorKey: Shop.soldOut] }
    }

    /// Points at itself.
    final class Ring: Error, Sendable {
        var next: (any Error)? { self }
    }

    private static let module = "FaultlogClientTests.DescribedErrorTests"

    @Test func `the case of an enum is part of its type`() {
        #expect(DescribedError(Shop.soldOut).type == "\(Self.module).Shop.soldOut")
        #expect(DescribedError(Shop.soldOut).message == "soldOut")
        let declined = DescribedError(Shop.declined(code: 5))
        #expect(declined.type == "\(Self.module).Shop.declined")
        #expect(declined.message == "declined(code: 5)")
        // A text of its own is no name of a case.
        #expect(DescribedError(Said.one).type == "\(Self.module).Said")
        #expect(DescribedError(Said.one).message == "said it")
        #expect(DescribedError(Plain()).type == "\(Self.module).Plain")
        #expect(DescribedError(Plain()).message.contains("Plain(name: \"n\")"))
    }

    private struct Chain: Error { var cause: (any Error)? }
    private struct Fat: Error {
        var bytes: [UInt8]
        var code = 7
    }

    @Test func `what is too large or too deep is described in part, and at once`() {
        var chain = Chain()
        for _ in 0..<20_000 { chain = Chain(cause: chain) }
        let deep = DescribedError(chain)
        #expect(deep.message.hasPrefix("Chain(cause: …)"), "\(deep.message.prefix(200))")
        #expect(deep.causes.count == TextLimits.causes)
        let fat = DescribedError(Fat(bytes: Array(repeating: 1, count: 50 << 20)))
        #expect(fat.message.hasPrefix("Fat(bytes: …, code: 7)"), "\(fat.message.prefix(200))")
        let long = Holder(others: [Plain(name: String(repeating: "x", count: 1 << 20))])
        #expect(DescribedError(long).message.utf8.count < 1_000)
        for error in [Plain(), Holder(cause: Plain()), Shop.wrapped(Shop.soldOut)] as [any Error] {
            #expect(DescribedError(error).message == String(describing: error))
        }
        // Taken apart by hand: the end of a chain of values comes one in the other.
        while let next = chain.cause as? Chain { chain = next }
    }

    @Test func `an error of Foundation is not its own cause`() {
        #expect(DescribedError(URLError(.timedOut)).causes.isEmpty)
        #expect(DescribedError(CocoaError(.fileNoSuchFile)).causes.isEmpty)
        #expect(DescribedError(POSIXError(.ENOENT)).causes.isEmpty)
        #expect(DescribedError(Holder(cause: URLError(.timedOut))).causes.count == 1)
    }

    @Test func `private and local types have no address in their name`() {
        struct Inner: Error {}
        let name = DescribedError(Inner()).type
        #expect(name.hasSuffix(".Inner") && !name.contains("$") && !name.contains("("), "\(name)")
        #expect(
            TypeName.withoutAddresses("A.(unknown context at $1f).B<C.(unknown context at $2).D>")
                == "A.B<C.D>")
        for odd in ["(", "A(B)", "(unknown context at $", "f(unknown context at 1)", ""] {
            #expect(TypeName.withoutAddresses(odd) == odd)
        }
    }

    @Test func `localized errors say it in words`() {
        let described = DescribedError(Local())
        #expect(described.message == "it broke" && described.type == "\(Self.module).Local")
        #expect(
            described.extra == ["failureReason": "because", "recoverySuggestion": "mend it"])
    }

    @Test func `errors of Foundation are told by domain and code`() {
        let error = NSError(
            domain: "org.example", code: 42, userInfo: [NSLocalizedDescriptionKey: "no luck"])
        let described = DescribedError(error)
        #expect(described.type == "org.example 42" && described.message == "no luck")
        #expect(described.extra["errorCode"] == 42)
        let cocoa = DescribedError(CocoaError(.fileNoSuchFile))
        #expect(cocoa.type.hasSuffix("CocoaError 4"), "\(cocoa.type)")
        #expect(cocoa.extra["errorDomain"] == "NSCocoaErrorDomain")
        let custom = DescribedError(Custom())
        #expect(custom.type == "\(Self.module).Custom 7")
        #expect(custom.extra["errorDomain"] == "org.example.shop")
    }

    @Test func `causes are found, the nearest first`() {
        let posix = NSError(domain: "posix", code: 2)
        let url = NSError(domain: "url", code: 1, userInfo: [NSUnderlyingErrorKey: posix])
        func types(_ error: any Error) -> [String] {
            DescribedError(error).causes.map {
                $0.type.replacingOccurrences(of: Self.module + ".", with: "")
            }
        }
        #expect(types(Shop.soldOut) == [])
        #expect(types(Shop.wrapped(url)) == ["url 1", "posix 2"])
        #expect(types(Shop.both(first: Shop.soldOut, second: "x")) == ["Shop.soldOut"])
        #expect(types(Holder(cause: Shop.wrapped(Local()))) == ["Shop.wrapped", "Local"])
        #expect(
            types(Holder(cause: Local(), others: [Said.one, url]))
                == ["Local", "Said", "url 1", "posix 2"])
        #expect(types(Custom()) == ["Shop.soldOut"])
        #expect(types(Ring()) == [])
    }

    @Test func `a chain of causes has an end`() {
        let deep = (0..<100).reduce(Shop.soldOut as any Error) { inner, _ in Shop.wrapped(inner) }
        #expect(DescribedError(deep).causes.count == TextLimits.causes)
        let wide = Holder(others: Array(repeating: Shop.soldOut, count: 1000))
        #expect(DescribedError(wide).causes.count == TextLimits.causes)
    }

    @Test func `errors of coding name the place`() throws {
        struct Body: Decodable { var items: [Int] }
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Body.self, from: Data(#"{"items":[1,"x"]}"#.utf8))
        }
        let described = DescribedError(try #require(error))
        #expect(described.type == "Swift.DecodingError.typeMismatch")
        #expect(described.message.contains("items"), "\(described.message)")
        let broken = DecodingError.dataCorrupted(
            .init(codingPath: [], debugDescription: "no JSON", underlyingError: Local()))
        #expect(DescribedError(broken).message == "no JSON")
        #expect(DescribedError(broken).causes.map(\.message) == ["it broke"])
        let written = EncodingError.invalidValue(
            1, .init(codingPath: [], debugDescription: "odd", underlyingError: Local()))
        #expect(DescribedError(written).message == "odd")
        #expect(DescribedError(written).causes.map(\.message) == ["it broke"])
    }

    #if os(Linux)
    @Test func `the calls are named`() {
        let lines = CallStack.lines()
        #expect(lines.contains { $0.contains("DescribedErrorTests") }, "\(lines)")
        #expect(lines.count <= 64)
    }
    #endif
}
