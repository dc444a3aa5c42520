## prisma_exporter: the targets for developers and for CI.
##
##   make help        this list
##   make             lint, test and build: the checks that each change has to pass
##   make build       builds ./prisma_exporter, static and with its version
##   make test        runs all tests (with -race if a C compiler works), some of
##                    them on Prometheus and Alertmanager. PKGS=./client/... and
##                    TESTFLAGS=-v select a part
##   make drill       runs the tests that take long in full: HOURS=n of simulated
##                    operation, with and without rules and pages, deliberate
##                    faults in code and rules, a soak test, the real Prometheus
##                    and Alertmanager, and the fuzz targets
##   make cover       runs the tests and shows how much of each package they cover
##   make test-browser  checks the web pages in headless Chromium
##   make dashboards-drawn
##                    draws the dashboards, and checks that an outage is visible
##                    at once
##   make promtool    checks with promtool and amtool what `make test` checks with
##                    their libraries
##   make helm        renders the Helm chart and the kustomizations, and checks them
##                    with the code of Helm, kustomize and Kubernetes. UPDATE=1
##                    updates the chart's golden files
##   make lint        runs golangci-lint, and checks that all versions match
##   make vulncheck   looks for known vulnerabilities in the code that is called
##   make openapi     checks whether the vendor has changed its API's description
##   make format      formats the code (gofumpt and import order)
##   make docs        updates the generated documents
##   make arrows      shows which package imports which, as layers
##   make bench       runs benchmarks. BENCH=regexp and BENCH_COUNT=n select them
##   make benchstat   compares two saved runs: OLD=old.txt NEW=new.txt
##   make fuzz        runs each fuzz target for FUZZTIME (30s)
##   make demo        starts a simulated tenant, the exporter, Prometheus and
##                    Alertmanager. ARGS="..." adds flags for the exporter
##   make tarballs    builds release archives for all PLATFORMS, in .tarballs/
##   make packages    builds deb and rpm packages for PACKAGE_ARCHS, in .packages/
##   make sbom        lists the components of the binary (CycloneDX), in .packages/
##   make runbooks REF=v0.2.0  makes the rules link to the runbooks of a release
##   make tidy        tidies go.mod and go.sum of all modules
##   make clean       removes what these targets create
##
## You need Go, git and make. Prometheus, Alertmanager and the linter have pinned
## versions. They are built from source when they are first needed, which takes
## minutes and shows its progress.

GO       ?= go
# Everything is compiled like what is shipped, static and without the paths of this
# machine, so that nothing is compiled twice. A go command that you run by hand
# shares the cache if it has the same two variables. Only the race detector needs cgo.
export CGO_ENABLED = 0
export GOFLAGS    := $(strip $(filter-out -trimpath,$(GOFLAGS)) -trimpath)
RACING            := CGO_ENABLED=1
# What looks at the code has one module, Prometheus and Alertmanager another.
GOTOOL   := $(GO) tool -modfile=tools/lint/go.mod
# What makes a release has one, too.
RELEASETOOL := $(GO) tool -modfile=tools/release/go.mod
NFPM      ?= $(RELEASETOOL) nfpm
CYCLONEDX ?= $(RELEASETOOL) cyclonedx-gomod
GOLANGCI_LINT ?= $(GOTOOL) golangci-lint
ENGINE   := test/engine
# Without the tag Prometheus comes with the libraries of all clouds. The go.mod
# of its module follows the exporter's.
ENGINE_FLAGS := -mod=mod -tags=remove_all_sd

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
# The age of a package's files: the commit's, so that it is the same each time.
COMMIT_TIME = $(shell git log -1 --format=%ct 2>/dev/null)

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
	$(GO) build -ldflags '$(LDFLAGS)' -o $(OUTPUT) .

PLATFORMS ?= \
	linux/amd64 linux/arm64 linux/arm linux/ppc64le linux/s390x \
	darwin/amd64 darwin/arm64 windows/amd64 freebsd/amd64

# The examples that are of use without the sources.
EXAMPLES = deploy/systemd deploy/kubernetes deploy/helm deploy/grafana deploy/sharding

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
		cp -r LICENSE NOTICE THIRD_PARTY_LICENSES README.md alerts dashboards ".build/$$name/"; \
		rm -r ".build/$$name/alerts/"*.go ".build/$$name/alerts/tests" ".build/$$name/dashboards/"*.go; \
		mkdir ".build/$$name/deploy"; \
		cp -r $(EXAMPLES) ".build/$$name/deploy/"; \
		tar -C .build -czf ".tarballs/$$name.tar.gz" "$$name"; \
	done
	cd .tarballs && sha256sum *.tar.gz > sha256sums.txt

