import ErrorModel
import EventLog

/// One stream without its socket: facts go in, `next` says what to do.
///
/// A plain value. After each fact `next` is called until it gives nil.
struct StreamSession {
    enum Action: Equatable {
        /// Look up the key; then `greeted` or `fail`.
        case greet(StreamHello)
        /// Decode the burst; then `took`.
        case take(StreamBurst)
        /// Send these bytes.
        case write([UInt8])
        /// Close, when all is sent; `lingers`: read on for a moment so that the client gets it.
        case close(lingers: Bool)
    }

    private enum Phase: Equatable {
        case opening
        case open(StreamHello)
        case closed
    }

    private(set) var lines: StreamLines
    private(set) var window = StreamWindow()
    private var phase = Phase.opening
    /// The line of a quiet stream that opened it.
    private var openingLine: StreamLines.Line?
    private var actions: [Action] = []
    private var fault: StreamFault?
    /// Why the stream ended, where that was not in good order.
    private(set) var endedBy: StreamFault?
    private var hasInputEnded = false
    /// The connection is gone, and what it has left is still taken.
    private var isAbandoned = false
    private var isStopping = false
    private var isHeld = false
    private var isOutputOpen = true
    /// What the server does where the hello does not say.
    private let usualDurability: Durability

    private let lineBytes: Int

    /// `durability`: what a stream gets that does not say.
    init(durability: Durability, lineBytes: Int = StreamLimits.lineBytes) {
        usualDurability = durability
        self.lineBytes = lineBytes
        lines = StreamLines(limit: lineBytes)
    }

    var durability: Durability {
        if case .open(let hello) = phase { hello.durability ?? usualDurability } else { .durable }
    }

    var isQuiet: Bool { if case .open(let hello) = phase { hello.isQuiet } else { false } }

    /// Waits for its first line.
    var isOpening: Bool { phase == .opening }

    /// Reading on makes sense, and memory allows it.
    var wantsInput: Bool {
        phase != .closed && fault == nil && !hasInputEnded && !isStopping && !isHeld
            && window.hasRoom()
    }

    // MARK: facts

    mutating func receive(_ bytes: UnsafeRawBufferPointer) {
        if phase != .closed { lines.receive(bytes) }
    }

    /// The client sends nothing more: what stands behind the last newline is its last line.
    mutating func inputEnded() {
        hasInputEnded = true
        lines.end()
    }

    /// The key is good.
    mutating func greeted(_ hello: StreamHello, project: UInt32, slug: String) {
        phase = .open(hello)
        if hello.isQuiet { return }
        lines.restart()
        actions.append(.write(greeting(project: project, slug: slug)))
    }

    /// The stream ends with this error, behind the acks for what is settled.
    mutating func fail(_ fault: StreamFault) { if self.fault == nil { self.fault = fault } }

    /// The burst is decoded; returns the number under which its records are to be settled.
    mutating func took(_ burst: StreamBurst, _ fate: StreamFate) -> Int {
        var ack = StreamAck(line: burst.lastLine)
        var refused = burst.refused.map(\.refusal) + fate.refused
        if !burst.refused.isEmpty { refused.sort { $0.number < $1.number } }
        ack.refuse(refused, count: refused.count)
        if fate.limited > 0 {
            ack.limit(
                burst.firstLine...burst.lastLine, count: fate.limited, seconds: fate.retryAfter)
        }
        return window.add(
            ack, firstLine: burst.firstLine, lineCount: burst.lineCount,
            byteCount: burst.byteCount, recordCount: fate.recordCount)
    }

    /// The log has answered for a batch.
    mutating func settled(_ number: Int, _ outcome: StreamWindow.Outcome) {
        if phase != .closed { window.settle(number, outcome) }
    }

    /// The log's queue is full: no more lines are taken until it is not.
    mutating func hold(_ isHeld: Bool) { self.isHeld = isHeld }

    /// Whether the client takes what is sent to it.
    mutating func output(isOpen: Bool) { isOutputOpen = isOpen }

    /// The server stops.
    mutating func stop() { isStopping = true }

    /// The connection is gone.
    ///
    /// A shipper that wants no answer has done its part: what it has left is taken as if it had ended
    /// its sending first, whatever the window says, since nothing more can come. Others know by the
    /// acks what to send again.
    mutating func gone() {
        actions = []
        guard isQuiet || isOpening, fault == nil, window.fault == nil else {
            phase = .closed
            return
        }
        isAbandoned = true
        if !hasInputEnded { inputEnded() }
    }

