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

# A real SDK from the package index, in an environment of its own.
venv=../../.build/sdk-venv
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check sentry-sdk ||
        echo "sentry-sdk cannot be installed here" >&2
fi
"$venv/bin/python" sdk.py
