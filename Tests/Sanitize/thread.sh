#!/usr/bin/env bash
# The tests under the thread sanitizer: Tests/Sanitize/thread.sh [what `swift test --filter` takes]...
#
# In a copy, where `Mutex` is a lock that the sanitizer knows (Tests/Sanitize/Mutex.swift). Takes half an
# hour on two cores, most of it to build. SANITIZE_DIR: the copy, kept for the next time (default: a new one).
# 0: all tests passed and no race was reported.
set -euo pipefail
cd "$(dirname "$0")/../.."
copy="${SANITIZE_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/faultlog-sanitize.XXXXXX")}"
mkdir -p "$copy"
copy="$(realpath "$copy")"
[[ -n "${SANITIZE_DIR:-}" ]] || trap 'rm -rf "$copy"' EXIT
for part in Package.swift Sources Tests Benchmarks Clients docs; do
    rm -rf "${copy:?}/$part"
    cp -a "$part" "$copy/"
done
# One for each target that has a lock of its own.
for target in "$copy"/Sources/*/ "$copy"/Tests/*/; do
    if grep -rqE '\bMutex[<(]' --include='*.swift' "$target" && [[ "$target" != */Sanitize/ ]]; then
        cp -p Tests/Sanitize/Mutex.swift "$target/SanitizedMutex.swift"
    fi
done
cd "$copy"
swift build --build-tests --sanitize=thread
report="$copy/report"
rm -f "$report".*
export TSAN_OPTIONS="log_path='$report' exitcode=0 halt_on_error=0 ${TSAN_OPTIONS:-}"
filters=()
for filter in "$@"; do filters+=(--filter "$filter"); done
# All at once they wait longer for answers than their clients do.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=3
status=0
swift test --skip-build --sanitize=thread "${filters[@]}" 2>&1 | tee "$copy/log" || status=$?
races="$(cat "$report".* 2>/dev/null | grep -c '^WARNING: ThreadSanitizer' || true)"
if ((races > 0)); then
    cat "$report".*
    echo "$races reports of the thread sanitizer" >&2
    exit 1
fi
((status == 0)) || exit "$status"
if ! grep -qE 'Test run with [1-9][0-9]* tests? in' "$copy/log"; then
    echo "no test ran: see what --filter takes" >&2
    exit 1
fi
echo "no race was reported"
