import ErrorModel
import EventLog
import Hummingbird

extension API {
    func addRetentionRoutes(_ router: Router<BasicRequestContext>) {
        router.post("api/log/retention") { request, _ in
            let body = try await RequestReader(request).body()
            let isDryRun = body["dryRun"]?.bool ?? false
            let plan = try await app.retain(try Self.policy(body), isDryRun: isDryRun)
            return Answer.json { json in
                json.beginObject()
                json.member("dryRun", isDryRun)
                json.member("firstOffset", plan.firstOffset)
                json.member("segments", plan.segmentCount)
                json.member("bytes", plan.byteCount)
                json.endObject()
            }
        }
    }

    private static func policy(_ body: JSONValue) throws -> RetentionPolicy {
        let days = try number("keepDays", of: body)
        let bytes = try number("keepBytes", of: body)
        guard let policy = RetentionPolicy(keepDays: days, keepBytes: bytes) else {
            throw Problem(
                .badRequest,
                "'keepDays' (at most \(RetentionPolicy.dayLimit)) or 'keepBytes' must "
                    + "say what is kept")
        }
        return policy
    }

    private static func number(_ name: String, of body: JSONValue) throws -> UInt64? {
        guard let value = body[name], value != .null else { return nil }
        guard let number = value.int64, number >= 0 else {
            throw Problem(.badRequest, "'\(name)' must be a whole number, not negative")
        }
        return UInt64(number)
    }
}
