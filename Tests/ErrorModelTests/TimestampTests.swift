import ErrorModel
import Testing

struct TimestampTests {
    @Test(arguments: [
        ("2026-11-20T10:11:12.345Z", "2026-11-20T10:11:12.345Z"),
        ("2026-11-20 10:11:12", "2026-11-20T10:11:12.000Z"),
        ("2026-11-20T10:11:12.123456789+01:30", "2026-11-20T08:41:12.123456Z"),
        ("1767225599.266249", "2025-12-31T23:59:59.266249Z"),
        ("0", "1970-01-01T00:00:00.000Z"),
        ("-0.5", "1969-12-31T23:59:59.500Z"),
        ("2024-02-29T23:59:60Z", "2024-03-01T00:00:00.000Z"),
        ("1.5e9", "2017-07-14T02:40:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ])
    func `text is read and written`(text: String, expected: String) {
        #expect(Timestamp(text: text)?.text == expected)
    }

    @Test(arguments: [
        "", "T", "2026-11", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-20T25:00:00Z",
        "2026-11-20T10:11:12Zx", "2026-11-20T10:11:12+99:00", "1e300", "-1e300", "NaN", "1.2.3",
        "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "99999999999999999999", "--1", "-",
    ])
    func `what is no time is refused`(text: String) {
        #expect(Timestamp(text: text) == nil)
    }

    @Test func `every day of four hundred years survives the round trip`() {
        for day in stride(from: Int64(-146_097), through: 146_097, by: 1) {
            let moment = Timestamp(microseconds: day * 86_400_000_000 + 1)
            #expect(Timestamp(text: moment.text) == moment)
        }
    }

    @Test func `months begin at midnight of their first day`() {
        #expect(Timestamp(month: 0).microseconds == 0)
        #expect(Timestamp(text: "2026-11-21T10:00:00Z")?.month == (2026 - 1970) * 12 + 10)
        for month in -600...3600 {
            let start = Timestamp(month: month)
            #expect(start.text.hasSuffix("-01T00:00:00.000Z"))
            #expect(start.month == month)
            #expect(Timestamp(microseconds: start.microseconds - 1).month == month - 1)
        }
    }
}