# What nfpm calls 386, arm7 and so on, as GOARCH with a point and GOARM or alone.
PACKAGE_ARCHS ?= amd64 arm64 arm7
.PHONY: packages
packages:
	@rm -rf .packages && mkdir -p .packages
	@set -e; for arch in $(PACKAGE_ARCHS); do \
		goarm=$${arch#arm}; case "$$arch" in arm[567]) goarch=arm ;; *) goarch=$$arch; goarm= ;; esac; \
		GOOS=linux GOARCH=$$goarch GOARM=$$goarm $(MAKE) --no-print-directory build \
			OUTPUT=".build/packages/$$arch/$(BINARY)" VERSION='$(VERSION)' REVISION='$(REVISION)' \
			BRANCH='$(BRANCH)' BUILD_USER='$(BUILD_USER)' BUILD_DATE='$(BUILD_DATE)'; \
		for packager in deb rpm; do \
			ARCH=$$arch VERSION='$(VERSION)' SOURCE_DATE_EPOCH='$(COMMIT_TIME)' $(NFPM) package \
				--config deploy/packages/nfpm.yml --packager $$packager --target .packages/; \
		done; \
	done
	cd .packages && sha256sum *.deb *.rpm > sha256sums.txt

.PHONY: sbom
sbom:
	@mkdir -p .packages
	$(CYCLONEDX) mod -json -licenses -output .packages/$(BINARY)-$(VERSION).cdx.json .

# A release's rules lead to the runbooks of that release, those of a clone to
# the newest. The rules are the one place that says which; all else is made of
# them.
.PHONY: runbooks
runbooks:
	@[ -n "$(REF)" ] || { echo "usage: make runbooks REF=v0.2.0, or REF=main" >&2; exit 2; }
	sed -i 's|\(/prisma_exporter/blob/\)[^/]*\(/docs/runbooks/\)|\1$(REF)\2|' alerts/*.rules.yml alerts/tests/*.yml
	$(GO) generate ./deploy/...

# --- test --------------------------------------------------------------------

# The race detector needs cgo, and cgo a C compiler with its headers. Whether
# they work is tried rather than guessed. `make test RACE=` does without.
define RACE_PROBE
printf '#include <stdlib.h>\nint main(void) { return 0; }\n' > "$$dir/probe.c" && \
[ "$$(CGO_ENABLED= $(GO) env CGO_ENABLED)" = 1 ] && $$($(GO) env CC) -o "$$dir/probe" "$$dir/probe.c"
endef
RACE ?= $(shell dir=$$(mktemp -d) && { { $(RACE_PROBE); } >/dev/null 2>&1 && echo -race; rm -rf "$$dir"; })

# Packages under test and what else go test is told, e.g. TESTFLAGS='-run=Token -v'.
PKGS      ?= ./...
TESTFLAGS ?=

# Nothing is taken from an earlier run: the go command does not know that some
# tests start binaries, which may have changed.
#
# Four packages at a time keep two cores busy, since many tests wait or take
# turns. A binary with the race detector that still has goroutines sleeps before
# it ends, a second if nobody says otherwise.
#
# Under the race detector all costs some five times as much. So the run with it
# is a short one, -short, and the packages that make something of that run whole
# without it. Those that read files and do no more have no race to find, nor have
# those that start no goroutine and no server, nor the module of the engine: its
# tests look at rules and routes, and Prometheus would be compiled a second time.
# It runs beside the others.
#
# A part alone, PKGS=..., is run whole, with the race detector. Garbage is collected
# more seldom than usual, which saves a fifth of the CPU. `make lint` vets: here it
# would read the sources of all that is imported, a thousand packages, once more.
# A machine that is busy with something else may take its time.
GOTEST = GOGC=400 $(GO) test -count=1 -vet=off -timeout=30m -p 4
FILES  = ./alerts ./dashboards ./deploy ./deploy/generate ./docs ./tools/licenses
# Those without tests are compiled at least.
ALL    = $(patsubst $(CURDIR)%,.%,$(shell $(GO) list -f '{{.Dir}}' ./...))
BUSY   = $(shell grep -rlE '^\s*(defer )?go [a-z]|\.(Go|DoChan|AfterFunc)\b|synctest|httptest\.New\w*Server' --include=*.go . | xargs -n1 dirname | sort -u)
RACED  = $(filter-out $(FILES),$(filter $(BUSY),$(ALL)))
WHOLE  = $(sort $(filter-out $(RACED),$(ALL)) $(shell grep -rl --include=*_test.go 'testing\.Short()' . | xargs -n1 dirname))
# What takes longest begins first, beside all others.
LONGEST = ./test ./test/simulation
PARTS  = test-packages
ifeq ($(PKGS),./...)
PARTS  = test-engine $(if $(RACE),test-race test-whole,test-packages)
endif
.PHONY: test test-packages test-engine test-race test-whole
test: prepare
	@if [ -z '$(RACE)' ]; then \
		echo ">> There is no working C compiler (or RACE= is set): tests run WITHOUT the race detector."; \
	fi
	@$(MAKE) --no-print-directory -j2 RACE='$(RACE)' $(PARTS)
test-packages:
	$(if $(RACE),$(RACING)) $(GOTEST) $(RACE) $(TESTFLAGS) $(PKGS)
test-engine:
	cd $(ENGINE) && $(GOTEST) $(ENGINE_FLAGS) $(TESTFLAGS) ./...
test-race:
	@echo "$(RACING) $(GOTEST) -race -short $(TESTFLAGS) ..."
	@export GORACE="atexit_sleep_ms=50 $$GORACE"; $(RACING) $(GOTEST) -race -short $(TESTFLAGS) $(LONGEST) $(filter-out $(LONGEST),$(RACED))
test-whole:
	$(GOTEST) $(TESTFLAGS) $(WHOLE)

# Compiles what the tests need, and says how far it is.
.PHONY: prepare
prepare:
	@echo ">> Checking what has to be compiled."
	@$(GO) run ./internal/gobuild/prepare $(RACE)

# How much of a package all tests run together, not only its own.
COVER := $(CURDIR)/.build/cover
.PHONY: cover
cover: prepare
	@rm -rf $(COVER) && mkdir -p $(COVER)
	@echo "$(GO) test -cover -coverpkg=./... $(TESTFLAGS) $(PKGS)"
	@$(GO) test -cover -coverpkg=./... $(TESTFLAGS) $(PKGS) -args -test.gocoverdir=$(COVER) > $(COVER).log || { cat $(COVER).log; exit 1; }
	@$(GO) tool covdata percent -i=$(COVER) | sed 's|github.com/prisma-exporter/prisma_exporter|.|; s|coverage: \(.*\) of statements|\1|'
	@$(GO) tool covdata textfmt -i=$(COVER) -o=$(COVER).txt
	@$(GO) tool cover -func=$(COVER).txt | tail -n 1

# What takes long by nature. `make test` runs a short form of each.
HOURS ?= 200
SOAK  ?= 10m
.PHONY: drill
drill: prepare
	DRILL_HOURS=$(HOURS) PRISMA_EXPORTER_SOAK=$(SOAK) $(GO) test -count=1 -timeout=0 $(TESTFLAGS) $(PKGS)
	cd $(ENGINE) && DRILL_HOURS=$(HOURS) $(GO) test $(ENGINE_FLAGS) -count=1 -timeout=0 $(TESTFLAGS) -run 'Drill|PageOnce|ListsComeAndGo|ShardsMove|Rules$$' .
	@$(MAKE) --no-print-directory fuzz

# The originals of what test/engine checks with their libraries.
.PHONY: promtool
promtool:
	@mkdir -p .build/engine
	cd $(ENGINE) && $(GO) build -v $(ENGINE_FLAGS) -ldflags=-s -o $(CURDIR)/.build/engine/ \
		github.com/prometheus/prometheus/cmd/promtool github.com/prometheus/alertmanager/cmd/amtool
	.build/engine/promtool check rules --lint=all --lint-fatal alerts/*.rules.yml
	.build/engine/promtool test rules alerts/tests/*.yml
	.build/engine/amtool check-config alerts/alertmanager*.yml

# Apart from `make test`: what renders for Kubernetes brings much to compile.
.PHONY: helm
helm:
	cd test/deploy && $(GO) test -count=1 -vet=all $(TESTFLAGS) ./... $(if $(UPDATE),-update)

# The pages for people in a real browser, judged by axe-core, which npm loads.
# Debian's Chromium is installed where there is none; PICTURES=folder keeps what
# it saw.
CHROMIUM ?= chromium
.PHONY: test-browser
test-browser:
	@command -v $(CHROMIUM) >/dev/null || { apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core; }
	@mkdir -p .build/browser && cp test/browser/package*.json .build/browser/
	npm ci --prefix .build/browser --ignore-scripts --no-audit --no-fund --loglevel=error
	AXE=$(CURDIR)/.build/browser/node_modules/axe-core/axe.min.js $(GO) test -count=1 -tags browser -run Browser ./test/browser

# The dashboards, drawn with Grafana's own components over a demo with an outage,
# and whether somebody on call sees it at once. Needs node, npm and Chromium.
DRAWN ?= .build/dashboards
.PHONY: dashboards-drawn
dashboards-drawn:
	@mkdir -p .build/engine && $(MAKE) --no-print-directory build OUTPUT=.build/engine/prisma_exporter
	@for name in prometheus promtool; do command -v $$name >/dev/null || (cd $(ENGINE) && \
		$(GO) build $(ENGINE_FLAGS) -ldflags=-s -o $(CURDIR)/.build/engine/ github.com/prometheus/prometheus/cmd/$$name) || exit 1; done
	PATH="$(CURDIR)/.build/engine:$$PATH" tools/dashboards/see.sh .build/engine/prisma_exporter $(DRAWN)

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
lint: check-versions
	$(GOLANGCI_LINT) config verify
	$(GOLANGCI_LINT) run

.PHONY: format
format:
	$(GOLANGCI_LINT) fmt

.PHONY: vulncheck
vulncheck:
	$(GOTOOL) govulncheck ./...

.PHONY: openapi
openapi:
	@tools/openapi/compare.sh && echo "The vendor's OpenAPI files have not changed."

# One Go version everywhere: go.mod says which. And what is tested beside
# Prometheus is built of the same modules as what is shipped.
GO_MINOR = $(shell sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' go.mod)
.PHONY: check-versions
check-versions:
	@bad=; want='$(GO_MINOR)'; escaped=$$(echo "$$want" | sed 's/\./\\./'); \
	for file in $(ENGINE)/go.mod test/deploy/go.mod tools/lint/go.mod tools/release/go.mod; do \
		grep -q "^go $$escaped\(\.\|$$\)" "$$file" || bad="$$bad $$file"; \
	done; \
	grep -q "^  version: $$escaped$$" .promu.yml || bad="$$bad .promu.yml"; \
	grep -Eq "^FROM .* golang:$$escaped[.@].* AS pinned$$" Dockerfile || bad="$$bad Dockerfile"; \
	grep -q "/go:$$escaped\"" .devcontainer/devcontainer.json || bad="$$bad .devcontainer"; \
	for file in .github/workflows/*.yml; do \
		if grep 'go-version:' "$$file" | grep -qv "go-version: $$escaped\.x$$"; then bad="$$bad $$file"; fi; \
	done; \
	if [ -n "$$bad" ]; then echo "go.mod requires Go $$want, but these files have another version:$$bad" >&2; exit 1; fi
	@awk '$$1 == "require" && $$2 != "(" { $$1 = ""; $$0 = $$0 } $$2 ~ /^v[0-9]/ { \
		if (FILENAME == "go.mod") want[$$1] = $$2; \
		else if ($$1 in want && want[$$1] != $$2) { print FILENAME " has " $$1 " " $$2 ", but go.mod has " want[$$1]; bad = 1 } \
	} END { exit bad }' go.mod $(ENGINE)/go.mod

.PHONY: docs
docs:
	$(GO) generate ./...

.PHONY: arrows
arrows:
	@$(GO) test ./docs -count=1 -run '^TestArrows$$' -v

.PHONY: tidy
tidy:
	$(GO) mod tidy
	cd $(ENGINE) && $(GO) mod tidy
	cd test/deploy && $(GO) mod tidy
	cd tools/lint && $(GO) mod tidy
	cd tools/release && $(GO) mod tidy

# --- run and clean -----------------------------------------------------------

.PHONY: demo
demo: build
	@$(GO) run ./cmd/demo --exporter=./$(OUTPUT) -- $(ARGS)

.PHONY: clean
clean:
	rm -rf $(BINARY) .build .tarballs .packages
