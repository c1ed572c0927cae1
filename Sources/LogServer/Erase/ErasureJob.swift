import ErrorModel
import EventLog
import Foundation
import Glibc

/// An erasure that was begun: what it takes to go on with it after a crash.
///
/// A small file, `erase.json`, that is there from before the first change until after the last one.
/// It holds the person's key, which is keyed with the project's salt, and never a name.
struct ErasureJob: Hashable, Sendable {
    /// The id of the records that the act leaves in the log.
    var id: RecordID
    var project: UInt32
    var user: UInt64
    /// Counted in place of the user from now on; random.
    var standIn: UInt64
    var actor: String
    /// What was appended below this offset is concerned; nil: the request is not in the log yet.
    var below: UInt64?

    init(project: UInt32, user: UInt64, actor: String) {
        var generator = SystemRandomNumberGenerator()
        id = RecordID(high: generator.next(), low: generator.next())
        // 0 means "no user".
        standIn = max(1, generator.next())
        self.project = project
        self.user = user
        self.actor = actor
    }
}

extension ErasureJob {
    /// Nil for anything but what `json` writes.
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string.flatMap({ EventID($0) }),
            let project = json["project"]?.int64.flatMap({ UInt32(exactly: $0) }),
            let user = json["user"]?.string.flatMap(HexText.value),
            let standIn = json["standIn"]?.string.flatMap(HexText.value), standIn != 0,
            let actor = json["actor"]?.string
        else { return nil }
        self.init(project: project, user: user, actor: actor)
        self.id = RecordID(high: id.high, low: id.low)
        self.standIn = standIn
        below = json["below"]?.int64.flatMap { UInt64(exactly: $0) }
    }

    var json: JSONValue {
        [
            "id": .string(EventID(high: id.high, low: id.low).text),
            "project": .integer(project), "user": .string(HexText.text(user)),
            "standIn": .string(HexText.text(standIn)), "actor": .string(actor),
            "below": below.map { .integer($0) } ?? .null,
        ]
    }
}

extension DataDirectory {
    /// The erasure that is under way.
    var erasure: String { path + "/erase.json" }

    /// The erasure that a crash has interrupted; nil: there is none.
    func loadErasure() throws -> ErasureJob? {
        guard let text = try Self.readSecret(erasure) else { return nil }
        guard let json = try? JSONValue(parsing: text), let job = ErasureJob(json) else {
            throw StartError(
                "\(erasure) does not hold an erasure; delete it, and ask for the erasure again")
        }
        return job
    }

    /// Durable on return.
    func store(_ job: ErasureJob) throws {
        try Self.writeSecret(job.json.compactText, to: erasure)
    }

    /// The erasure is done.
    func removeErasure() throws {
        guard unlink(erasure) == 0 || errno == ENOENT else {
            throw StartError.system("delete", erasure)
        }
    }

    /// The files that recovery has set aside, with their lengths.
    func quarantined() -> [(path: String, byteCount: UInt64)] {
        let folder = path + "/quarantine"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().map { name in
            let path = folder + "/" + name
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
            return (path, size?.uint64Value ?? 0)
        }
    }

    /// Deletes what recovery has set aside: nobody can tell whose events its bytes hold.
    func emptyQuarantine() throws {
        for file in quarantined() where unlink(file.path) != 0 && errno != ENOENT {
            throw StartError.system("delete", file.path)
        }
    }
}
