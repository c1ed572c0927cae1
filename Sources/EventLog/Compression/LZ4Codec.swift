internal import CLZ4

/// Compresses LZ4 blocks with a working memory that is made once.
///
/// One thread at a time.
final class LZ4Compressor {
    /// How much work goes into a block.
    enum Effort {
        /// As the writer does it: fast.
        case fast
        /// As the sealer does it: a third smaller, a tenth as fast, decoded at the same speed.
        case high
        /// As the sealer does it in a hurry: twice as fast, 5 % larger.
        case quick
    }

    private let effort: Effort
    private let state: UnsafeMutableRawPointer

    init(_ effort: Effort = .fast) {
        self.effort = effort
        let byteCount =
            switch effort {
            case .fast: LZ4_sizeofState()
            case .high, .quick: LZ4_sizeofStateHC()
            }
        state = .allocate(byteCount: Int(byteCount), alignment: 16)
    }

    deinit { state.deallocate() }

    /// The most bytes that `count` plain bytes may become.
    static func bound(_ count: Int) -> Int { Int(LZ4_compressBound(Int32(count))) }

    /// Compresses into `target` and returns the count, or 0 when it does not fit.
    func compress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) -> Int {
        let plain = source.bindMemory(to: CChar.self).baseAddress
        let packed = target.bindMemory(to: CChar.self).baseAddress
        let count =
            switch effort {
            case .fast:
                LZ4_compress_fast_extState(
                    state, plain, packed, Int32(source.count), Int32(target.count), 1)
            case .high, .quick:
                LZ4_compress_HC_extStateHC(
                    state, plain, packed, Int32(source.count), Int32(target.count),
                    effort == .high ? Self.highLevel : Self.quickLevel)
            }
        return max(0, Int(count))
    }

    /// liblz4's own default: level 12 saves 0.7 % more and takes more than twice as long.
    private static let highLevel: Int32 = 9
    /// The least that is worth its name: level 2 saves only half as much.
    private static let quickLevel: Int32 = 3
}

/// Decodes LZ4 blocks and frames with a context that is made once.
///
/// One thread at a time.
final class LZ4Decoder {
    private let context: OpaquePointer

    init() {
        var context: OpaquePointer?
        let code = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(code) == 0, let context else {
            fatalError("no memory for an LZ4 decoder")
        }
        self.context = context
    }

    deinit { LZ4F_freeDecompressionContext(context) }

    /// Decodes one LZ4 block; true when it fills `target` exactly.
    func decodeBlock(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let count = LZ4_decompress_safe(
            source.bindMemory(to: CChar.self).baseAddress,
            target.bindMemory(to: CChar.self).baseAddress,
            Int32(source.count), Int32(target.count))
        return Int(count) == target.count
    }

    /// Decodes one LZ4 block up to the end of `target`; true when it fills it.
    ///
    /// Bytes behind that are neither decoded nor checked.
    func decodeStart(
        of source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let count = LZ4_decompress_safe_partial(
            source.bindMemory(to: CChar.self).baseAddress,
            target.bindMemory(to: CChar.self).baseAddress,
            Int32(source.count), Int32(target.count), Int32(target.count))
        return Int(count) == target.count
    }

    /// Decodes one whole LZ4 frame; true when it is used up and fills `target` exactly.
    func decodeFrame(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        LZ4F_resetDecompressionContext(context)
        var read = 0
        var written = 0
        while true {
            var sourceCount = source.count - read
            var targetCount = target.count - written
            let hint = LZ4F_decompress(
                context,
                target.baseAddress.map { $0 + written }, &targetCount,
                source.baseAddress.map { $0 + read }, &sourceCount, nil)
            if LZ4F_isError(hint) != 0 { return false }
            read += sourceCount
            written += targetCount
            if hint == 0 { return read == source.count && written == target.count }
            if sourceCount == 0 && targetCount == 0 { return false }
        }
    }
}
