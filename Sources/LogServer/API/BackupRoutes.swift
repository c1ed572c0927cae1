import ErrorModel
import EventLog
import Hummingbird

extension API {
    func addBackupRoutes(_ router: Router<BasicRequestContext>) {
        router.post("api/log/backup") { request, _ in
            let body = try await RequestReader(request).body()
            guard let path = try body.optionalText("to"), path.hasPrefix("/") else {
                throw Problem(
                    .badRequest,
                    "the body needs 'to', the absolute path of a folder on the server's machine "
                        + "that is not there yet")
            }
            let report: LogBackup.Report
            do {
                report = try await app.backUp(
                    to: path, sharesFiles: !(try body.optionalBool("copy") ?? false))
            } catch let error as StartError {
                throw Problem(
                    error.isStorageFull ? .serviceUnavailable : .conflict, error.description)
            } catch let error as LogError {
                throw Problem(
                    error.code == .diskFull ? .serviceUnavailable : .conflict, "\(error)")
            }
            return Answer.json(offset: report.nextOffset) { json in
                json.beginObject()
                json.member("to", path)
                json.member("nextOffset", report.nextOffset)
                json.member("segments", report.segmentCount)
                json.member("linked", report.linkedCount)
                json.member("copiedBytes", report.copiedByteCount)
                json.member("gaps", report.gaps.count)
                json.endObject()
            }
        }
    }
}
