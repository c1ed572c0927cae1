import Dispatch
import EventLog
import EventLogTestSupport
import Glibc
import Synchronization

/// The trials of the log in numbers that a test run has no time for; `make torture` runs it.
///
///     faultlog-torture crashes COUNT [FIRST]   seeds on a disk that loses power and fails
///     faultlog-torture hostile COUNT [FIRST]   seeds on a disk that changes bytes
///     faultlog-torture points VARIANTS         every call of all workloads, crashed
///     faultlog-torture damage [EVERY]          every flip, sector, swap, cut and loss of a small log,
///                                              or one in EVERY of the many flips and cuts
///
/// Prints what was tried and the seeds that fail, which are also run by the tests; exits with 1
/// when there is one.
@main struct Torture {
    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        let number = words.dropFirst().first.flatMap { UInt64($0) }
        let first = words.dropFirst(2).first.flatMap { UInt64($0) } ?? 1
        let failures: Int
        switch (words.first, number) {
        case ("crashes", let count?): failures = seeds(count, first, CrashTrials.run(seed:))
        case ("hostile", let count?): failures = seeds(count, first, CrashTrials.runHostile(seed:))
        case ("points", let variants?): failures = points(Int(variants))
        case ("damage", let every): failures = try damage(every: Int(max(1, every ?? 1)))
        default:
            print(
                "usage: faultlog-torture crashes|hostile COUNT [FIRST] | points VARIANTS | damage [EVERY]"
            )
            exit(EX_USAGE)
        }
        exit(failures == 0 ? 0 : 1)
    }

    /// Chunks are large enough that handing them out costs nothing.
    private static let chunkCount: UInt64 = 500

    private static func seeds(
        _ count: UInt64, _ first: UInt64,
        _ trial: @escaping @Sendable (UInt64) -> CrashTrials.Outcome
    ) -> Int {
        let result = Mutex((acknowledged: 0, failing: [UInt64]()))
        let chunks = (count + chunkCount - 1) / chunkCount
        DispatchQueue.concurrentPerform(iterations: Int(chunks)) { chunk in
            let start = first + UInt64(chunk) * chunkCount
            for seed in start..<min(start + chunkCount, first + count) {
                let outcome = trial(seed)
                result.withLock { result in
                    result.acknowledged += outcome.acknowledgedCount
                    guard !outcome.violations.isEmpty else { return }
                    result.failing.append(seed)
                    if result.failing.count <= 10 { print("seed \(seed): \(outcome.violations)") }
                }
            }
        }
        let (acknowledged, failing) = result.withLock { $0 }
        print(
            "\(count) seeds from \(first), \(acknowledged) records acknowledged, "
                + "\(failing.count) seeds fail")
        return failing.count
    }

    private static func points(_ variants: Int) -> Int {
        let tally = CrashPoints.Tally()
        for workload in CrashWorkload.all {
            let before = tally.outcome
            for direct in [true, false] {
                CrashPoints(workload, direct: direct, isLarge: true)
                    .run(variants: variants, into: tally)
            }
            let now = tally.outcome
            print(
                "\(workload): \(now.callCount - before.callCount) calls, "
                    + "\(now.distinctCount - before.distinctCount) distinct")
        }
        let outcome = tally.outcome
        for example in outcome.examples { print(example) }
        print(
            "points: \(outcome.callCount) calls, \(outcome.stateCount) states, "
                + "\(outcome.distinctCount) distinct, \(outcome.checkedCount) checked, "
                + "\(outcome.violationCount) violations")
        return outcome.violationCount
    }

    private static func damage(every: Int) throws -> Int {
        let trials = try DamageTrials()
        var failures = 0
        for kind in DamageTrials.Kind.allCases {
            let all = trials.paths.flatMap { path in
                trials.all(kind, of: path).map { (path: path, damage: $0) }
            }
            // Where there are few, each is another case.
            let step = all.count > fewDamages ? every : 1
            let chosen = stride(from: 0, to: all.count, by: step).map { all[$0] }
            let failing = Mutex(0)
            let chunks = (chosen.count + damageChunk - 1) / damageChunk
            DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
                let start = chunk * damageChunk
                for (path, damage) in chosen[start..<min(start + damageChunk, chosen.count)] {
                    let found = trials.violations(damage, of: path)
                    guard !found.isEmpty else { continue }
                    failing.withLock {
                        $0 += 1
                        if $0 <= 5 { print("\(path) \(damage): \(found)") }
                    }
                }
            }
            let count = failing.withLock { $0 }
            print("\(kind): \(chosen.count) tried, \(count) violations")
            failures += count
        }
        return failures
    }

    private static let damageChunk = 64
    private static let fewDamages = 200
}
