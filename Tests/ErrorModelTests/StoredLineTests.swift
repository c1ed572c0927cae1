import ErrorModel
import Testing

@Suite struct StoredLineTests {
    private static let tail =
        Array(
            #""time":"2026-11-20T10:11:12.345678Z","type":"release.created","project":7,"#.utf8)
        + Array(#""id":"000102030405060708090a0b0c0d0e0f","data":{"a":",\"data\":"}}"#.utf8)

    @Test func `what the log writes is read back`() throws {
        let made = RecordLine.bytes(
            time: Timestamp(microseconds: 1_795_169_472_345_678), kind: .releaseCreated,
            project: 7, id: EventID(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F),
            data: Array(#"{"a":",\"data\":"}"#.utf8))
        for prefix in [#"{"offset":12,"#, "{"] {
            let line = Array(prefix.utf8) + made
            let stored = try StoredLine(line)
            #expect(stored.offset == (prefix == "{" ? nil : 12))
            #expect(stored.time.microseconds == 1_795_169_472_345_678)
            #expect(stored.kind == .releaseCreated && stored.project == 7)
            #expect(stored.id.text == "000102030405060708090a0b0c0d0e0f")
            #expect(Array(line[stored.tail]) == made)
            #expect(String(decoding: line[stored.data], as: UTF8.self) == #"{"a":",\"data\":"}"#)
        }
    }

    @Test(arguments: [
        "", "{}", "{", "null", "[]", #"{"offset":1}"#, #"{"data":{}}"#,
        #"{"offset":x,"time":"2026-11-20T10:11:12Z","type":"project.created","project":1,"id":"00000000000000000000000000000001","data":{}}"#,
        #"{"offset":999999999999999999999,"time":"2026-11-20T10:11:12Z","type":"project.created","project":1,"id":"00000000000000000000000000000001","data":{}}"#,
        #"{"offset":1,"time":"yesterday","type":"project.created","project":1,"id":"00000000000000000000000000000001","data":{}}"#,
        #"{"offset":1,"time":"2026-11-20T10:11:12Z","type":"project.gone","project":1,"id":"00000000000000000000000000000001","data":{}}"#,
        #"{"offset":1,"time":"2026-11-20T10:11:12Z","type":"project.created","project":4294967296,"id":"00000000000000000000000000000001","data":{}}"#,
        #"{"offset":1,"time":"2026-11-20T10:11:12Z","type":"project.created","project":1,"id":"1","data":{}}"#,
        #"{"offset":1, "time":"2026-11-20T10:11:12Z","type":"project.created","project":1,"id":"00000000000000000000000000000001","data":{}}"#,
    ]) func `anything else is refused with a reason`(text: String) {
        #expect(throws: StoredLine.Mistake.self) { try StoredLine(Array(text.utf8)) }
    }

    @Test func `a header cut or turned anywhere is refused, or another`() throws {
        let line = Array(#"{"offset":12,"#.utf8) + Self.tail
        let whole = try StoredLine(line)
        for count in 0..<whole.data.lowerBound {
            #expect(throws: StoredLine.Mistake.self) { try StoredLine(Array(line[..<count])) }
        }
        for place in 0..<whole.data.lowerBound {
            var broken = line
            broken[place] = UInt8(ascii: "~")
            #expect((try? StoredLine(broken)) != whole)
        }
    }
}
