import Testing

@testable import FaultlogClient

/// What answers mean, and how long to wait.
struct AnswerVerdictTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var status: Int
        var headers: [String: String] = [:]
        var refused: Int?
        var verdict: AnswerVerdict

        var testDescription: String { "\(status) \(headers)" }
    }

    static let rows: [Row] = [
        Row(status: 200, refused: 0, verdict: .delivered(refused: 0)),
        Row(status: 200, refused: 2, verdict: .delivered(refused: 2)),
        // A page of somebody on the way promises nothing.
        Row(status: 200, verdict: .unavailable(retryAfter: nil)),
        Row(status: 302, verdict: .refused(status: 302, pausing: true)),
        Row(status: 400, verdict: .refused(status: 400, pausing: false)),
        Row(status: 401, verdict: .refused(status: 401, pausing: true)),
        Row(status: 403, verdict: .refused(status: 403, pausing: true)),
        Row(status: 404, verdict: .refused(status: 404, pausing: true)),
        Row(status: 408, verdict: .unavailable(retryAfter: nil)),
        Row(status: 413, verdict: .tooLarge),
        Row(status: 415, verdict: .refused(status: 415, pausing: false)),
        Row(status: 429, verdict: .rateLimited(.seconds(60))),
        Row(status: 429, headers: ["retry-after": "7"], verdict: .rateLimited(.seconds(7))),
        Row(
            status: 429,
            headers: ["retry-after": "7", "x-sentry-rate-limits": "9::key:rate_limit"],
            verdict: .rateLimited(.seconds(9))),
        Row(
            status: 429,
            headers: ["x-sentry-rate-limits": "60:transaction:key, 5:error;default:org,x"],
            verdict: .rateLimited(.seconds(5))),
        Row(status: 429, headers: ["retry-after": "-3"], verdict: .rateLimited(.seconds(60))),
        Row(status: 429, headers: ["retry-after": "nan"], verdict: .rateLimited(.seconds(60))),
        Row(status: 429, headers: ["retry-after": "1e300"], verdict: .rateLimited(.seconds(60))),
        Row(status: 500, verdict: .unavailable(retryAfter: nil)),
        Row(status: 502, verdict: .unavailable(retryAfter: nil)),
        Row(
            status: 503, headers: ["retry-after": "2"],
            verdict: .unavailable(retryAfter: .seconds(2))),
        Row(
            status: 503, headers: ["retry-after": "Fri, 20 Nov 2026 10:00:00 GMT"],
            verdict: .unavailable(retryAfter: nil)),
    ]

    @Test(arguments: rows)
    func `an answer is judged`(row: Row) {
        let verdict = AnswerVerdict(
            status: row.status, headers: row.headers, refused: row.refused)
        #expect(verdict == row.verdict)
    }

    @Test func `waits double up to a minute, and half of each is drawn`() {
        let whole = (1...9).map { Backoff.wait(attempt: $0, chance: 1) }
        #expect(whole == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
        #expect(Backoff.wait(attempt: 3, chance: 0) == .seconds(2))
        #expect(Backoff.wait(attempt: 3, chance: 0.5) == .seconds(3))
        // Whatever a caller counts or draws.
        #expect(Backoff.wait(attempt: .max, chance: .nan) == .seconds(60))
        #expect(Backoff.wait(attempt: .min, chance: -7) == .milliseconds(500))
    }

    @Test func `the body of a good answer is read`() {
        let events = Batch(kind: .events, lines: [])
        let good = Array(#"{"accepted":1,"duplicate":3,"refused":2,"new":{}}"#.utf8)
        #expect(BatchAnswer.refusedCount(good, of: events) == 2)
        for bad in ["", "{}", "<html>", #"{"accepted":1,"refused":"x"}"#, "[1]"] {
            #expect(BatchAnswer.refusedCount(Array(bad.utf8), of: events) == nil)
        }
        #expect(BatchAnswer.refusedCount([], of: Batch(kind: .lossReport, lines: [])) == 0)
    }
}
