/// The bounds of what waits and of what is sent at once.
struct DeliveryLimits: Sendable {
    /// Events that wait: a storm of errors in a minute without the server; those after are counted.
    var queuedEvents = 1000
    /// Bytes that wait: what a host can spare without noticing.
    var queuedBytes = 8 << 20
    /// Events of one request; the server takes 10,000.
    var batchEvents = 100
    /// Bytes of one request, unless a single event is larger; the server takes 40 MiB.
    var batchBytes = 1 << 20
    /// How long the first event waits for others.
    var batchInterval = Duration.seconds(1)
    /// How often at most the server is told of losses: one small request.
    var reportInterval = Duration.seconds(30)
    /// After an answer that says that nothing will be taken (a wrong key): no reason to ask often.
    var refusalPause = Duration.seconds(60)
    /// A flush after a failure waits so long since then: a host may flush after each request.
    var shortestPause = Duration.seconds(1)
    /// No server is obeyed for longer: it may have meant milliseconds.
    var longestPause = Duration.seconds(3600)

    init() {}
}
