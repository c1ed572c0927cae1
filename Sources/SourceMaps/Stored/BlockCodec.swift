/// Writes and reads the segments of one block; each as its difference to the one before.
///
/// A segment is a byte of marks and then, in this order and where the marks say so: the line's
/// difference and the column (a new line), else the column's difference (7 and more); the source's,
/// the original line's and the original column's difference; the name's difference. Numbers have
/// seven bits a byte, the lowest first; signed ones alternate (0, -1, 1, -2, ...). Before a block all
/// is 0.
enum BlockCodec {
    static let newLine: UInt8 = 1
    static let mapped: UInt8 = 2
    static let newSource: UInt8 = 4
    static let newOriginalLine: UInt8 = 8
    static let named: UInt8 = 16
    /// The upper three bits are the column's difference; all set: it follows.
    static let columnShift: UInt8 = 5
    static let columnFollows: UInt8 = 7
    /// Most bytes of one segment: its marks and six numbers of five bytes.
    static let segmentByteLimit = 31

    /// What a segment is written as the difference to.
    struct State {
        var line: UInt32 = 0
        var column: UInt32 = 0
        var source: UInt32 = 0
        var originalLine: UInt32 = 0
        var originalColumn: UInt32 = 0
        var name: UInt32 = 0

        var key: UInt64 { UInt64(line) << 32 | UInt64(column) }
    }

    static func append(
        _ segment: Segment, line: UInt32, _ state: inout State, to bytes: inout [UInt8]
    ) {
        let place = bytes.count
        var marks: UInt8 = 0
        bytes.append(0)
        if line != state.line {
            marks |= newLine
            append(line &- state.line, to: &bytes)
            append(segment.column, to: &bytes)
        } else {
            let step = segment.column &- state.column
            if step < columnFollows {
                marks |= UInt8(step) << columnShift
            } else {
                marks |= columnFollows << columnShift
                append(step, to: &bytes)
            }
        }
        state.line = line
        state.column = segment.column
        if segment.isMapped {
            marks |= mapped
            if segment.source != state.source {
                marks |= newSource
                append(zigzag(segment.source, from: state.source), to: &bytes)
                state.source = segment.source
            }
            if segment.originalLine != state.originalLine {
                marks |= newOriginalLine
                append(zigzag(segment.originalLine, from: state.originalLine), to: &bytes)
                state.originalLine = segment.originalLine
            }
            append(zigzag(segment.originalColumn, from: state.originalColumn), to: &bytes)
            state.originalColumn = segment.originalColumn
            if segment.name != Segment.none {
                marks |= named
                append(zigzag(segment.name, from: state.name), to: &bytes)
                state.name = segment.name
            }
        }
        bytes[place] = marks
    }

    /// The difference modulo 2^32, so that each pair of numbers has one of 32 bits.
    private static func zigzag(_ value: UInt32, from base: UInt32) -> UInt32 {
        let difference = Int32(bitPattern: value &- base)
        return UInt32(bitPattern: (difference << 1) ^ (difference >> 31))
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }
}

/// Reads a block forwards; nil at its end or where it is damaged, never past its bytes.
struct BlockReader {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0
    private(set) var state = BlockCodec.State()

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next segment, whose line is then `state.line`.
    @inline(__always)
    mutating func next() -> Segment? {
        guard place < bytes.count else { return nil }
        let marks = bytes[place]
        place += 1
        if marks & BlockCodec.newLine != 0 {
            guard let step = number(), let column = number() else { return nil }
            state.line = state.line &+ step
            state.column = column
        } else {
            let step = marks >> BlockCodec.columnShift
            if step == BlockCodec.columnFollows {
                guard let step = number() else { return nil }
                state.column = state.column &+ step
            } else {
                state.column = state.column &+ UInt32(step)
            }
        }
        var segment = Segment(column: state.column)
        if marks & BlockCodec.mapped == 0 { return segment }
        if marks & BlockCodec.newSource != 0 {
            guard let step = signed() else { return nil }
            state.source = state.source &+ step
        }
        if marks & BlockCodec.newOriginalLine != 0 {
            guard let step = signed() else { return nil }
            state.originalLine = state.originalLine &+ step
        }
        guard let step = signed() else { return nil }
        state.originalColumn = state.originalColumn &+ step
        segment.source = state.source
        segment.originalLine = state.originalLine
        segment.originalColumn = state.originalColumn
        if marks & BlockCodec.named != 0 {
            guard let step = signed() else { return nil }
            state.name = state.name &+ step
            segment.name = state.name
        }
        return segment
    }

    @inline(__always)
    private mutating func number() -> UInt32? {
        guard place < bytes.count else { return nil }
        let first = bytes[place]
        place += 1
        if first < 0x80 { return UInt32(first) }
        return rest(of: first)
    }

    @inline(__always)
    private mutating func rest(of first: UInt8) -> UInt32? {
        var value = UInt32(first & 0x7F)
        var shift: UInt32 = 7
        while place < bytes.count, shift < 35 {
            let byte = bytes[place]
            place += 1
            value |= UInt32(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// The difference, to be added modulo 2^32.
    @inline(__always)
    private mutating func signed() -> UInt32? {
        guard let value = number() else { return nil }
        return value >> 1 ^ (0 &- (value & 1))
    }
}
