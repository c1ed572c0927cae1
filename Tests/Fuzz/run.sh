#!/usr/bin/env bash
# Fuzzes every decoder of bytes from the disk and from the network with libFuzzer; fails on a crash.
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
[ "${#targets[@]}" -gt 0 ] || targets=(log segment block manifest section lz4 names group
    stack sourcemap storedmap script bundle json envelope scrubber coding head stream search)
build="${FUZZ_BUILD:-.build/fuzz}"
corpus="${FUZZ_CORPUS:-$build/corpus}"
mkdir -p "$build"

# The swift compiler alone: a package has no way to give the entry to libFuzzer.
flags=(-O -wmo -parse-as-library -enable-testing -swift-version 6 -package-name faultlog -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility
    -I Sources/CLZ4 -I Sources/CXXHash -I Sources/CZlib -I Sources/CBrotli -I Sources/CZstd -I Sources/CByteClasses -I "$build")
module() {
    local name="$1" folder="$2" sanitizers="$3"
    local sources
    mapfile -t sources < <(find "$folder" -name '*.swift' | sort)
    swiftc "${flags[@]}" "-sanitize=$sanitizers" -module-name "$name" -emit-module -emit-module-path \
        "$build/$name.swiftmodule" -c "${sources[@]}" -o "$build/$name.o"
}
module EventLog Sources/EventLog fuzzer,address
# Packages that these sources name and a fuzzer does not need.
for stub in Crypto HTTPTypes NIOCore NIOHTTP1; do
    swiftc "${flags[@]}" -module-name "$stub" -emit-module -emit-module-path "$build/$stub.swiftmodule" \
        -c "Tests/Fuzz/Stubs/$stub.swift" -o "$build/$stub.o"
done
module ErrorModel Sources/ErrorModel fuzzer,address
module SourceMaps Sources/SourceMaps fuzzer,address
module ContentCoding Sources/ContentCoding fuzzer,address
module Archives Sources/Archives fuzzer,address
# Of the server what is no socket.
swiftc "${flags[@]}" -sanitize=fuzzer,address -module-name LogServer -emit-module -emit-module-path \
    "$build/LogServer.swiftmodule" -c \
    Sources/LogServer/Stream/Stream{Ack,Burst,Fault,Limits,Lines,Opening,Session,Session+Lines,Window}.swift \
    Sources/LogServer/Ingest/Ingest{Head,Limits,Request,Route}.swift \
    Sources/LogServer/Artifacts/{Multipart,UploadLimits}.swift -o "$build/LogServer.o"
# Of the views what is no database.
swiftc "${flags[@]}" -sanitize=fuzzer,address -module-name Projections -emit-module -emit-module-path \
    "$build/Projections.swiftmodule" -c \
    Sources/Projections/Search/Search{,Error,Facts,Key,Limits,Node,Node+Text,Parser,Parser+Terms,Parser+Text,Parser+Values,Pattern,Range}.swift \
    -o "$build/Projections.o"
