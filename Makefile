# Everything that is done with this project, by name. `make` alone lists the names.
#
# Nothing has to be installed by hand beyond Go, Node.js with npm, and make: pnpm and the linters go to .tools/, and the
# system packages that tests need are installed by scripts/setup where that is possible, and named where it is not.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

export npm_config_update_notifier := false

GO ?= go
TOOLS := $(CURDIR)/.tools
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X claude-agent-chat/pkg/lifecycle.version=$(VERSION)

# The version of pnpm stands in web/package.json, and nowhere else.
PNPM_VERSION := $(shell sed -n 's/.*"packageManager": *"pnpm@\([0-9.]*\).*/\1/p' web/package.json)
PNPM_DIR := $(TOOLS)/pnpm-$(PNPM_VERSION)
PNPM := $(PNPM_DIR)/node_modules/.bin/pnpm --dir web
GOLANGCI := $(TOOLS)/bin/golangci-lint

GO_FILES := go.mod go.sum $(shell find cmd pkg web/embed.go -type f -not -name '*_test.go' 2>/dev/null)
WEB_FILES := web/index.html web/package.json web/vite.config.ts web/tsconfig.json \
	$(shell find web/src web/public -type f 2>/dev/null)
WEB_DEPS := web/node_modules/.installed
WEB_DIST := web/dist/index.html
CLAUDE_CODE := test/claude/node_modules/.installed

##@ The commands

.PHONY: run
run: setup-run build ## set up, then serve on http://localhost:5000 with data in ./data
	@exec scripts/run

.PHONY: test
test: setup-test $(WEB_DIST) $(CLAUDE_CODE) ## set up, then every test that needs no browser and no Docker
	$(GO) vet ./...
	$(GO) test -race -shuffle=on -timeout 20m ./...
	$(GO) test -count=1 -run 'SlowReader|Cuts' ./test/wire
	$(PNPM) run test

.PHONY: build
build: bin/app bin/wsgateway ## bin/app (web client embedded) and bin/wsgateway

.PHONY: e2e
e2e: setup-e2e build ## browser tests on the built programs
	E2E_BIN=$(CURDIR)/bin CHROMIUM=$$(scripts/setup chromium) $(PNPM) run e2e

.PHONY: test-docker
test-docker: ## image and compose tests, on the Docker engine of this machine
	$(GO) vet -tags docker ./test/docker/...
	$(GO) test -tags docker -count=1 -v -timeout 30m ./test/docker/...

.PHONY: bench
bench: setup-run build ## benchmarks of packages, then of the built programs under load
	$(GO) test -run '^$$' -bench . -benchmem -timeout 30m ./pkg/...
	$(GO) run ./test/bench -bin bin

.PHONY: soak
soak: ## kill a writer 10,000 times (SOAK_KILLS): no acknowledged record is lost, no line is torn
	SOAK_KILLS=$${SOAK_KILLS:-10000} $(GO) test -count=1 -run 'TestKilled$$' -v -timeout 2h ./pkg/transcript

.PHONY: mutate
mutate: setup-test ## take the boundary's protections out of its source, one by one: the tests must miss each
	$(GO) run ./test/mutate

.PHONY: vuln
vuln: ## known faults of the libraries in use (VULNDB: where they are listed, Go's own list if it is empty)
	$(GO) run golang.org/x/vuln/cmd/govulncheck@latest $(if $(VULNDB),-db $(VULNDB)) ./...

.PHONY: fuzz
fuzz: ## fuzz every decoder and the resolver of paths, for FUZZ_TIME each (10m)
	grep -rn '^func Fuzz' --include='*_test.go' pkg | sed -E 's#^(pkg/[^:]*)/[^/:]*:[0-9]+:func (Fuzz[A-Za-z0-9]*).*#\1 \2#' | while read -r dir name; do \
		$(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $${FUZZ_TIME:-10m} -fuzzminimizetime 100x "./$$dir" || exit 1; done

.PHONY: lint
lint: setup-run $(GOLANGCI) $(WEB_DEPS) ## linters of both languages
	$(GOLANGCI) run ./...
	$(PNPM) run lint
	$(PNPM) run typecheck

.PHONY: check
check: lint test ## lint and test together

##@ Helpers

.PHONY: setup
setup: setup-test setup-e2e $(WEB_DEPS) $(CLAUDE_CODE) $(GOLANGCI) ## all set-up for all of the above, and nothing else

.PHONY: web
web: $(WEB_DIST) ## only the web client, into web/dist

.PHONY: fmt
fmt: $(GOLANGCI) $(WEB_DEPS) ## format the source of both languages
	$(GOLANGCI) fmt ./...
	$(PNPM) run format

.PHONY: clean
clean: ## remove what was built; keeps ./data
	rm -rf bin .tools web/node_modules test/claude/node_modules
	find web/dist -mindepth 1 -not -name .gitkeep -delete

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup-go setup-run setup-test setup-e2e
setup-go setup-run setup-test setup-e2e: setup-%:
	@scripts/setup $*

# What is built, each from what it depends on, and only when that is newer.

$(PNPM_DIR)/.installed: | setup-run
	@mkdir -p $(@D)
	npm install --prefix $(@D) --no-save --no-audit --no-fund --loglevel=error pnpm@$(PNPM_VERSION)
	@touch $@

$(WEB_DEPS): web/package.json web/pnpm-lock.yaml web/pnpm-workspace.yaml $(PNPM_DIR)/.installed
	$(PNPM) install --frozen-lockfile
	@touch $@

# The program that the transcripts are shared with, for the tests that ask it.
$(CLAUDE_CODE): test/claude/package.json test/claude/pnpm-lock.yaml test/claude/pnpm-workspace.yaml $(PNPM_DIR)/.installed
	$(PNPM_DIR)/node_modules/.bin/pnpm --dir test/claude install --frozen-lockfile
	@touch $@

# The address that the client is built with is part of what it is built from.
$(TOOLS)/vite-ws-url: force
	@mkdir -p $(@D)
	@[ -f $@ ] && [ "$$(cat $@)" = "$${VITE_WS_URL:-}" ] || printf '%s' "$${VITE_WS_URL:-}" >$@

$(WEB_DIST): $(WEB_FILES) $(WEB_DEPS) $(TOOLS)/vite-ws-url
	$(PNPM) run build
	@touch $@

bin/app bin/wsgateway: bin/%: $(GO_FILES) | setup-go
	@mkdir -p $(@D)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/$*

bin/app: $(WEB_DIST)

$(GOLANGCI): tools/go.mod tools/go.sum | setup-go
	@mkdir -p $(@D)
	cd tools && CGO_ENABLED=0 $(GO) build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: force
force:
