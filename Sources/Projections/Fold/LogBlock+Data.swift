import EventLog

extension LogBlock {
    /// The `data` of the state record at `index`, JSON: its digest is its data.
    func data(at index: Int) -> [UInt8] {
        Array(section[digestRange(at: index)])
    }
}
