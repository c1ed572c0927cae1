"""Breaks the engine on purpose, one place at a time, and sees that the trials notice.

    python3 Tests/Torture/mutations.py            # all of them
    python3 Tests/Torture/mutations.py no-sync    # one, or several by their names

Each mutation replaces one text in one file of a copy of the sources, builds `faultlog-torture` there
(the engine alone, without the packages of the server) and runs the trial that guards the place. A
trial that passes is a trial that cannot fail: the script exits with 1.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# The longest trial of a sound engine takes two minutes on two busy cores. A broken one that waits or
# turns in a circle is noticed by that.
TRIAL_SECONDS = 600
TARGETS = ("CLZ4", "CXXHash", "EventLog", "EventLogTestSupport", "faultlog-torture")

COMMIT = "Sources/EventLog/Log/GroupCommitter.swift"
# One damage in 29 is enough here, and meets every bit of a byte.
# name, file, text, what stands there instead, the trial that has to fail
MUTATIONS = [
    ("no-sync", COMMIT,
     "group.completeWritten(durableOffset: catalog.durableOffset)\n            try file.fdatasync()",
     "group.completeWritten(durableOffset: catalog.durableOffset)",
     ["crashes", "2000"]),
    ("no-directory-sync", COMMIT,
     "try new.fdatasync()\n            try store.fsyncDirectory(LogPaths.segments(directory))",
     "try new.fdatasync()",
     ["points", "20"]),
    ("no-header-sync", COMMIT,
     "try new.fdatasync()\n            try store.fsyncDirectory(LogPaths.segments(directory))",
     "try store.fsyncDirectory(LogPaths.segments(directory))",
     ["points", "20"]),
    ("sync-error-ignored", COMMIT,
     "group.completeWritten(durableOffset: catalog.durableOffset)\n            try file.fdatasync()",
     "group.completeWritten(durableOffset: catalog.durableOffset)\n            try? file.fdatasync()",
     ["crashes", "5000"]),
    ("manifest-claims-too-much", "Sources/EventLog/Manifest/ManifestKeeper.swift",
     "offset: point.nextOffset, segmentBase",
     "offset: point.nextOffset + 1, segmentBase",
     ["crashes", "2000"]),
    ("ids-not-undone", "Sources/EventLog/Log/GroupBuilder.swift",
     "ids.undo(inFlight.removeSlots(from: point.nextOffset))",
     "_ = inFlight.removeSlots(from: .max)",
     ["crashes", "5000"]),
    ("no-dedupe-in-flight", "Sources/EventLog/Log/GroupBuilder.swift",
     "if isSame { return offset }",
     "if isSame { continue }",
     ["crashes", "2000"]),
    ("payload-unchecked", "Sources/EventLog/Segment/BlockReader.swift",
     "guard Checksum.hash(frame, seed: seed.at(entry.position)) == header.frameChecksum,",
     "guard true,",
     ["damage", "29"]),
    ("digests-unchecked", "Sources/EventLog/Segment/BlockReader.swift",
     "guard Checksum.hash(stored, seed: seed.at(entry.position)) == header.sectionChecksum,",
     "guard true,",
     ["damage", "29"]),
    ("cuts-what-was-durable", "Sources/EventLog/Recovery/TailRecovery.swift",
     "if facts.nextOffset < facts.knownDurableOffset {",
     "if false {",
     ["damage", "29"]),
    ("sealed-not-synced", "Sources/EventLog/Seal/SegmentSealer.swift",
     "try file.fdatasync()\n        return .written",
     "return .written",
     ["points", "20"]),
    ("damaged-segment-sealed", "Sources/EventLog/Seal/SegmentSealer.swift",
     "guard isWhole, offset == limit else { return nil }",
     "",
     ["damage", "29"]),
    ("sealed-tail-cut", "Sources/EventLog/Recovery/TailScan.swift",
     "if segment.header.isSealed { return try scanSealed() }",
     "",
     ["damage", "29"]),
    ("torn-manifest-believed", "Sources/EventLog/Manifest/Manifest.swift",
     "Checksum.hash(bytes.part(0..<bytes.count - 8), seed: 0) == bytes.word(bytes.count - 8),",
     "true,",
     ["damage", "29"]),
    ("block-headers-unchecked", "Sources/EventLog/Format/BlockHeader.swift",
     "Checksum.hash(bytes.part(0..<Position.checksum), seed: seed.at(position))\n"
     "                == bytes.word(Position.checksum)",
     "true",
     ["damage", "29"]),
    ("segment-headers-unchecked", "Sources/EventLog/Format/SegmentHeader.swift",
     "guard sum == bytes.word(Position.checksum) else {",
     "guard sum == sum else {",
     ["damage", "29"]),
    ("index-pages-unchecked", "Sources/EventLog/Index/KeyPage.swift",
     "&& Checksum.hash(page.part(0..<byteCount - 8), seed: seed.at(position))\n"
     "                == page.word(byteCount - 8)",
     "",
     ["damage", "29"]),
    ("chunks-unchecked", "Sources/EventLog/Segment/BlockReader+Chunk.swift",
     "guard Checksum.hash(packed, seed: seed) == chunk.checksum else { return nil }",
     "",
     ["damage", "29"]),
    ("torn-block-believed", "Sources/EventLog/Recovery/TailScan.swift",
     "if try !isWhole(last, file) {",
     "if false {",
     ["points", "200"]),
    ("manifest-not-synced", "Sources/EventLog/Manifest/ManifestFiles.swift",
     "try file.truncate(to: UInt64(bytes.count))\n        try file.fdatasync()",
     "try file.truncate(to: UInt64(bytes.count))",
     ["points", "100"]),
    ("manifest-name-not-synced", "Sources/EventLog/Manifest/ManifestFiles.swift",
     "if isNew { try store.fsyncDirectory(directory) }",
     "_ = isNew",
     ["points", "100"]),
    ("dropped-before-the-manifest", "Sources/EventLog/Retention/SegmentDropper.swift",
     "try keeper.writeSegments()",
     "if dropped.isEmpty { try keeper.writeSegments() }",
     ["points", "20"]),
    ("missing-segment-forgotten", "Sources/EventLog/Recovery/SegmentAdmission.swift",
     'return gap(.missingSegment, base, next, nil, "The segment is missing.")',
     "return nil",
     ["damage", "29"]),
    ("no-dedupe-after-reopening", "Sources/EventLog/Index/EventIDIndex.swift",
     "if isReady { return }\n        try turn",
     "if !isReady || isReady { return }\n        try turn",
     ["crashes", "2000"]),
    ("no-dedupe-of-sealed", "Sources/EventLog/Index/EventIDIndex.swift",
     "found.sealedBases.append(ids.offsets.lowerBound)",
     "",
     ["crashes", "20000"]),
]


def engine_alone():
    """The package's own description, cut down to the targets of the engine."""
    text = open(os.path.join(ROOT, "Package.swift")).read()
    settings = re.search(r"let swiftSettings.*?\n\]\n", text, re.S).group(0)
    blocks = re.findall(r"\n        (\.\w+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)),?(?=\n)", text)
    chosen = [b for b in blocks if re.search(r'name: "([^"]+)"', b)
              and re.search(r'name: "([^"]+)"', b).group(1) in TARGETS and ".package" not in b
              and "targets:" not in b]
    return ("// swift-tools-version: 6.2\nimport PackageDescription\n\n" + settings
            + 'let package = Package(name: "faultlog", targets: [\n        '
            + ",\n        ".join(chosen) + "\n])\n")


