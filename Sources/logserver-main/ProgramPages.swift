import Foundation

/// Gives back the memory of the program's own code and constants that is not needed any more.
///
/// The program's file is mapped, and what is touched of it once stays in memory, 16 pages around each
/// place; of some 38 MB after the start nearly all was needed by the start alone. What is needed again
/// comes back from the kernel's cache of files, a microsecond or two for each 64 KiB.
enum ProgramPages {
    /// Safe from any thread, and while the program runs in them: only mappings are given back of which the
    /// kernel says that no page differs from the file.
    static func giveBack() {
        guard
            let program = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/exe"),
            let text = try? String(contentsOfFile: "/proc/self/smaps", encoding: .utf8)
        else { return }
        for range in unchanged(of: program, text) {
            madvise(
                UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
        }
    }

    /// The read-only mappings of a file without a page of their own, from the text of `smaps` (proc(5)).
    private static func unchanged(of path: String, _ text: String) -> [Range<UInt>] {
        var found: [Range<UInt>] = []
        var mapping: Range<UInt>?
        for line in text.split(separator: "\n") {
            // 55d0c0000000-55d0c0001000 r-xp 00000000 08:01 1234   /path
            if let range = range(line) {
                let words = line.split(separator: " ", maxSplits: 5)
                let isWanted =
                    words.count == 6 && words[1].hasPrefix("r-")
                    && words[5].drop { $0 == " " } == path[...]
                mapping = isWanted ? range : nil
            } else if let range = mapping, line.hasPrefix("Anonymous:") {
                let words = line.split(separator: " ")
                if words.count == 3, words[1] == "0" { found.append(range) }
                mapping = nil
            }
        }
        return found
    }

    private static func range(_ line: Substring) -> Range<UInt>? {
        let bounds = line.prefix { $0 != " " }.split(separator: "-")
        guard bounds.count == 2, let start = UInt(bounds[0], radix: 16),
            let end = UInt(bounds[1], radix: 16), start < end
        else { return nil }
        return start..<end
    }
}
