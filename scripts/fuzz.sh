#!/bin/sh
# Runs every fuzz target for a given time each, two at a time, and fails where one
# finds an input that breaks its parser. Such an input is kept in the package's
# testdata/fuzz and belongs into the commit that fixes it.
#
#   scripts/fuzz.sh [TIME]                     every target, 10s each if not said
#   scripts/fuzz.sh --one FOLDER TARGET TIME   one of them, for the above
set -eu
cd "$(dirname "$0")/.."
root=$PWD
programs=$root/build/fuzz

program() { echo "$programs/$(echo "$1" | tr / _).test"; }

if [ "${1:-}" = --one ]; then
	log=$programs/$3.log
	cd "$2"
	fuzz() {
		"$(program "$1")" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "$3" -test.parallel 1 -test.fuzzcachedir "$(go env GOCACHE)/fuzz/bellwether/$1" >"$log" 2>&1
	}
	# The fuzzer may end with its own deadline and no finding; then it has to pass anew.
	if fuzz "$2" "$3" "$4" || { grep -q 'context deadline exceeded' "$log" && ! grep -qE 'Failing input|panic:|terminated unexpectedly' "$log" && fuzz "$2" "$3" "$4"; }; then
		echo "$2 $3: $(grep -oE 'execs: [0-9]+' "$log" | tail -n 1)"
		exit 0
	fi
	echo "$2 $3 FAILED" >&2
	cat "$log" >&2
	exit 1
fi

time=${1:-10s}
mkdir -p "$programs"
rm -f "$programs"/*.log
# Lines of FOLDER TARGET.
git ls-files --cached --others --exclude-standard '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9_]*' |
	sed -E 's|/[^/]*:func | |' | sort >"$programs/targets"
# Each package is built once, as go test -fuzz does it. Two at a time take longer: what
# they share is compiled twice.
cut -d' ' -f1 "$programs/targets" | sort -u | while read -r folder; do
	go test -c -fuzz . -o "$(program "$folder")" "./$folder"
done
echo "$(wc -l <"$programs/targets") targets, $time each, two at a time"
sed "s/\$/ $time/" "$programs/targets" | xargs -P 2 -L 1 scripts/fuzz.sh --one
