import ErrorModel
import Testing

@Suite(.enabled(if: Corpus.isPresent))
struct CorpusTests {
    @Test func `what the corpus accepts is taken and what it refuses is refused`() {
        var taken = 0
        var refused = 0
        for row in Corpus.rows() {
            var failure: (any Error)?
            do {
                for payload in try Corpus.payloads(row) {
                    _ = try Corpus.intake(payload, refusesBadID: row.kind == "store")
                }
            } catch { failure = error }
            switch row.expect {
            case "accept":
                #expect(failure == nil, "\(row.id)")
                taken += 1
            case "refuse":
                #expect(failure != nil, "\(row.id)")
                refused += 1
            default: break
            }
        }
        print("corpus: \(taken) requests taken, \(refused) refused")
        #expect(taken > 0)
    }

    @Test func `id, keys and digest are made again from the data`() throws {
        var count = 0
        for row in Corpus.rows() {
            for payload in (try? Corpus.payloads(row)) ?? [] {
                guard let event = try? Corpus.intake(payload) else { continue }
                let again = try Corpus.again(event.data)
                #expect(again.id == event.id, "\(row.id)")
                #expect(again.keys == event.keys, "\(row.id)")
                #expect(again.digest == event.digest, "\(row.id)")
                #expect(!event.data.contains(0x0A) && !event.data.contains(0x0D), "\(row.id)")
                #expect((try? JSONValue(parsing: event.data)) != nil, "\(row.id)")
                count += 1
            }
        }
        print("corpus: \(count) events made again")
    }

    @Test func `the digest agrees with the event decoded in full`() throws {
        for row in Corpus.rows() {
            for payload in (try? Corpus.payloads(row)) ?? [] {
                guard let event = try? Corpus.intake(payload) else { continue }
                let difference = try DigestReference.difference(
                    event, receivedAt: Corpus.receivedAt, salt: Corpus.salt)
                #expect(difference == nil, "\(row.id)")
            }
        }
    }

    @Test func `events are read as the oracle reads them`() throws {
        var expected: [String: [JSONValue]] = [:]
        for line in Corpus.lines("expected.jsonl") {
            expected[line["id"]?.string ?? "", default: []].append(line)
        }
        var compared = 0
        for row in Corpus.rows() {
            guard let answers = expected[row.id] else { continue }
            let payloads = try Corpus.payloads(row)
            for (index, answer) in answers.enumerated() where payloads.indices.contains(index) {
                guard let kind = answer["kind"]?.string, kind == "error" || kind == "message"
                else { continue }
                let data = try Corpus.intake(payloads[index]).data
                let event = try ErrorEvent.fromData(data.span.bytes)
                for mismatch in OracleRow(answer).mismatches(event) {
                    Issue.record("\(row.id): \(mismatch.text)")
                }
                compared += 1
            }
        }
        print("corpus: \(compared) events compared with the oracle")
        #expect(compared > 0)
    }
}
