import ErrorModel
package import EventLog
import NIOCore
import NIOPosix
package import Projections
import Synchronization

/// The running whole without its doors: the log, the views, the projects and the counters.
package final class Faultlog: Sendable {
    package let directory: DataDirectory
    package let log: EventLog
    /// The projects as ingest looks them up.
    package let projects: ProjectRegistry
    package let counters = IngestCounters()
    package let streams = StreamConnections()
    let gate = ProjectGate()
    package let issues: any LiveView
    /// The issue list of the present.
    let issueLists: IssueLists
    package let releases: any LiveView
    package let regressions: any LiveView
    package let projectsView: any LiveView
    /// What SDKs and people say beside events.
    package let reports: any LiveView
    /// Tags of issues, and events of environments.
    package let facets: any LiveView
    /// Source maps and the files that they are of.
    package let artifacts: any LiveView
    /// Not a view that is asked, but a fold that decides; kept like one.
    package let policy: any LiveView
    /// The views as they were.
    let past: PastViews
    /// Where file reads for the API happen: two at once on two cores.
    let readers = NIOThreadPool(numberOfThreads: 2)
    /// Where long work on files happens, which answers must not wait for: copies of views, retention,
    /// erasures, backups.
    let chores = NIOThreadPool(numberOfThreads: 2)
    /// Writes what comes as files.
    let files: FileWriter
    /// Contents of uploads that have no record yet.
    let blobsInFlight = BlobsInFlight()
    /// Something was let go that may have left files which nothing names.
    let wantsSweep = Atomic<Bool>(false)
    /// Where uploads of scripts and source maps are read: one at a time, for each may take much of the
    /// memory and of one core.
    let uploadThread = NIOThreadPool(numberOfThreads: 1)
    /// Whether an artifact is there already is asked, and then it is written: one after the other.
    let artifactChanges = SerialTasks()
    let uploads: UploadArea
    /// Pieces of bundles.
    let chunks: ChunkStore
    /// The stored forms of source maps.
    let maps: MapStore
    let clock: @Sendable () -> Int64
    /// What an answer to ingest stands for where the request does not say.
    package let durability: Durability
    /// Projects are created and changed one after the other.
    let projectChanges = SerialTasks()
    let retentionRuns = SerialTasks()
    /// Comparisons of views with the log.
    let verifications = FoldJobs(threadName: "verify")
    /// Of how a project is grouped with how it would be.
    let comparisons = FoldJobs(threadName: "regroup-diff")
    let judged = Mutex(JudgedSegments())

    /// Opens the log and the views in `directory` and starts the workers.
    ///
    /// Blocks until the projects are known. Throws `StartError` or `LogError`, whose texts say
    /// what to do.
    package init(
        directory: DataDirectory, options: LogOptions = LogOptions(),
        durability: Durability = .durable,
        clock: @escaping @Sendable () -> Int64 = Faultlog.systemClock
    ) throws {
        self.directory = directory
        self.clock = clock
        self.durability = durability
        try directory.prepare()
        let log = try EventLog.open(
            directory: directory.path, store: PosixFileStore(), options: options)
        self.log = log
        projects = ProjectRegistry(directory: directory)
        files = FileWriter(store: directory.blobs)
        uploads = UploadArea(directory: directory.uploads)
        chunks = ChunkStore(uploads, clock: clock)
        maps = MapStore(directory: directory.storedMaps, blobs: directory.blobs)
        // The other half of the cores is for those who send and ask.
        let turns = RebuildTurns(System.coreCount / 2)
        func open<P: Projection>(_ type: P.Type) throws -> any LiveView {
            do {
                return try ProjectionWorker<P>(
                    log: log, directory: directory.views, snapshots: directory.snapshots,
                    turns: turns, clock: clock)
            } catch {
                throw StartError(
                    "the view \(directory.views)/\(P.fileName) cannot be opened: \(error); see to the "
                        + "folder's permissions and space, the view itself is made anew")
            }
        }
        OfflineRebuild.deleteForeign(in: directory.views)
        do {
            projectsView = try open(ProjectsProjection.self)
            issues = try open(IssuesProjection.self)
            releases = try open(ReleasesProjection.self)
            regressions = try open(RegressionsProjection.self)
            policy = try open(StatusPolicy.self)
            reports = try open(ReportsProjection.self)
            facets = try open(FacetsProjection.self)
            artifacts = try open(ArtifactsProjection.self)
        } catch {
            log.close()
            throw error
        }
        issueLists = IssueLists(issues)
        past = PastViews(
            log: log, directory: directory.pastViews, snapshots: directory.snapshots)
        readers.start()
        chores.start()
        files.start()
        uploads.clear()
        uploadThread.start()
    }

    /// All views, in the order in which they are listed.
    package var views: [any LiveView] {
        [issues, releases, regressions, projectsView, policy, reports, facets, artifacts]
    }

    /// Starts the workers and waits until the projects that the log holds are known.
    ///
    /// That takes as long as it takes: a view that was deleted is folded from the beginning of the
    /// log. `waiting` is told every few seconds. Throws `StartError` where the view cannot be written.
    package func start(waiting: (String) -> Void = { _ in }) async throws {
        for view in views { view.start() }
        try await catchUp(projectsView, to: log.durableOffset, waiting)
        try await reloadProjects()
        issueLists.prepare()
        if projects.all.contains(where: { $0.row.limits.eventsPerMonth != nil }) {
            try await beginQuota(waiting)
        }
    }

    /// Hands the quotas what is stored of this month.
    ///
    /// What is stored meanwhile counts too, once: by its offset it is in the view or not.
    func beginQuota(_ waiting: (String) -> Void = { _ in }) async throws {
        gate.quota.prepare()
        do {
            try await catchUp(issues, to: log.durableOffset, waiting)
            let time = now
            let used = try await issues.read { try ProjectMonths.fetch(month: time.month, $0) }
            gate.quota.begin(used.value, below: used.offset, at: time)
        } catch {
            gate.quota.cancel()
            throw error
        }
    }

    private func catchUp(
        _ view: any LiveView, to offset: UInt64, _ waiting: (String) -> Void
    ) async throws {
        while true {
            do {
                return try await view.waitUntil(offset: offset)
            } catch let timeout as ViewTimeout {
                // A view that is far behind commits only now and then: the same offset again says
                // nothing, a failure does.
                if let failure = view.status.failure {
                    throw StartError("\(timeout.description): \(failure)")
                }
                waiting("the view \(timeout.view) is folded from the log before the doors open")
            }
        }
    }

    /// Hands ingest what the projects view has.
    func reloadProjects() async throws {
        let rows = try await projectsView.read(ProjectRow.fetchAll).value
        try projects.replace(with: rows)
    }

    /// Drains and syncs the log, then commits the views.
    ///
    /// Blocks.
    package func stop() {
        files.stop()
        log.close()
        comparisons.stop()
        past.stop()
        verifications.stop()
        for view in views { view.stop() }
        try? uploadThread.syncShutdownGracefully()
        try? readers.syncShutdownGracefully()
        try? chores.syncShutdownGracefully()
    }

    /// Microseconds since 1970 by the machine's clock.
    package static let systemClock = LogClock.system.now

    var now: Timestamp { Timestamp(microseconds: clock()) }
}
