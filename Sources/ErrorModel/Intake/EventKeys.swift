/// The 64-bit keys under which events are indexed; 0 always means "none".
package enum EventKeys {
    /// The issue that a fingerprint stands for in a project.
    ///
    /// For each project this is a bijection of the fingerprint, so that two fingerprints never
    /// meet, with one exception: the fingerprint that would give 0 shares the key 1.
    package static func issue(project: UInt32, fingerprint: UInt64) -> UInt64 {
        let key = mix(fingerprint ^ mix(UInt64(project) &+ 0x9E37_79B9_7F4A_7C15))
        return key == 0 ? 1 : key
    }

    /// Finds the records by which projects were regrouped; stands in the place of an issue.
    package static let regroupings = mix(0x7265_6772_6F75_7073)

    /// A user of a project: keyed with the project's salt, so that it is meaningless without it.
    package static func user(_ key: UnsafeRawBufferPointer, salt: [UInt8]) -> UInt64 {
        salted(key, domain: "user", salt: salt)
    }

    package static func user(_ key: String, salt: [UInt8]) -> UInt64 {
        var key = key
        return key.withUTF8 { user(UnsafeRawBufferPointer($0), salt: salt) }
    }

    /// An account of a project, keyed likewise; in a domain of its own.
    package static func account(_ key: UnsafeRawBufferPointer, salt: [UInt8]) -> UInt64 {
        salted(key, domain: "account", salt: salt)
    }

    package static func account(_ key: String, salt: [UInt8]) -> UInt64 {
        var key = key
        return key.withUTF8 { account(UnsafeRawBufferPointer($0), salt: salt) }
    }

    /// A trace id of any form; dashes and case do not matter.
    package static func trace(_ id: UnsafeRawBufferPointer) -> UInt64 { plain(id) }

    package static func trace(_ id: String) -> UInt64 {
        var id = id
        return id.withUTF8 { plain(UnsafeRawBufferPointer($0)) }
    }

    /// A session id; dashes and case do not matter.
    package static func session(_ id: UnsafeRawBufferPointer) -> UInt64 { plain(id) }

    package static func session(_ id: String) -> UInt64 { trace(id) }

    /// What speaks about an event or a replay: stands in the place of a trace, in a domain of its own.
    package static func about(_ id: EventID) -> UInt64 {
        let key = mix(id.high ^ mix(id.low &+ 0xD1B5_4A32_D192_ED03))
        return key == 0 ? 1 : key
    }

    /// A session's key once its person is erased: as distinct as before, and no longer its own.
    package static func session(_ key: UInt64, standIn: UInt64) -> UInt64 { mix(key ^ standIn) }

    /// SHA-256(salt, domain, 0, key), its first 8 bytes.
    private static func salted(
        _ key: UnsafeRawBufferPointer, domain: StaticString, salt: [UInt8]
    ) -> UInt64 {
        if key.isEmpty { return 0 }
        let domainBytes = UnsafeRawBufferPointer(
            start: domain.utf8Start, count: domain.utf8CodeUnitCount)
        let count = salt.count + domainBytes.count + 1 + key.count
        let hash = withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { input in
            let afterSalt = salt.count + domainBytes.count
            salt.withUnsafeBytes { input.copyMemory(from: $0) }
            UnsafeMutableRawBufferPointer(rebasing: input[salt.count...])
                .copyMemory(from: domainBytes)
            input[afterSalt] = 0
            UnsafeMutableRawBufferPointer(rebasing: input[(afterSalt + 1)...])
                .copyMemory(from: key)
            return Digest64.sha256(UnsafeRawBufferPointer(input))
        }
        return hash == 0 ? 1 : hash
    }

    /// FNV-1a over the id in lower case without dashes, mixed.
    private static func plain(_ id: UnsafeRawBufferPointer) -> UInt64 {
        if id.isEmpty { return 0 }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id where byte != UInt8(ascii: "-") {
            hash = (hash ^ UInt64(ASCII.lowered(byte))) &* 0x100_0000_01B3
        }
        let key = mix(hash)
        return key == 0 ? 1 : key
    }

    /// A bijection of 64 bits in which every input bit touches every output bit (the finaliser of
    /// SplitMix64).
    static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
