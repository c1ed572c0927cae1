#!/usr/bin/env bash
# Runs all benchmarks and prints one table; `make bench` calls it. About six minutes on two cores.
#
# FAULTLOG_BIN   a folder with release builds of logserver, logctl, faultlog-bench and faultlog-sourcemaps-bench; unset: built
# BENCH_ONLY     some of append,latency,lookup,http,stream,rebuild,queries,start,sourcemaps, divided by commas; unset: all
# BENCH_EVENTS   events of the large runs (default 1000000: 5 GB under TMPDIR while it runs)
# BENCH_SEALED   events of the sealed log in which events are looked up (default 1000000)
# BENCH_MAPS     source maps, or folders of them, divided by colons; unset: made up
# BENCH_ROUNDS   rounds of each measurement (default 3), ours and the floor in turns
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -z "${FAULTLOG_BIN:-}" ]]; then
    # As `make build` does.
    build=(swift build -c release --static-swift-stdlib)
    for product in logserver logctl faultlog-bench faultlog-sourcemaps-bench; do "${build[@]}" --product "$product"; done
    FAULTLOG_BIN="$("${build[@]}" --show-bin-path)"
fi
export FAULTLOG_BIN

work="$(mktemp -d "${TMPDIR:-/tmp}/faultlog-bench.XXXXXX")"
trap 'rm -rf "$work"' EXIT
for part in append http load stream; do
    cc -O2 -Wall -o "$work/$part" "Benchmarks/floor/$part.c" -llz4 -lz -lpthread
done
python3 Benchmarks/bench.py "$work"
