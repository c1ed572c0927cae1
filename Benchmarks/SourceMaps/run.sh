#!/bin/sh
# Decodes maps here and with Node, one after the other, and prints both.
# usage: run.sh FAULTLOG-SOURCEMAPS-BENCH MAP...
# The generated file is taken where it lies beside its map: app.js beside app.js.map.
set -eu
bench=$1
shift
for map in "$@"; do
  generated=${map%.map}
  if [ "$generated" = "$map" ] || [ ! -f "$generated" ]; then generated=; fi
  echo "map=$(basename "$map")" "$("$bench" "$map" ${generated:+"$generated"})" \
    "$(command -v node >/dev/null && node "$(dirname "$0")/node.js" "$map" || echo node=none)"
done
