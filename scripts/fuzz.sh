#!/bin/sh
# Runs every fuzz target for a given time each. A failing input is kept by the go
# command in the package's testdata/fuzz and belongs into the commit that fixes it.
set -eu
cd "$(dirname "$0")/.."
time=${1:-10s}
git ls-files --cached --others --exclude-standard '*_test.go' | xargs grep -lE '^func Fuzz' | while read -r file; do
	folder=$(dirname "$file")
	sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' "$file" | while read -r target; do
		echo "== $folder $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -parallel 2 "./$folder"
	done
done
