#!/bin/sh
# Makes the console's types from docs/openapi.json; with --check only says whether
# they are current.
set -eu
cd "$(dirname "$0")/.."
types=web/src/api/schema.d.ts
if [ "${1:-}" = --check ]; then
	mkdir -p build
	(cd web && npx --no-install openapi-typescript ../docs/openapi.json -o ../build/schema.d.ts >/dev/null)
	cmp -s build/schema.d.ts $types && exit 0
	echo "$types is not current: run make gen" >&2
	exit 1
fi
cd web && npx --no-install openapi-typescript ../docs/openapi.json -o "../$types"
