/// Why the events of a request are not taken, and for how long none will be.
struct OverLimit: Hashable, Sendable {
    /// The raw values are the reasons in counts, records and headers.
    enum Reason: String, Sendable {
        /// More at a time than the project may send.
        case rate = "rate_limit"
        /// More in this month.
        case quota
    }

    var reason: Reason
    /// From 1 to 3600: limits may be changed, so nobody is told to wait longer.
    var seconds: Int
}
