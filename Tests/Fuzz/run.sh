#!/usr/bin/env bash
# Fuzzes every decoder of bytes from the disk, and the parser of stacks, with libFuzzer; fails on a crash.
#
#     Tests/Fuzz/run.sh SECONDS [TARGET…]     SECONDS for each target
#
# FUZZ_BUILD    where to build (default .build/fuzz)
# FUZZ_CORPUS   inputs that are kept and go on growing (default $FUZZ_BUILD/corpus)
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds="${1:?seconds for each target}"
shift
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=(log segment block manifest section lz4 names group stack)
build="${FUZZ_BUILD:-.build/fuzz}"
corpus="${FUZZ_CORPUS:-$build/corpus}"
mkdir -p "$build"

# The swift compiler alone: a package has no way to give the entry to libFuzzer.
flags=(-O -wmo -parse-as-library -enable-testing -swift-version 6 -package-name faultlog -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility
    -I Sources/CLZ4 -I Sources/CXXHash -I "$build")
module() {
    local name="$1" folder="$2" sanitizers="$3"
    local sources
    mapfile -t sources < <(find "$folder" -name '*.swift' | sort)
    swiftc "${flags[@]}" "-sanitize=$sanitizers" -module-name "$name" -emit-module -emit-module-path \
        "$build/$name.swiftmodule" -c "${sources[@]}" -o "$build/$name.o"
}
module EventLog Sources/EventLog fuzzer,address
# The part of the model that reads text; it needs no other package.
swiftc "${flags[@]}" -sanitize=fuzzer,address -module-name ErrorModel -emit-module -emit-module-path \
    "$build/ErrorModel.swiftmodule" -c Sources/ErrorModel/{Stacks,JSON}/*.swift Sources/ErrorModel/Stacks/*/*.swift \
    Sources/ErrorModel/Fingerprint/{FrameLanguage,FileName,ContentHash}.swift Sources/ErrorModel/Event/Timestamp*.swift \
    -o "$build/ErrorModel.o"
# What new inputs reach in the simulated disk is not news.
module EventLogTestSupport Tests/EventLogTestSupport address
swiftc "${flags[@]}" -sanitize=fuzzer,address -module-name FaultlogFuzz Tests/Fuzz/*.swift "$build/EventLog.o" \
    "$build/EventLogTestSupport.o" "$build/ErrorModel.o" -llz4 -lxxhash -o "$build/fuzz" 2>"$build/link.log" \
    || { grep -E 'error' "$build/link.log" >&2; exit 1; }

# No leak check: the runtime keeps what it has made. A crash is enough, no trace of it is made. A small
# quarantine, no stacks of allocations, no filling: large buffers come and go with every input.
export ASAN_OPTIONS=detect_leaks=0:malloc_context_size=0:quarantine_size_mb=16:max_malloc_fill_size=0
export SWIFT_BACKTRACE=enable=no

seed_corpus() {
    mkdir -p "$corpus/$1" "$build/crashes"
    # What once made a target fail.
    if [ -d "Tests/Fuzz/Found/$1" ]; then cp "Tests/Fuzz/Found/$1/"* "$corpus/$1/"; fi
    case "$1" in
        stack) cp Tests/Fuzz/Stacks/* "$corpus/$1/" ;;
        segment) cp Tests/EventLogTests/Golden/*.seg "$corpus/$1/" ;;
        block) for golden in 1 2; do
            # A block of its own, behind the byte that says whether the segment is sealed.
            { printf '\x0'"$golden"; tail -c +4097 "Tests/EventLogTests/Golden/segment-v$golden.seg" \
                | head -c 4096; } >"$corpus/$1/golden-$golden"
        done ;;
    esac
}

# A sealed golden file has 40 KiB; fields of a log need no more than a few changes.
longest() { case "$1" in segment) echo 65536 ;; block) echo 16384 ;; log) echo 240 ;; *) echo 8192 ;; esac; }

fuzz() {
    local target="$1" log="$build/$1.log"
    seed_corpus "$target"
    if FAULTLOG_FUZZ="$target" "$build/fuzz" -max_total_time="$seconds" -timeout=60 -len_control=0 \
        -rss_limit_mb=4096 -max_len="$(longest "$target")" \
        -artifact_prefix="$build/crashes/$target-" "$corpus/$target" </dev/null >"$log" 2>&1; then
        echo "fuzz $target: $(grep -oE 'Done [0-9]+ runs in [0-9]+ second' "$log" | tail -1)s," \
            "no crash, $(find "$corpus/$target" -type f | wc -l) inputs kept"
    else
        echo "fuzz $target: FAILS"
        grep -aE 'FUZZ:|Fatal error|ERROR|SUMMARY|Test unit written' "$log" | head -5 || true
        return 1
    fi
}

# As many at once as there are processors.
failures=0
for target in "${targets[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        wait -n || failures=$((failures + 1))
    done
    fuzz "$target" &
done
while [ -n "$(jobs -rp)" ]; do wait -n || failures=$((failures + 1)); done
# Those that ended between two looks.
for job in $(jobs -p); do wait "$job" || failures=$((failures + 1)); done
[ "$failures" -eq 0 ] || { echo "$failures targets fail"; exit 1; }
