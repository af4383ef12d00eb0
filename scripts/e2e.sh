#!/bin/sh
# The browser tests against the built program. Playwright's own report goes to
# build/test-web.json.
set -eu
cd "$(dirname "$0")/../web"
export BELLWETHER_BIN="${BELLWETHER_BIN:-$PWD/../bin/bellwether}"
export CHROMIUM="${CHROMIUM:-$(command -v chromium)}"
export PLAYWRIGHT_JSON_OUTPUT_NAME="$PWD/../build/test-web.json"
export PLAYWRIGHT_JSON_OUTPUT_FILE="$PLAYWRIGHT_JSON_OUTPUT_NAME"
mkdir -p ../build
exec npx --no-install playwright test --reporter=list,json "$@"
