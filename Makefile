# The verbs are fixed names, see docs/ARCHITECTURE.md. `make` alone lists them.
# Every verb may be run on a fresh clone; what it needs it builds or asks for.

export CGO_ENABLED := 0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
GO_FILES := $(shell git ls-files --cached --others --exclude-standard '*.go' go.mod go.sum 2>/dev/null)
WEB_FILES := $(shell git ls-files --cached --others --exclude-standard web ':!web/dist' ':!web/e2e' 2>/dev/null)
MIGRATIONS := $(wildcard internal/platform/db/migrations/*/*.sql)
CATALOGS := $(wildcard internal/vendors/*/catalog/* internal/vendors/*/sim/*.csv)
LINT := build/tools/golangci-lint-2.15.0

.PHONY: help run test test-long build release bench lint fuzz e2e gen dev setup setup-test clean

help:
	@echo "make run        build everything and start the demo"
	@echo "make test       install what the tests need, then run everything"
	@echo "make test-long  the same in full sizes"
	@echo "make build      bin/bellwether, static, with the console inside"
	@echo "make release    packages for amd64 and arm64 in build/release"
	@echo "make bench      the figures, measured here and now (ONLY=P-4, SCALE=0.1)"
	@echo "make lint       formatters and linters"
	@echo "make fuzz       every fuzz target (FUZZTIME=10s each)"
	@echo "make e2e        browser and real-program tests against the built program"
	@echo "make gen        generated files"
	@echo "make dev        development servers with reload"

run: build
	bin/bellwether demo

test: setup-test
	scripts/test.sh

test-long: setup-test
	BELLWETHER_TEST_LONG=1 scripts/test.sh

build: bin/bellwether

# setup checks the tools; setup-test also installs what only the tests need.
setup:
	@scripts/setup.sh

setup-test: $(LINT)
	@scripts/setup.sh test

bin/bellwether: $(GO_FILES) $(MIGRATIONS) $(CATALOGS) web/dist/index.html | setup
	go build -ldflags '$(LDFLAGS)' -o $@ ./cmd/bellwether

web/dist/index.html: $(WEB_FILES) | web/node_modules/.package-lock.json
	cd web && npm run --silent build
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json | setup
	cd web && npm ci --no-audit --no-fund
	@touch $@

$(LINT): | setup
	@mkdir -p build/tools
	GOBIN=$(CURDIR)/build/tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	@mv build/tools/golangci-lint $@

lint: $(LINT) web/node_modules/.package-lock.json
	scripts/lint.sh

fuzz: | setup
	scripts/fuzz.sh $(or $(FUZZTIME),10s)

e2e: setup-test bin/bellwether
	go test -count=1 ./test/...
	scripts/e2e.sh

gen: web/node_modules/.package-lock.json
	go run ./internal/tools/gen
	scripts/gen-api.sh

dev: web/node_modules/.package-lock.json
	scripts/dev.sh

bench: bin/bellwether
	scripts/bench.sh

release: web/dist/index.html
	scripts/release.sh '$(VERSION)'

clean:
	rm -rf bin build web/dist web/node_modules
	git checkout -q -- web/dist 2>/dev/null || true
