#!/usr/bin/env bash
# The real programs, as their users meet them. FAULTLOG_BIN names their folder.
#   FAULTLOG_CORPUS  a folder of recorded SDK requests: replayed where it is given
#   FAULTLOG_ROUNDS  rounds of kill -9 (10)
set -euo pipefail
cd "$(dirname "$0")"

python3 corpus.py
python3 kill.py --rounds "${FAULTLOG_ROUNDS:-10}" --whole-every 5
python3 erase.py --rounds 4
python3 stream.py
python3 items.py
python3 triage.py
python3 distinct.py
python3 sourcemaps.py --install ../../.build/sdks

# Real SDKs from the package index, installed once in environments of their own; `make sdks` has more.
python3 sdks/run.py --fast --install ../../.build/sdks
