#!/bin/sh
# The figures, measured here and now. ONLY picks one, SCALE its size; see
# "bellwether bench --help" for what one process measures on itself. The others
# are measured on the built program beside those of others.
set -eu
cd "$(dirname "$0")/.."
mkdir -p bench/results

beside() { # beside BENCHMARK: on the built program, once
	scripts/setup.sh bench
	BELLWETHER_TEST_BIN="$PWD/bin/bellwether" BELLWETHER_BENCH_SCALE="${SCALE:-1}" \
		go test -run '^$' -bench "^Benchmark($1)\$" -benchtime 1x -timeout 40m ./test/e2e
}

case "${ONLY:-}" in
P-1 | P-2) beside Configs ;;
P-3) beside TFTP ;;
P-4) beside Reports ;;
P-6) beside KeepAlives ;;
P-8) beside PowerCut ;;
"")
	bin/bellwether bench --out bench/results/latest.json ${SCALE:+--scale "$SCALE"}
	beside 'Configs|TFTP|Reports|KeepAlives|PowerCut'
	;;
*) exec bin/bellwether bench --out bench/results/latest.json --only "$ONLY" ${SCALE:+--scale "$SCALE"} ;;
esac
