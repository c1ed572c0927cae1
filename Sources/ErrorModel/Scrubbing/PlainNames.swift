/// The names of fields that SDKs send in every event and that are none of a secret, told by two
/// words.
///
/// Names that are not here are looked at letter by letter, with the same answer. Those with a role are
/// all here.
struct PlainNames {
    /// What else a name says.
    enum Role: UInt8 {
        case none
        /// Its value names another value.
        case naming
        /// At the top of a payload: names in its value are those of programs, not of values.
        case programs
    }

    private static let roles: [(names: [String], role: Role)] = [
        (["key", "name"], .naming), (["modules", "sdk", "debug_meta", "debugIds"], .programs),
    ]

    /// Each name in the place that its hash gives it, filled up with zeros.
    private let slots: UnsafePointer<Slot>

    /// The first and the last bytes of a name, which overlap, so that nothing behind it is read.
    private struct Slot: Equatable {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var count: UInt32 = 0
        var role = Role.none

        /// Ten times as many as names, so that few share one; a payload touches some of them.
        static let bits: UInt64 = 12

        @inline(__always)
        func hasName(of other: Slot) -> Bool {
            first == other.first && last == other.last && count == other.count
        }

        @inline(__always)
        var place: Int {
            let mixed = first &* 0x9E37_79B9_7F4A_7C15 ^ last &* 0xC2B2_AE3D_27D4_EB4F
            return Int(truncatingIfNeeded: mixed &>> (64 - Self.bits))
        }
    }

    /// Nil where the name is not known to be no secret's.
    @inline(__always)
    func role(_ name: UnsafeRawBufferPointer) -> Role? {
        guard let slot = Self.slot(name) else { return nil }
        let place = slots + slot.place
        return place.pointee.hasName(of: slot) ? place.pointee.role : nil
    }

    /// Nil for names of one byte, or of more than sixteen.
    @inline(__always)
    private static func slot(_ name: UnsafeRawBufferPointer) -> Slot? {
        guard let base = name.baseAddress else { return nil }
        let count = UInt32(truncatingIfNeeded: name.count)
        switch name.count {
        case 8...16:
            return Slot(
                first: base.loadUnaligned(as: UInt64.self),
                last: base.loadUnaligned(fromByteOffset: name.count &- 8, as: UInt64.self),
                count: count)
        case 4...7:
            return Slot(
                first: UInt64(base.loadUnaligned(as: UInt32.self)),
                last: UInt64(base.loadUnaligned(fromByteOffset: name.count &- 4, as: UInt32.self)),
                count: count)
        case 2...3:
            return Slot(
                first: UInt64(base.loadUnaligned(as: UInt16.self)),
                last: UInt64(base.loadUnaligned(fromByteOffset: name.count &- 2, as: UInt16.self)),
                count: count)
        default: return nil
        }
    }

    /// Made once and never freed; nobody writes to it once the closure has returned.
    nonisolated(unsafe) static let shared: PlainNames = {
        let count = 1 << Int(Slot.bits)
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
        slots.initialize(repeating: Slot(), count: count)
        func add(_ name: String, _ role: Role) {
            Array(name.utf8).withUnsafeBytes { name in
                guard SensitiveKey.classify(name) == .none, var slot = slot(name) else { return }
                slot.role = role
                // Of two in one place the first stays: it is the more common one.
                if slots[slot.place] == Slot() { slots[slot.place] = slot }
            }
        }
        for (names, role) in roles {
            for name in names { add(name, role) }
        }
        for name in names { add(name, .none) }
        return PlainNames(slots: UnsafePointer(slots))
    }()

    /// Of the Sentry protocol and of our own, the common ones first.
    static let names: [String] = """
        filename function lineno colno in_app module abs_path context_line pre_context post_context \
        timestamp type value values category message level data vars name version url method \
        handled mechanism stacktrace frames exception breadcrumbs event_id platform environment \
        release server_name transaction transaction_info user id email username segment tags extra \
        contexts trace trace_id span_id parent_span_id op status status_code description origin sdk \
        packages integrations modules request headers query_string env fingerprint logger logentry \
        formatted params threads crashed current main stack_start package instruction_addr addr_mode \
        symbol symbol_addr image_addr image_size debug_meta images debug_id debug_file code_file \
        code_id arch raw_function lock held_locks thread_id thread runtime os browser device app gpu \
        culture response body_size build kernel_version raw_description rooted model model_id family \
        brand screen_density screen_dpi orientation memory_size free_memory processor_count cpu_description \
        boot_time locale timezone calendar display_name app_start_time app_identifier app_name app_version \
        app_build app_memory in_foreground view_names source meta errors dist site start_timestamp \
        sampled sample_rate sample_rand public_key org_id trace_state replay_id replay_type urls \
        error_ids segment_id span_description spans measurements unit duration exclusive_time same_process_as_parent \
        feedback contact_email associated_event_id rating is_exception_group exception_id parent_id \
        source_code synthetic help_link file from to arguments args kwargs self cls hostname path host \
        port scheme fragment state reason code phase component component_stack count total index key \
        Accept Accept-Encoding Accept-Language Content-Type Content-Length Connection Host User-Agent \
        Referer Origin X-Request-Id X-Forwarded-Proto Cache-Control DNT Pragma \
        http.method http.status_code http.url http.query http.fragment http.response db.system db.name \
        db.operation db.statement net.peer.name net.peer.port code.function code.lineno code.filepath \
        subject query result size length width height language title time date action event events \
        target label text content format mode offset limit page items item order customer product \
        price amount currency region zone shard tier plan role group team tenant account session
        """.split(separator: " ").map(String.init)
}
