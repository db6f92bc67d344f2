# The project's own commands. Everything is installed into .venv, from hashed locks; no file names a package index.

PYTHON ?= python3
REGISTER_HOME ?= ./home
ROWS ?= 100000

BIN := .venv/bin
INSTALLED := .venv/.installed
UV_PIP := $(BIN)/uv pip
SYNC := $(UV_PIP) sync --compile-bytecode --python $(BIN)/python --require-hashes
COMPILE := $(UV_PIP) compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url

# Renamed only when it is whole: an interrupted copy is no home.
LAY_OUT = umask 077 && rm -rf "$$REGISTER_HOME.new" && mkdir -p "$$REGISTER_HOME.new" && \
	cp -R samples/policy.toml samples/feeds.toml samples/inbox "$$REGISTER_HOME.new" && mv "$$REGISTER_HOME.new" "$$REGISTER_HOME"

FITS = import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
NEEDS = Needs Python 3.11 to 3.13 with venv (Debian: apt install python3-venv); another one: make PYTHON=...

.PHONY: help run ui test test-deep screenshots bench check lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

run: export REGISTER_HOME := $(REGISTER_HOME)
run: $(INSTALLED) ## a first home from samples/ and three days' refresh; a home that is there is not laid out again
	@test -d "$$REGISTER_HOME" || { $(LAY_OUT); }
	@$(BIN)/python -m pipelines.first_run

ui: export REGISTER_HOME := $(REGISTER_HOME)
ui: $(INSTALLED) ## Dagster on the same home, on this machine only
	@$(BIN)/python -m pipelines.ui

test: $(INSTALLED) ## the tests, on SQLite and PostgreSQL; what is skipped is said
	$(BIN)/pytest -rsfE -n 2 --no-loadscope-reorder -m "not deep"

test-deep: $(INSTALLED) ## the long tests
	$(BIN)/pytest -rsfE -n 2 --no-loadscope-reorder -m deep

screenshots: export REGISTER_SCREENSHOTS := docs/images
screenshots: $(INSTALLED) ## the pictures of docs/steward.md anew, by the test that walks the pages in a browser
	$(BIN)/pytest -m deep tests/pipelines/test_browser.py

bench: .venv/.bench ## speed and memory beside the plain script, ROWS=100000 rows; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.bench $(ROWS)
	$(BIN)/python -m benchmarks.steward

check: $(INSTALLED) ## lint, types, import rules
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: $(INSTALLED) ## the locks anew after a change in pyproject.toml; what is pinned stays
	echo uv | $(COMPILE) - -o requirements-uv.lock
	$(COMPILE) --group dev --extra server pyproject.toml -o requirements.lock
	$(COMPILE) --group dev --group bench --extra server --constraint requirements.lock pyproject.toml -o requirements-bench.lock
	$(COMPILE) --extra server --constraint requirements.lock pyproject.toml -o requirements-server.lock

.venv/.bench: $(INSTALLED) requirements-bench.lock
	$(SYNC) requirements-bench.lock
	$(UV_PIP) install --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(INSTALLED): requirements-uv.lock requirements.lock pyproject.toml
	@$(PYTHON) -c "$(FITS)" 2>/dev/null || { echo "$(NEEDS)"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements-uv.lock
	$(SYNC) requirements.lock
	$(UV_PIP) install --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
