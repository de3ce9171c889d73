# Every target brings what it needs; nothing is done twice.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PY := .venv/bin
VENDOR := webmap/static/vendor
MAPLIBRE_FILES := $(addprefix node_modules/maplibre-gl/,LICENSE.txt $(addprefix dist/,maplibre-gl.css maplibre-gl.mjs \
  maplibre-gl-shared.mjs maplibre-gl-worker.mjs))
ECHARTS_FILES := $(addprefix node_modules/echarts/,LICENSE dist/echarts.esm.min.mjs)
LEAFLET_FILES := $(addprefix node_modules/leaflet/,LICENSE dist/leaflet.css dist/leaflet.js)
CATALOGS := $(patsubst %.po,%.mo,$(wildcard webmap/translations/*/LC_MESSAGES/messages.po))
LOCK := $(PY)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: help
help: ## Say what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

.PHONY: run
run: ## Install what is missing and serve the map (ARGS="--port 9000")
	@scripts/system-packages.sh run
	@$(MAKE) build
	@$(PY)/fuchun serve $(ARGS)

.PHONY: test
test: ## Install what is missing and run the tests (ARGS="tests/geo -x")
	@scripts/system-packages.sh test
	@scripts/virtual-environment.sh requirements-dev.lock
	@$(MAKE) front
	@$(PY)/node --test --test-reporter=dot "tests/js/*.test.mjs"
	@$(PY)/pytest -n 2 $(ARGS)

.PHONY: soak
soak: ## Run the long tests: mutated files, half-sent requests, thousands of calls (ARGS="tests/webmap")
	@scripts/system-packages.sh soak
	@scripts/virtual-environment.sh requirements-dev.lock
	@$(MAKE) front
	@$(PY)/pytest -m soak -n 2 --dist worksteal $(ARGS)

.PHONY: audit
audit: ## List the licences of the locked packages and what is known against them (needs the network)
	@scripts/system-packages.sh python
	@scripts/virtual-environment.sh requirements-dev.lock
	@scripts/audit.sh

.PHONY: lint
lint: ## Check style, types and layers, of Python and of the scripts of browsers
	@scripts/system-packages.sh python
	@scripts/virtual-environment.sh requirements-dev.lock
	@$(MAKE) front
	$(PY)/ruff check
	$(PY)/ruff format --check
	$(PY)/mypy
	$(PY)/lint-imports
	$(PY)/node node_modules/eslint/bin/eslint.js webmap/static/js tests/js eslint.config.mjs
	$(PY)/node node_modules/typescript/bin/tsc -p tsconfig.json

.PHONY: bench
bench: ## Measure beside other programs, into docs/benchmarks.md (ARGS="searches routes" for parts)
	@scripts/system-packages.sh run
	@scripts/virtual-environment.sh requirements-dev.lock
	@scripts/bench-environment.sh
	@$(PY)/python -m benchmarks.run $(ARGS)

.PHONY: build
build: ## Make .venv, fetch the front end's packages, compile the translations
	@scripts/system-packages.sh python
	@scripts/virtual-environment.sh requirements.lock
	@$(MAKE) front

.PHONY: front
front: $(VENDOR)/fetched $(CATALOGS)
	@:

# npm comes from the locked Python environment, so the system's version, if any, does not matter.
$(VENDOR)/fetched: package-lock.json
	@PATH="$(CURDIR)/$(PY):$$PATH" $(PY)/npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@mkdir -p $(VENDOR)/maplibre $(VENDOR)/echarts $(VENDOR)/leaflet
	@cp $(MAPLIBRE_FILES) $(VENDOR)/maplibre/
	@cp $(ECHARTS_FILES) $(VENDOR)/echarts/
	@cp $(LEAFLET_FILES) $(VENDOR)/leaflet/
	@touch $@

%.mo: %.po
	@$(PY)/pybabel --quiet compile -i $< -o $@

.PHONY: messages
messages: ## Renew the message catalogue from code and templates
	@$(PY)/python -m webmap.catalogue

.PHONY: lock
lock: ## Renew the locks after a change of dependencies (ARGS=--upgrade for newer versions)
	@scripts/system-packages.sh python
	@scripts/virtual-environment.sh requirements-dev.lock
	$(LOCK) $(ARGS) --extra build pyproject.toml -o requirements.lock
	$(LOCK) $(ARGS) --extra build --extra demo --extra dev pyproject.toml -o requirements-dev.lock
	$(LOCK) $(ARGS) benchmarks/requirements.in -o benchmarks/requirements.lock
	for folder in . benchmarks; do \
	  PATH="$(CURDIR)/$(PY):$$PATH" $(PY)/npm --prefix "$$folder" install --package-lock-only \
	    --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund; \
	done

.PHONY: clean
clean: ## Remove everything that can be made again; the data stays
	rm -rf .venv node_modules webmap/static/vendor build dist *.egg-info .*_cache .hypothesis
	find geo loaders webmap tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
	rm -f $(CATALOGS)
