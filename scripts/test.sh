#!/bin/sh
# Everything that .ci/run runs but the check of the conformance ledger. Each step
# says how long it took; the first that fails ends the run.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
rm -f build/test-go.json build/test-web.json

step() {
	name=$1
	shift
	echo "== $name"
	begun=$(date +%s)
	"$@" || { code=$?; echo "== $name FAILED after $(($(date +%s) - begun)) s" >&2; exit "$code"; }
	echo "== $name: $(($(date +%s) - begun)) s"
}

step "build" make --no-print-directory build
step "lint" make --no-print-directory lint
step "web tests" npm --prefix web run --silent test
# Two packages at a time: the tests of one are parallel already. Nothing from the
# cache: the go command does not see that the built program changed.
export BELLWETHER_TEST_BIN="$PWD/bin/bellwether"
step "go tests" go run ./internal/tools/testrun -o build/test-go.json -- -count=1 -p 2 -timeout 10m ./...
step "browser tests" scripts/e2e.sh
# Each for so many seconds; 0 leaves it out.
fuzz=${BELLWETHER_FUZZ_SECONDS:-5}
[ "$fuzz" = 0 ] || step "fuzzing, $fuzz s a target" scripts/fuzz.sh "${fuzz}s"
