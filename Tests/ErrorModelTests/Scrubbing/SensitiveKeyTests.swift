import Testing

@testable import ErrorModel

@Suite struct SensitiveKeyTests {
    private static func both(_ name: [UInt8]) -> (filtered: KeySensitivity, whole: KeySensitivity) {
        name.withUnsafeBytes {
            (SensitiveKeyFilter.shared.sensitivity($0), SensitiveKey.classify($0))
        }
    }

    @Test func `every word is found however it is written`() {
        for word in SensitiveKey.words {
            let plain = String(decoding: word.text, as: UTF8.self)
            let forms = [
                plain, plain.uppercased(), plain.map(String.init).joined(separator: "-"),
                "_" + plain + "_", plain.map(String.init).joined(separator: "_."),
                plain.utf8.map { "\\u00" + String($0, radix: 16) }.joined(),
            ]
            for form in forms + (word.isWhole ? [] : ["my" + form(plain), plain + "s2"]) {
                let found = Self.both(Array(form.utf8))
                #expect(found.filtered >= .address && found.filtered == found.whole, "\(form)")
            }
        }
        func form(_ plain: String) -> String { plain.prefix(1).uppercased() + plain.dropFirst() }
    }

    @Test func `the filter turns down no name of a secret`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let parts =
            SensitiveKey.words.flatMap { [Array($0.text), Array($0.sign)] }
            + ["_", "-", " ", "X", "1", "\\u0061", "\\n", "\\", "é", "id"].map { Array($0.utf8) }
        for _ in 0..<20_000 {
            var name: [UInt8] = []
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                var part = parts.randomElement(using: &random)!
                if Int.random(in: 0..<3, using: &random) == 0, !part.isEmpty {
                    part.remove(at: Int.random(in: 0..<part.count, using: &random))
                }
                name += part
            }
            let found = Self.both(name)
            guard found.filtered == found.whole else {
                Issue.record("seed \(seed): \(String(decoding: name, as: UTF8.self)) \(found)")
                return
            }
        }
    }
}
