#!/bin/sh
# The program with its demo, built again at each change of Go source, and the
# console's development server on http://127.0.0.1:5173, which passes API calls on.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
(cd web && exec npm run --silent dev) &
web=$!
server=""
stop() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	kill "$web" 2>/dev/null || true
	wait
}
trap stop EXIT
trap 'exit 0' INT TERM
while :; do
	touch build/dev-stamp
	if go build -o build/bellwether-dev ./cmd/bellwether; then
		[ -z "$server" ] || { kill "$server" && wait "$server" || true; }
		build/bellwether-dev demo --data build/dev-data &
		server=$!
	fi
	while [ -z "$(find internal cmd -newer build/dev-stamp \( -name '*.go' -o -name '*.sql' -o -name '*.csv' \) -print -quit)" ]; do sleep 1; done
done
