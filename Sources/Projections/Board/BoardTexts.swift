/// The titles and culprits of issues, folded, in one piece of memory.
///
/// What a text leaves behind that has become longer is given back when it is half of the whole.
struct BoardTexts {
    /// Where the texts of a place are: the title as it is shown, then the culprit.
    private struct Entry {
        var start: Int
        var room: Int
        var titleCount: Int
        /// The value is what the title ends with.
        var valueCount: Int
        var culpritCount: Int

        var count: Int { titleCount + culpritCount }
    }

    private var entries: [Entry] = []
    private var trigrams = TrigramIndex()
    private var bytes: [UInt8] = []
    private var usedByteCount = 0
    /// Where a text is put together.
    private var scratch: [UInt8] = []

    /// About the memory that it takes.
    var byteCount: Int {
        bytes.count + trigrams.byteCount + entries.count * MemoryLayout<Entry>.stride
    }

    /// Adds a place without texts.
    mutating func append() {
        entries.append(Entry(start: 0, room: 0, titleCount: 0, valueCount: 0, culpritCount: 0))
        trigrams.reserve(entries.count)
    }

    mutating func set(_ place: Int, type: String, value: String, culprit: String) {
        scratch.removeAll(keepingCapacity: true)
        FoldedText.append(
            IssueSummary.title(type: type, value: value), to: &scratch)
        let titleCount = scratch.count
        FoldedText.append(culprit, to: &scratch)
        var entry = entries[place]
        entry.valueCount = value.utf8.count
        let isSame =
            titleCount == entry.titleCount && scratch.count == entry.count
            && bytes[entry.start..<entry.start + entry.count].elementsEqual(scratch)
        // Mostly an issue's next event says what the one before has said.
        if isSame {
            entries[place] = entry
            return
        }
        let before = trigramSet(of: place)
        usedByteCount -= entry.room
        if scratch.count > entry.room {
            entry.start = bytes.count
            entry.room = scratch.count
            bytes.append(contentsOf: scratch)
        } else {
            bytes.replaceSubrange(entry.start..<entry.start + scratch.count, with: scratch)
        }
        entry.titleCount = titleCount
        entry.culpritCount = scratch.count - titleCount
        usedByteCount += entry.room
        entries[place] = entry
        trigrams.flip(before.symmetricDifference(trigramSet(of: place)), at: place)
        if bytes.count > 2 * usedByteCount + Self.wasteByteLimit { compact() }
    }

    /// Of its title, and of its culprit.
    private func trigramSet(of place: Int) -> TrigramSet {
        let entry = entries[place]
        return bytes.withUnsafeBytes { bytes in
            var set = TrigramSet()
            let titleEnd = entry.start + entry.titleCount
            for text in [entry.start..<titleEnd, titleEnd..<titleEnd + entry.culpritCount] {
                set.insert(allOf: UnsafeRawBufferPointer(rebasing: bytes[text]))
            }
            return set
        }
    }

    /// The last place takes the place of this one.
    mutating func remove(_ place: Int) {
        let last = entries.count - 1
        usedByteCount -= entries[place].room
        let sets = (trigramSet(of: place), trigramSet(of: last))
        trigrams.flip(sets.1, at: last)
        if place != last { trigrams.flip(sets.0.symmetricDifference(sets.1), at: place) }
        entries.swapAt(place, last)
        entries.removeLast()
    }

    /// Below this nothing is moved: it costs more than the memory is worth.
    private static let wasteByteLimit = 1 << 20

    private mutating func compact() {
        var packed: [UInt8] = []
        packed.reserveCapacity(usedByteCount)
        for place in entries.indices {
            let entry = entries[place]
            entries[place].start = packed.count
            entries[place].room = entry.count
            packed.append(contentsOf: bytes[entry.start..<entry.start + entry.count])
        }
        bytes = packed
        usedByteCount = packed.count
    }

    // MARK: searching

    enum Part {
        case title
        case value
        case culprit
        /// One of the two has it.
        case titleOrCulprit
    }

    /// Those of `places` whose text fits.
    func find(_ pattern: FoldedPattern, in part: Part, of places: PlaceSet) -> PlaceSet {
        let candidates = trigrams.candidates(pattern.trigrams, of: places)
        return pattern.withMatcher { matcher in
            bytes.withUnsafeBytes { bytes in
                entries.withUnsafeBufferPointer { entries in
                    candidates.filter { place in
                        let entry = entries[place]
                        let titleEnd = entry.start + entry.titleCount
                        func fits(_ range: Range<Int>) -> Bool {
                            matcher.fits(UnsafeRawBufferPointer(rebasing: bytes[range]))
                        }
                        switch part {
                        case .title: return fits(entry.start..<titleEnd)
                        case .value: return fits(titleEnd - entry.valueCount..<titleEnd)
                        case .culprit: return fits(titleEnd..<titleEnd + entry.culpritCount)
                        case .titleOrCulprit:
                            return fits(entry.start..<titleEnd)
                                || fits(titleEnd..<titleEnd + entry.culpritCount)
                        }
                    }
                }
            }
        }
    }
}
