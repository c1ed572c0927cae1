import EventLogTestSupport
import Glibc

/// What libFuzzer calls: one program, whose target is named by the environment.
///
///     FAULTLOG_FUZZ=log ./fuzz -max_total_time=60 CORPUS
///
/// A target gets any bytes and must neither trap nor leave memory of its own; what it promises
/// beside that it checks with a precondition.
enum FuzzTarget: String, CaseIterable {
    /// Fields of the files of a small log changed, with the checksums made to fit again.
    case log
    /// A file taken as an open or a sealed segment, as it is and with checksums that fit.
    case segment
    /// One block behind a header that is whole.
    case block
    /// A file taken as a manifest, as it is and with a checksum that fits, beside a real log.
    case manifest
    /// A digest section that nothing has checked before.
    case section
    /// LZ4 blocks and frames.
    case lz4
    /// Names of files in the directory.
    case names
    /// The file of an id group, as it is and with a checksum that fits.
    case group
    /// The text of a stack.
    case stack
    /// A source map as it is uploaded.
    case sourcemap
    /// A stored source map, as it is and with a header that fits.
    case storedmap
    /// A generated file, or the source of one.
    case script
    /// Archives, as they are and with lists and checksums that fit, and the forms that bring them.
    case bundle
    /// JSON text.
    case json
    /// Envelopes, and the events in them all the way to a record.
    case envelope
    /// Payloads from which secrets are taken.
    case scrubber
    /// Bodies with a Content-Encoding.
    case coding
    /// The heads of plain requests to ingest.
    case head
    /// What a client of the stream sends.
    case stream
    /// The search of the issue list.
    case search

    func run(_ input: [UInt8]) {
        switch self {
        case .log: ForgedLog.shared.run(input)
        case .segment: ForgedFiles.runSegment(input)
        case .block: ForgedFiles.runBlock(input)
        case .manifest: ForgedFiles.runManifest(input)
        case .section: ForgedParts.runSection(input)
        case .lz4: ForgedParts.runLZ4(input)
        case .names: ForgedFiles.runNames(input)
        case .group: ForgedFiles.runGroup(input)
        case .stack: StackTexts.run(input)
        case .sourcemap: SourceMapTexts.runMap(input)
        case .storedmap: SourceMapTexts.runStored(input)
        case .script: SourceMapTexts.runScript(input)
        case .bundle: Bundles.run(input)
        case .json: Texts.runJSON(input)
        case .envelope: Texts.runEnvelope(input)
        case .scrubber: Texts.runScrubber(input)
        case .coding: Wire.runCoding(input)
        case .head: Wire.runHead(input)
        case .stream: Wire.runStream(input)
        case .search: SearchTexts.run(input)
        }
    }

    /// The target that the environment names.
    static let chosen: FuzzTarget = {
        let name = getenv("FAULTLOG_FUZZ").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            fatalError("FAULTLOG_FUZZ is none of \(allCases.map(\.rawValue))")
        }
        return target
    }()
}

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
