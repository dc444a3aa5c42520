## prisma_exporter: what a developer runs, and what CI runs.
##
##   make             lint, test, build: everything a change has to pass
##   make build       ./prisma_exporter, static, version stamped
##   make test        go vet, go test (-race where a C compiler works), promtool
##   make test-browser  the status page in headless Chromium
##   make lint        golangci-lint, and one Go version everywhere
##   make format      gofumpt and import order, written back
##   make docs        generated documents, written anew
##   make bench       benchmarks; BENCH=regexp BENCH_COUNT=n choose
##   make benchstat   two saved runs compared: OLD=old.txt NEW=new.txt
##   make fuzz        every fuzz target for FUZZTIME (30s) each
##   make demo        a simulated tenant, exporter, Prometheus and Alertmanager;
##                    ARGS="..." are added to the exporter's flags
##   make tarballs    release archives of all PLATFORMS, in .tarballs/
##   make tidy        go.mod and go.sum of both modules
##   make clean       what the above left behind
##
## Needed: Go, git and make. The tools are pinned in tools/go.mod and built from
## source when first used: promtool takes some minutes then, and none later.

GO       ?= go
# Called as `make tool` calls: go tool -modfile=tools/go.mod NAME
GOTOOL   := $(GO) tool -modfile=tools/go.mod
GOLANGCI_LINT ?= $(GOTOOL) golangci-lint
PROMTOOL ?= $(GOTOOL) promtool
AMTOOL   ?= $(GOTOOL) amtool

.DEFAULT_GOAL := all

.PHONY: all
all: lint test build

.PHONY: help
help:
	@sed -n -e 's/^## \{0,1\}//p' Makefile

# --- build -------------------------------------------------------------------

# What --version and prisma_exporter_build_info tell. Each can be set from
# outside, so that a build without a .git folder (an image, a source archive)
# knows what it is; set to nothing is as good as not set. What stays empty,
# common/version fills from what the Go toolchain recorded.
ifeq ($(VERSION),)
VERSION = $(shell cat VERSION)
endif
ifeq ($(REVISION),)
REVISION = $(shell git rev-parse -q --verify HEAD 2>/dev/null)$(if $(shell git status --porcelain --untracked-files=no 2>/dev/null),-modified)
endif
ifeq ($(BRANCH),)
BRANCH = $(shell git rev-parse --abbrev-ref HEAD 2>/dev/null)
endif
ifeq ($(BUILD_USER),)
BUILD_USER = $(shell id -un)@$(shell uname -n)
endif
ifeq ($(BUILD_DATE),)
BUILD_DATE = $(shell date -u '+%Y%m%d-%H:%M:%S')
endif

VERSION_PKG := github.com/prometheus/common/version
LDFLAGS = \
	-X $(VERSION_PKG).Version=$(VERSION) \
	-X $(VERSION_PKG).Revision=$(REVISION) \
	-X $(VERSION_PKG).Branch=$(BRANCH) \
	-X $(VERSION_PKG).BuildUser=$(BUILD_USER) \
	-X $(VERSION_PKG).BuildDate=$(BUILD_DATE)

BINARY := prisma_exporter
OUTPUT ?= $(BINARY)

# No cgo: one static file, the same with or without a C compiler at hand.
.PHONY: build
build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(OUTPUT) .

PLATFORMS ?= \
	linux/amd64 linux/arm64 linux/arm linux/ppc64le linux/s390x \
	darwin/amd64 darwin/arm64 windows/amd64 freebsd/amd64

# Names and layout as promu's: NAME-VERSION.OS-ARCH.tar.gz with one folder of
# that name inside, and sha256sums.txt. Needs tar and sha256sum.
.PHONY: tarballs
tarballs:
	@rm -rf .build .tarballs && mkdir -p .tarballs
	@set -e; for platform in $(PLATFORMS); do \
		os=$${platform%/*}; arch=$${platform#*/}; exe=; \
		if [ "$$os" = windows ]; then exe=.exe; fi; \
		name="$(BINARY)-$(VERSION).$$os-$$arch"; \
		echo ">> $$name"; \
		GOOS=$$os GOARCH=$$arch $(MAKE) --no-print-directory build \
			OUTPUT=".build/$$name/$(BINARY)$$exe" VERSION='$(VERSION)' REVISION='$(REVISION)' \
			BRANCH='$(BRANCH)' BUILD_USER='$(BUILD_USER)' BUILD_DATE='$(BUILD_DATE)'; \
		cp LICENSE NOTICE ".build/$$name/"; \
		tar -C .build -czf ".tarballs/$$name.tar.gz" "$$name"; \
	done
	cd .tarballs && sha256sum *.tar.gz > sha256sums.txt

# --- test --------------------------------------------------------------------

.PHONY: test
test: test-go test-prometheus

# The race detector needs cgo, and cgo a C compiler with its headers. Whether
# they work is tried rather than guessed. `make test RACE=` does without.
define RACE_PROBE
printf '#include <stdlib.h>\nint main(void) { return 0; }\n' > "$$dir/probe.c" && \
[ "$$($(GO) env CGO_ENABLED)" = 1 ] && $$($(GO) env CC) -o "$$dir/probe" "$$dir/probe.c"
endef
RACE ?= $(shell dir=$$(mktemp -d) && { { $(RACE_PROBE); } >/dev/null 2>&1 && echo -race; rm -rf "$$dir"; })

# Packages under test and what else go test is told, e.g. TESTFLAGS='-run=Token -v'.
PKGS      ?= ./...
TESTFLAGS ?=

