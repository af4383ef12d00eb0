#!/bin/sh
# The figures, measured here and now. ONLY picks one, SCALE its size; see
# "bellwether bench --help".
set -eu
cd "$(dirname "$0")/.."
mkdir -p bench/results
exec bin/bellwether bench --out bench/results/latest.json ${ONLY:+--only "$ONLY"} ${SCALE:+--scale "$SCALE"}
