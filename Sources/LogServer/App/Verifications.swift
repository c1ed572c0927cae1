import Foundation
import Projections

extension Faultlog {
    /// Compares a view with the log; with `fromPayloads` events are decoded and grouped anew.
    ///
    /// Waits for its turn; the view goes on serving meanwhile.
    func verify(_ view: any LiveView, fromPayloads: Bool) async throws -> ViewProof {
        let source: FoldSource =
            fromPayloads
            ? .payloads { [projects] id in
                guard let project = projects.project(id: id) else {
                    throw FoldError("there is no salt of project \(id): it was never created")
                }
                return project.salt
            } : .digests
        return try await verifications.run(view.status.name) { goesOn in
            try view.verify(source, goesOn: goesOn)
        }
    }
}

extension DataDirectory {
    /// The salt of a project, for work on the directory of a stopped server.
    ///
    /// Throws where there is none: a new one would give its users other keys.
    package func salt(of project: UInt32) throws -> [UInt8] {
        guard FileManager.default.fileExists(atPath: "\(salts)/\(project)") else {
            throw StartError(
                "there is no salt of project \(project) in \(salts), so its events cannot be read "
                    + "anew; put it back from a copy, or compare with --from digests")
        }
        return try SaltStore.load(project: project, self)
    }
}