    // MARK: what to do

    mutating func next() -> Action? {
        if !actions.isEmpty { return actions.removeFirst() }
        switch phase {
        case .closed: return nil
        case .opening: return nextOpening()
        case .open(let hello): return nextOpen(hello)
        }
    }

    private mutating func nextOpening() -> Action? {
        if let fault { return end(with: fault) }
        while let line = lines.next() {
            guard let range = line.range else { return end(with: .tooLong) }
            if isBlank(range) { continue }
            do throws(StreamFault) {
                let hello = try lines.withLine(range) { (bytes) throws(StreamFault) in
                    try StreamHello(bytes)
                }
                if hello.isQuiet {
                    openingLine = line
                } else if isAbandoned {
                    return end()
                }
                return .greet(hello)
            } catch {
                return end(with: error)
            }
        }
        return hasInputEnded || isStopping ? end() : nil
    }

    private mutating func nextOpen(_ hello: StreamHello) -> Action? {
        if isOutputOpen || hello.isQuiet, let ack = window.takeAck(), !hello.isQuiet {
            return .write(ack.json(durability) + [UInt8(ascii: "\n")])
        }
        if let fault = window.fault { return end(with: fault) }
        if let fault { return window.isEmpty ? end(with: fault) : nil }
        if !isHeld, let burst = nextBurst(hello) { return .take(burst) }
        guard window.isEmpty, hasInputEnded || isStopping else { return nil }
        return end()
    }

    /// The whole lines that are there, as far as the window takes them.
    private mutating func nextBurst(_ hello: StreamHello) -> StreamBurst? {
        var burst = StreamBurst()
        while burst.byteCount < StreamLimits.burstBytes,
            isAbandoned || window.hasRoom(lines: burst.lineCount, bytes: burst.byteCount),
            let line = openingLine ?? lines.next()
        {
            openingLine = nil
            if burst.lineCount == 0 { burst.firstLine = line.number }
            burst.lastLine = line.number
            burst.lineCount += 1
            guard let range = line.range else {
                let refusal = NativeBody.Refusal.tooLarge(
                    number: line.number, offset: line.byte, limit: lineBytes)
                burst.refused.append(("too_large", refusal))
                continue
            }
            if isBlank(range) { continue }
            burst.byteCount += range.count
            let item = NativeBody.Item(number: line.number, range: range)
            if hello.isQuiet {
                addKeyed(item, line, &burst)
            } else {
                burst.add(item, key: hello.key)
            }
        }
        return burst.lineCount == 0 ? nil : burst
    }

    /// Adds an event that carries its key, without it.
    private mutating func addKeyed(
        _ item: NativeBody.Item, _ line: StreamLines.Line, _ burst: inout StreamBurst
    ) {
        let found: StreamKey
        do throws(JSONError) {
            found = try lines.withLine(item.range) { (bytes) throws(JSONError) in
                try StreamKey(bytes)
            }
        } catch {
            let refusal = NativeBody.Refusal(
                number: line.number, offset: line.byte, reason: "\(error)")
            return burst.refused.append(("invalid_event", refusal))
        }
        guard let key = found.key else {
            let refusal = NativeBody.Refusal(
                number: line.number, offset: line.byte, reason: "no member \"key\"")
            return burst.refused.append(("missing_key", refusal))
        }
        for place in found.places {
            lines.blank(
                item.range.lowerBound + place.lowerBound..<item.range.lowerBound + place.upperBound)
        }
        burst.add(item, key: key)
    }

    private func isBlank(_ range: Range<Int>) -> Bool {
        lines.bytes[range].allSatisfy { ASCII.isSpace($0) }
    }

    // MARK: the end

    /// Ends in good order: all that was taken is settled.
    private mutating func end() -> Action {
        let lingers = isStopping && !hasInputEnded
        if isStopping, !isQuiet { actions.append(.write(bye)) }
        actions.append(.close(lingers: lingers))
        phase = .closed
        return actions.removeFirst()
    }

    private mutating func end(with fault: StreamFault) -> Action {
        endedBy = fault
        // A shipper in the middle of its events reads nothing; it shall notice at once.
        if isQuiet {
            phase = .closed
            return .close(lingers: false)
        }
        phase = .closed
        actions.append(.close(lingers: true))
        return .write(fault.json + [UInt8(ascii: "\n")])
    }
}

extension StreamLines {
    /// Lends the bytes of a line for the time of one call.
    func withLine<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withJSON { (text) throws(Failure) in try body(text.raw(range)) }
    }
}
