/// The 64-bit key under which the log finds the events of an issue.
package enum IssueKey {
    /// The fingerprint, mixed with the project by a bijection for each project (the finaliser of
    /// MurmurHash3), so that two fingerprints of one project never share a key; never 0.
    package static func value(project: UInt32, fingerprint: UInt64) -> UInt64 {
        var key = fingerprint ^ (UInt64(project) &* 0x9e37_79b9_7f4a_7c15)
        key ^= key >> 33
        key &*= 0xff51_afd7_ed55_8ccd
        key ^= key >> 33
        key &*= 0xc4ce_b9fe_1a85_ec53
        key ^= key >> 33
        return key == 0 ? 1 : key
    }

    package static func value(_ issue: IssueID) -> UInt64 {
        value(project: issue.project, fingerprint: issue.fingerprint)
    }
}
