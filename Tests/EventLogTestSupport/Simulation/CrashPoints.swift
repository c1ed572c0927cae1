import Dispatch
import EventLog
import Synchronization

/// A workload on a simulated disk, crashed before each of its calls, in many variants of what the
/// disk has kept: each is opened, read, compared with what was acknowledged, and written to.
package struct CrashPoints: Sendable {
    /// What trials have shown.
    package struct Outcome: Sendable {
        /// Calls of the workloads.
        package var callCount = 0
        /// Disks that crashes have left.
        package var stateCount = 0
        /// Those that differ in a name or a byte, or in what was acknowledged by then.
        package var checkedCount = 0
        /// Those that differ in a name or a byte.
        package var distinctCount = 0
        package var violationCount = 0
        /// The first violations, in words.
        package var examples: [String] = []

        package init() {}
    }

    /// A moment of the workload.
    private struct Moment: Sendable {
        var call: Int
        var disk: SimulatedDisk
        var client: SimulatedClient.State
    }

    /// A disk that was checked, with what its client knew.
    fileprivate struct Checked: Hashable {
        var image: UInt64
        var client: Int
    }

    /// Shared by all workloads: what was checked is not checked again.
    package final class Tally: Sendable {
        fileprivate struct State {
            var outcome = Outcome()
            var checked: Set<Checked> = []
            var images: Set<UInt64> = []
        }

        fileprivate let state = Mutex(State())

        package init() {}

        package var outcome: Outcome { state.withLock { $0.outcome } }
    }

    /// More would only be scrolled past.
    private static let exampleLimit = 10

    private let workload: CrashWorkload
    private let recordSize: Int
    private let direct: Bool
    private let moments: [Moment]
    private let callCount: Int

    /// Runs a workload and keeps what the disk was before each of its calls.
    ///
    /// `isLarge`: groups of a dozen sectors, so that there is much to tear.
    package init(_ workload: CrashWorkload, direct: Bool, isLarge: Bool) {
        self.workload = workload
        self.direct = direct
        recordSize = isLarge ? 2500 : 120
        let store = SimulatedFileStore(bypassesCache: direct)
        let client = SimulatedClient(recordSize: recordSize)
        let history = Mutex((moments: [Moment](), callCount: 0))
        let look: @Sendable () -> Void = {
            let disk = store.disk
            let state = client.current
            history.withLock { history in
                history.callCount += 1
                // Reads change nothing that a crash could leave.
                let last = history.moments.last
                if last?.disk.changeCount == disk.changeCount, last?.client == state { return }
                history.moments.append(Moment(call: history.callCount, disk: disk, client: state))
            }
        }
        store.beforeEachCall(look)
        workload.run(store, client, batches: isLarge ? 24 : 8)
        store.beforeEachCall(nil)
        look()
        (moments, callCount) = history.withLock { ($0.moments, $0.callCount) }
    }

    /// Checks up to `variants` of what each crash may leave, on all processors.
    package func run(variants: Int, into tally: Tally) {
        tally.state.withLock { $0.outcome.callCount += callCount }
        DispatchQueue.concurrentPerform(iterations: moments.count) { index in
            let moment = moments[index]
            let knowledge = moment.client.hashValue
            CrashImages(moment.disk).forEach(limit: variants, seed: UInt64(moment.call)) {
                disk, image in
                let isNew = tally.state.withLock { state in
                    state.outcome.stateCount += 1
                    if state.images.insert(image).inserted { state.outcome.distinctCount += 1 }
                    guard state.checked.insert(Checked(image: image, client: knowledge)).inserted
                    else { return false }
                    state.outcome.checkedCount += 1
                    return true
                }
                guard isNew else { return }
                let found = violations(disk, moment)
                guard !found.isEmpty else { return }
                tally.state.withLock { state in
                    state.outcome.violationCount += found.count
                    guard state.outcome.examples.count < Self.exampleLimit else { return }
                    state.outcome.examples.append(
                        "\(workload.name), direct \(direct), call \(moment.call): \(found)")
                }
            }
        }
    }

    private func violations(_ disk: SimulatedDisk, _ moment: Moment) -> [String] {
        let store = SimulatedFileStore(bypassesCache: direct)
        store.disk = disk
        let client = SimulatedClient(recordSize: recordSize, state: moment.client)
        do {
            let harness = try LogHarness(store, options: CrashTrials.options)
            var found = try client.violations(harness)
            // Sent again, what was acknowledged is known.
            let known = moment.client.acknowledged.keys.sorted()
            client.submit(Array(known.prefix(2) + known.suffix(2)), to: harness.core)
            harness.core.drain()
            found += client.current.violations
            if harness.append([TestRecords.make(Self.newRecord)]).isFailure {
                found.append("not writable")
            }
            return found
        } catch {
            return ["did not open: \(error)"]
        }
    }

    /// No workload has sent it.
    private static let newRecord: UInt64 = 999
}
