/// What the reporter tells its host about itself: one line when something begins to go wrong, and
/// none again until it went well in between.
struct Complaints {
    private var isTold: Set<String> = []

    /// A sentence about an answer; nil where there is nothing new to say.
    mutating func sentence(
        _ verdict: AnswerVerdict, on kind: Batch.Kind, failure: String?, base: String
    ) -> String? {
        if kind == .lossReport {
            guard let failure, case .refused = verdict else { return nil }
            return once(
                "report",
                "\(base) does not take the counts of events that were dropped here (\(failure)); look at the "
                    + "project in the DSN")
        }
        switch verdict {
        case .delivered(let refused):
            if refused == 0 {
                isTold = []
                return nil
            }
            return once("lines", "\(base) refuses some events of a batch; they are dropped")
        case .refused(let status, _):
            let help =
                status == 401 || status == 403
                ? "look at the key in the DSN" : "look at the address in the DSN"
            return once(
                "\(status)", "\(base) answers \(status): events are dropped and counted; \(help)")
        case .tooLarge:
            return nil
        case .rateLimited(let pause):
            return once("429", "\(base) answers 429, over the rate: nothing is sent for \(pause)")
        case .unavailable:
            return once(
                "away",
                "\(base) takes no events (\(failure ?? "an answer of another server")); they wait")
        }
    }

    /// A sentence about a queue that takes no more.
    mutating func queueIsFull() -> String? {
        once("full", "the queue of events is full: new ones are dropped and counted")
    }

    private mutating func once(_ kind: String, _ sentence: String) -> String? {
        isTold.insert(kind).inserted ? sentence : nil
    }
}
