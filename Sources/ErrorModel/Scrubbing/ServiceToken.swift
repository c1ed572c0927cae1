/// Tokens that services have given a prefix so that they can be found.
enum ServiceToken {
    struct Prefix {
        let text: StaticString
        /// Where the byte stands by which it is found: one of `_ - I z`, never before the third.
        let place: Int
    }

    /// At least so long behind the prefix.
    static let byteCount = 16

    static let prefixes: [Prefix] = [
        .init(text: "ghp_", place: 3), .init(text: "gho_", place: 3),
        .init(text: "ghu_", place: 3), .init(text: "ghs_", place: 3),
        .init(text: "ghr_", place: 3), .init(text: "github_pat_", place: 6),
        .init(text: "glpat-", place: 5), .init(text: "xoxb-", place: 4),
        .init(text: "xoxp-", place: 4), .init(text: "xoxa-", place: 4),
        .init(text: "xoxr-", place: 4), .init(text: "xoxs-", place: 4),
        .init(text: "sk_live_", place: 2), .init(text: "sk_test_", place: 2),
        .init(text: "rk_live_", place: 2), .init(text: "rk_test_", place: 2),
        .init(text: "whsec_", place: 5), .init(text: "sk-", place: 2),
        .init(text: "sntrys_", place: 6), .init(text: "sntryu_", place: 6),
        .init(text: "npm_", place: 3), .init(text: "hf_", place: 2),
        .init(text: "pypi-", place: 4), .init(text: "dckr_pat_", place: 4),
        .init(text: "AKIA", place: 2), .init(text: "AIza", place: 2),
    ]

    /// Tells most places where no prefix is from the telling byte and the two before it.
    struct Prefixes {
        /// A Bloom filter with one hash and one byte a bucket.
        private let filter: UnsafePointer<Bool>

        private static let bucketCount = 1024

        @inline(__always)
        private static func bucket(_ first: UInt8, _ second: UInt8, _ telling: UInt8) -> Int {
            let packed = UInt32(first) << 16 | UInt32(second) << 8 | UInt32(telling)
            return Int((packed &* 0x9E37_79B1) &>> 22)
        }

        /// False where no prefix has its telling byte at `index`.
        @inline(__always)
        func mayHold(_ text: JSONBytes, _ index: Int) -> Bool {
            guard index >= 2 else { return false }
            return filter[Self.bucket(text[index &- 2], text[index &- 1], text[index])]
        }

        /// Made once, never freed; nobody writes to it once this closure has returned.
        nonisolated(unsafe) static let all: Prefixes = {
            let filter = UnsafeMutablePointer<Bool>.allocate(capacity: bucketCount)
            filter.initialize(repeating: false, count: bucketCount)
            for prefix in prefixes {
                let telling = prefix.text.utf8Start + prefix.place
                filter[bucket(telling[-2], telling[-1], telling[0])] = true
            }
            return Prefixes(filter: UnsafePointer(filter))
        }()
    }
}
