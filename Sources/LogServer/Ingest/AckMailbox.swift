import NIOCore
import Synchronization

/// Carries answers of the log from its own thread back to an event loop, many at a time.
///
/// A group commit answers dozens of requests at once; one wake-up of the loop serves them all.
/// `post` may be called from any thread; the work runs on the loop, in the order of posting.
final class AckMailbox: Sendable {
    private let loop: any EventLoop
    private let waiting = Mutex<[@Sendable () -> Void]>([])

    init(loop: any EventLoop) {
        self.loop = loop
    }

    func post(_ work: @escaping @Sendable () -> Void) {
        let isFirst = waiting.withLock { waiting in
            waiting.append(work)
            return waiting.count == 1
        }
        if isFirst { loop.execute { self.deliver() } }
    }

    private func deliver() {
        let work = waiting.withLock { waiting in
            defer { waiting.removeAll(keepingCapacity: true) }
            return waiting
        }
        for piece in work { piece() }
    }
}

/// The mailboxes of a group, one a loop.
final class AckMailboxes: Sendable {
    private let mailboxes: [ObjectIdentifier: AckMailbox]

    init(group: any EventLoopGroup) {
        var mailboxes: [ObjectIdentifier: AckMailbox] = [:]
        for loop in group.makeIterator() {
            mailboxes[ObjectIdentifier(loop)] = AckMailbox(loop: loop)
        }
        self.mailboxes = mailboxes
    }

    func mailbox(for loop: any EventLoop) -> AckMailbox {
        mailboxes[ObjectIdentifier(loop)] ?? AckMailbox(loop: loop)
    }
}