# What new inputs reach in the simulated disk is not news.
module EventLogTestSupport Tests/EventLogTestSupport address
swiftc "${flags[@]}" -sanitize=fuzzer,address -module-name FaultlogFuzz Tests/Fuzz/*.swift \
    Tests/LogServerTests/StreamDrive.swift \
    "$build"/{EventLog,EventLogTestSupport,ErrorModel,SourceMaps,ContentCoding,Archives,LogServer,Projections,Crypto,HTTPTypes,NIOCore,NIOHTTP1}.o \
    -llz4 -lxxhash -lz -lbrotlidec -lzstd -o "$build/fuzz" 2>"$build/link.log" \
    || { grep -E 'error' "$build/link.log" >&2; exit 1; }

# No leak check: the runtime keeps what it has made. A crash is enough, no trace of it is made. A small
# quarantine, no stacks of allocations, no filling: large buffers come and go with every input.
export ASAN_OPTIONS=detect_leaks=0:malloc_context_size=0:quarantine_size_mb=16:max_malloc_fill_size=0
export SWIFT_BACKTRACE=enable=no

# A text as a first input, by its hash, so that several have their place.
seed_texts() { printf '%s' "$2" >"$corpus/$1/seed-$(printf '%s' "$2" | cksum | cut -d' ' -f1)"; }

seed_corpus() {
    mkdir -p "$corpus/$1" "$build/crashes"
    # What once made a target fail.
    if [ -d "Tests/Fuzz/Found/$1" ]; then cp "Tests/Fuzz/Found/$1/"* "$corpus/$1/"; fi
    case "$1" in
        sourcemap)
            seed_texts sourcemap '{"version":3,"file":"o.js","sourceRoot":"r","sources":["a.js",null],"sourcesContent":["function f(){g()}"],"names":["f","g"],"mappings":"AAAAA,IACCC,E;;ACAA","ignoreList":[1]}'
            seed_texts sourcemap ')]}'"'"'
{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":{"version":3,"sources":["a"],"names":[],"mappings":"AAAA,EACA"}},{"offset":{"line":1,"column":4},"map":{"version":3,"sources":["a"],"mappings":"AAAA","x_facebook_sources":[[{"names":["f"],"mappings":"AAA"}]]}}]}' ;;
        storedmap) printf '\0\0x' >"$corpus/storedmap/start"; printf '\1\50\1\2\3\4' >"$corpus/storedmap/middle" ;;
        script)
            seed_texts script 'class A{#b=()=>{};get c(){return`x${a/b}`}async*d(){/[/]/}}export default<T,>(e:T):T=>e'
            seed_texts script 'const A=()=><B c="d" {...e} f={()=>g}>h {i} <j/></B>;x.y=function(){}
//# debugId=85314830-023f-4cf1-a267-535f4e37bb17
//# sourceMappingURL=a.map' ;;
        bundle)
            printf '\0PK\3\4' >"$corpus/bundle/zip"
            printf '\1\10a.js\1\143\0\0' >"$corpus/bundle/made"
            printf '\3a.js\0' >"$corpus/bundle/tar"
            seed_texts bundle $'\4--b\r\nContent-Disposition: form-data; name="file"; filename="a.js"\r\n\r\nx\r\n--b--\r\n' ;;
        json) seed_texts json '[{"a\\u00e9":"\\ud83d\\ude00","b":-1.5e+3},[],true,null]' ;;
        envelope) seed_texts envelope '{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}
{"type":"event","length":25}
{"message":"low stock","a"
{"type":"event"}
{"exception":{"values":[{"type":"T","value":"v","stacktrace":{"frames":[{"function":"f"}]}}]}}' ;;
        scrubber) for rules in 0 1 2 3; do
            seed_texts "scrubber" "$rules"'{"user":{"password":"x","ip_address":"127.0.0.1"},"a":{"b":"ORD-1234"},"headers":[["Cookie","k=v"]],"m":"https://u:p@h/?token=abc 4111 1111 1111 1111 Bearer abcdefgh"}'
        done ;;
        head) seed_texts head $'POST /api/1/store/?sentry_key=k HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nX-Sentry-Auth: Sentry sentry_key=k\r\n\r\n{}' ;;
        stream) for mode in 0 1 2 3; do
            seed_texts stream "$mode"$'5{"a":1}\r\n\n{bad}\n{"key":"pk_1","b":2}\n'
        done ;;
        search) seed_texts search 'is:unresolved level:>=error (lastSeen:-24h OR !users:1..9) release:>=1.2 tag.a:"b*" has:user t\*x' ;;
        # "hello" in each encoding, behind the byte that chooses it.
        coding)
            { printf '\xf0'; printf hello | gzip -c; } >"$corpus/coding/gzip"
            printf '\xf1\x78\x01\x01\x05\x00\xfa\xff\x68\x65\x6c\x6c\x6f\x06\x2c\x02\x15' >"$corpus/coding/zlib"
            printf '\xf2\x0b\x02\x80hello\x03' >"$corpus/coding/brotli"
            printf '\xf3\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello' >"$corpus/coding/zstd" ;;
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