# The tests start them. They are built beforehand, because go test ends what
# takes longer than ten minutes.
.PHONY: test-tools
test-tools:
	@set -e; for tool in prometheus promtool alertmanager amtool; do $(GOTOOL) -n $$tool >/dev/null; done

# One package at a time: some start real servers and expect them to answer.
.PHONY: test-go
test-go: test-tools
	$(GO) vet $(PKGS)
	@set -e; race='$(RACE)'; \
	if [ -z "$$race" ]; then \
		echo ">> no working C compiler (or RACE= given): tests run WITHOUT the race detector"; \
	fi; \
	echo "$(GO) test -p 1 $$race $(TESTFLAGS) $(PKGS)"; \
	$(GO) test -p 1 $$race $(TESTFLAGS) $(PKGS)

# What Prometheus' own tools say of what is shipped. A new file is found by its
# name; a check that needs more than these belongs into a Go test.
RULES         := $(wildcard alerts/*.rules.yml)
RULE_TESTS    := $(wildcard alerts/*_test.yml alerts/tests/*.yml)
ALERTMANAGERS := $(wildcard alerts/alertmanager*.yml)
METRICS       := $(wildcard collector/testdata/*.prom collector/testdata/*/*.prom)

.PHONY: test-prometheus
test-prometheus:
	@if [ -z "$(strip $(RULES) $(RULE_TESTS) $(ALERTMANAGERS) $(METRICS))" ]; then \
		echo ">> promtool: no rules, rule tests, routes or recorded metrics to check"; \
	fi
ifneq ($(RULES),)
	$(PROMTOOL) check rules --lint=all --lint-fatal $(RULES)
endif
ifneq ($(RULE_TESTS),)
	$(PROMTOOL) test rules $(RULE_TESTS)
endif
ifneq ($(ALERTMANAGERS),)
	$(AMTOOL) check-config $(ALERTMANAGERS)
endif
ifneq ($(METRICS),)
	@set -e; for file in $(METRICS); do \
		echo "promtool check metrics < $$file"; $(PROMTOOL) check metrics < "$$file"; \
	done
endif

# The status page in a real browser. Debian's Chromium is installed where there
# is none; PICTURES=folder keeps what it saw.
CHROMIUM ?= chromium
.PHONY: test-browser
test-browser:
	@command -v $(CHROMIUM) >/dev/null || { apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core; }
	$(GO) test -count=1 -tags browser -run Browser ./internal/statuspage

.PHONY: bench
BENCH       ?= .
BENCH_COUNT ?= 1
bench:
	$(GO) test -run='^$$' -bench='$(BENCH)' -benchmem -count=$(BENCH_COUNT) $(PKGS)

# make bench BENCH_COUNT=10 > old.txt; change; the same into new.txt; compare.
.PHONY: benchstat
benchstat:
	@[ -n "$(OLD)" ] && [ -n "$(NEW)" ] || { echo "usage: make benchstat OLD=old.txt NEW=new.txt" >&2; exit 2; }
	$(GOTOOL) benchstat $(OLD) $(NEW)

# go test takes one fuzz target of one package at a time.
.PHONY: fuzz
FUZZTIME ?= 30s
fuzz:
	@set -e; found=0; \
	for pkg in $$($(GO) list $(PKGS)); do \
		targets=$$($(GO) test -list='^Fuzz' "$$pkg"); \
		for target in $$(echo "$$targets" | sed -n '/^Fuzz/p'); do \
			found=$$((found + 1)); \
			echo ">> $$pkg $$target for $(FUZZTIME)"; \
			$(GO) test -run='^$$' -fuzz="^$$target\$$" -fuzztime=$(FUZZTIME) "$$pkg"; \
		done; \
	done; \
	echo ">> $$found fuzz targets"

# --- lint and generated files ------------------------------------------------

.PHONY: lint
lint: check-go-version
	$(GOLANGCI_LINT) config verify
	$(GOLANGCI_LINT) run

.PHONY: format
format:
	$(GOLANGCI_LINT) fmt

# One Go version everywhere: go.mod says which.
GO_MINOR = $(shell sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' go.mod)
.PHONY: check-go-version
check-go-version:
	@bad=; want='$(GO_MINOR)'; escaped=$$(echo "$$want" | sed 's/\./\\./'); \
	grep -q "^go $$escaped\(\.\|$$\)" tools/go.mod || bad="$$bad tools/go.mod"; \
	grep -q "^  version: $$escaped$$" .promu.yml || bad="$$bad .promu.yml"; \
	grep -q "^ARG GO_VERSION=$$escaped$$" Dockerfile || bad="$$bad Dockerfile"; \
	for file in .github/workflows/*.yml; do \
		if grep 'go-version:' "$$file" | grep -qv "go-version: $$escaped\.x$$"; then bad="$$bad $$file"; fi; \
	done; \
	if [ -n "$$bad" ]; then echo "go.mod asks for Go $$want, these say otherwise:$$bad" >&2; exit 1; fi

.PHONY: docs
docs:
	$(GO) generate ./...

.PHONY: tidy
tidy:
	$(GO) mod tidy
	cd tools && $(GO) mod tidy

# --- run and clean -----------------------------------------------------------

.PHONY: demo
demo: build
	$(GO) run ./cmd/demo --exporter=./$(OUTPUT) -- $(ARGS)

.PHONY: clean
clean:
	rm -rf $(BINARY) .build .tarballs
