#!/usr/bin/env bash
# Fuzzes every decoder of bytes from the disk with libFuzzer, and fails on a crash.
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
[ "${#targets[@]}" -gt 0 ] || targets=(log segment block manifest section lz4 names)
build="${FUZZ_BUILD:-.build/fuzz}"
corpus="${FUZZ_CORPUS:-$build/corpus}"
mkdir -p "$build"

# The swift compiler alone: a package has no way to give the entry to libFuzzer.
flags=(-O -wmo -parse-as-library -enable-testing -swift-version 6 -package-name faultlog
    -sanitize=fuzzer,address -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility
    -I Sources/CLZ4 -I Sources/CXXHash -I "$build")
module() {
    local name="$1" folder="$2"
    local sources
    mapfile -t sources < <(find "$folder" -name '*.swift' | sort)
    swiftc "${flags[@]}" -module-name "$name" -emit-module -emit-module-path \
        "$build/$name.swiftmodule" -c "${sources[@]}" -o "$build/$name.o"
}
module EventLog Sources/EventLog
module EventLogTestSupport Tests/EventLogTestSupport
swiftc "${flags[@]}" -module-name FaultlogFuzz Tests/Fuzz/*.swift "$build/EventLog.o" \
    "$build/EventLogTestSupport.o" -llz4 -lxxhash -o "$build/fuzz" 2>"$build/link.log" \
    || { grep -E 'error' "$build/link.log" >&2; exit 1; }

# No leak check: the runtime keeps what it has made. A crash is enough, no trace of it is made.
export ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no
failed=()
for target in "${targets[@]}"; do
    mkdir -p "$corpus/$target" "$build/crashes"
    case "$target" in
        segment) cp Tests/EventLogTests/Golden/*.seg "$corpus/$target/" ;;
        block) for golden in 1 2; do
            # A block of its own, behind the byte that says whether the segment is sealed.
            { printf '\x0'"$golden"; tail -c +4097 "Tests/EventLogTests/Golden/segment-v$golden.seg" \
                | head -c 4096; } >"$corpus/$target/golden-$golden"
        done ;;
    esac
    log="$build/$target.log"
    if FAULTLOG_FUZZ="$target" "$build/fuzz" -max_total_time="$seconds" -timeout=20 \
        -rss_limit_mb=4096 -max_len=65536 -artifact_prefix="$build/crashes/$target-" \
        "$corpus/$target" </dev/null >"$log" 2>&1; then
        echo "fuzz $target: $(grep -oE 'Done [0-9]+ runs in [0-9]+ second' "$log" | tail -1)s, no crash," \
            "$(find "$corpus/$target" -type f | wc -l) inputs kept"
    else
        echo "fuzz $target: FAILS"
        grep -E 'Fatal error|ERROR|SUMMARY|Test unit written' "$log" | head -5 || true
        failed+=("$target")
    fi
done
[ "${#failed[@]}" -eq 0 ] || { echo "${#failed[@]} targets fail: ${failed[*]}"; exit 1; }