def copy_sources(folder):
    for part in ("Sources/CLZ4", "Sources/CXXHash", "Sources/EventLog", "Tests/EventLogTestSupport",
                 "Tests/Torture"):
        shutil.copytree(os.path.join(ROOT, part), os.path.join(folder, part))
    with open(os.path.join(folder, "Package.swift"), "w") as file:
        file.write(engine_alone())


def build(folder):
    done = subprocess.run(
        ["swift", "build", "-c", "release", "--product", "faultlog-torture"], cwd=folder,
        capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"the mutated engine does not build:\n{done.stdout}{done.stderr}")
    return os.path.join(folder, ".build/release/faultlog-torture")


def run(program, trial):
    """Whether the trial noticed, and the last line that it printed."""
    try:
        done = subprocess.run([program, *trial], capture_output=True, text=True,
                              timeout=TRIAL_SECONDS,
                              env=os.environ | {"SWIFT_BACKTRACE": "enable=no"})
    except subprocess.TimeoutExpired:
        return True, f"did not end within {TRIAL_SECONDS} s"
    return done.returncode != 0, (done.stdout.strip().splitlines() or ["no output"])[-1]


def main():
    wanted = sys.argv[1:]
    survived = []
    with tempfile.TemporaryDirectory(prefix="faultlog-mutations-") as folder:
        copy_sources(folder)
        for name, path, text, other, trial in MUTATIONS:
            if wanted and name not in wanted:
                continue
            target = os.path.join(folder, path)
            source = open(target).read()
            if source.count(text) != 1:
                raise SystemExit(f"{name}: the text stands {source.count(text)} times in {path}")
            with open(target, "w") as file:
                file.write(source.replace(text, other))
            program = build(folder)
            started = time.monotonic()
            noticed, last = run(program, trial)
            with open(target, "w") as file:
                file.write(source)
            print(f"{name}: {'noticed' if noticed else 'NOT NOTICED'} by {' '.join(trial)} "
                  f"in {time.monotonic() - started:.0f} s: {last}", flush=True)
            if not noticed:
                survived.append(name)
    if survived:
        raise SystemExit(f"{len(survived)} mutations were not noticed: {', '.join(survived)}")


main()
