#!/bin/sh
# Formatters and linters for Go and web.
set -eu
cd "$(dirname "$0")/.."

files=$(git ls-files --cached --others --exclude-standard '*.go')
# shellcheck disable=SC2086 # a list of words
unformatted=$(gofmt -l $files)
if [ -n "$unformatted" ]; then
	echo "not formatted, run gofmt -w on:" >&2
	echo "$unformatted" >&2
	exit 1
fi
go vet ./...
build/tools/golangci-lint-2.15.0 run
scripts/gen-api.sh --check
npm --prefix web run --silent lint
npm --prefix web run --silent typecheck
