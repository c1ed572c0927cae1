#!/usr/bin/env bash
# The trials of the log at full size; `make torture` calls it. About an hour and a half on two cores.
#
# FAULTLOG_BIN    a folder with release builds of logserver, logctl and faultlog-torture
# TORTURE_SEEDS   seeds on a disk that loses power (default 1000000); a fifth of them on a bad disk
# TORTURE_POINTS  variants of what a crash leaves, for every call of each workload (default 2000)
# TORTURE_ROUNDS  rounds of kill -9 of the real server (default 500)
# TORTURE_FAULTS  rounds of each kind of failing call of the real server (default 5)
# TORTURE_FUZZ    seconds of fuzzing for each decoder of what the log has on disk (default 600)
set -euo pipefail
cd "$(dirname "$0")/../.."

seeds="${TORTURE_SEEDS:-1000000}"
"$FAULTLOG_BIN/faultlog-torture" crashes "$seeds"
"$FAULTLOG_BIN/faultlog-torture" hostile "$((seeds / 5))"
"$FAULTLOG_BIN/faultlog-torture" points "${TORTURE_POINTS:-2000}"
"$FAULTLOG_BIN/faultlog-torture" damage
python3 Tests/Torture/mutations.py
# The real server is mostly waited for: the decoders are fuzzed beside it. They stop by themselves.
fuzz_log="$(mktemp)"
Tests/Fuzz/run.sh "${TORTURE_FUZZ:-600}" log segment block manifest section lz4 names group >"$fuzz_log" 2>&1 &
fuzz=$!
trap 'kill "$fuzz" 2>/dev/null || true; cat "$fuzz_log"; rm -f "$fuzz_log"' EXIT
python3 Tests/Acceptance/kill.py --rounds "${TORTURE_ROUNDS:-500}" --whole-every 100
python3 Tests/Faults/faults.py --rounds "${TORTURE_FAULTS:-5}"
wait "$fuzz"
