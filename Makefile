# Everything from nothing, and nothing twice. A stamp remembers what was done for which version of its inputs.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
# One more than the two cores it is sized for: browsers and databases leave a core idle now and then.
WORKERS ?= 3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .stamps
FLASK := $(BIN)/flask --app wsgi
# Registries answer slowly at times; more tries are cheap.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 10

.PHONY: help demo run test check types lint format assets messages bench bench-sync bench-triggers bench-nbo torture screenshots clean
.DEFAULT_GOAL := help

help: ## What can be asked for
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(STAMPS)/run $(STAMPS)/assets $(STAMPS)/messages ## Everything from nothing: a catalogue synced over HTTP, at http://127.0.0.1:8000
	@exec $(FLASK) demo --port $(PORT)

run: $(STAMPS)/run $(STAMPS)/assets $(STAMPS)/messages ## Serve with the settings of the environment
	@exec $(BIN)/granian --interface wsgi --host 127.0.0.1 --port $(PORT) --workers 1 --blocking-threads 1 --workers-kill-timeout 30 wsgi:app

test: ## Lint, types, layers, and all tests on SQLite and on PostgreSQL
	@$(MAKE) --no-print-directory -j2 $(STAMPS)/dev $(STAMPS)/counterparts
	@$(MAKE) --no-print-directory check
	@# The processes that tests start find the application compiled, also where Python is told to write nothing.
	@$(BIN)/python -m compileall -q catalog_app
	$(BIN)/python -m pytest -n $(WORKERS)

check: $(STAMPS)/dev ## Lint, types and layers, without the tests
	@$(MAKE) --no-print-directory -j2 --output-sync=target types lint $(STAMPS)/assets $(STAMPS)/messages

types:
	$(BIN)/mypy

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/deptry .
	$(BIN)/vulture

format: $(STAMPS)/dev ## Put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(STAMPS)/run ## Bring the catalogues of words up to what code and templates say now
	$(BIN)/python scripts/messages.py

assets: $(STAMPS)/assets ## Front-end files by others, copied to static/vendor

bench-sync: $(STAMPS)/dev $(STAMPS)/assets ## Measure the sync beside a plain upsert, on SQLite and PostgreSQL
	$(BIN)/python -m benchmarks.sync

bench-triggers: $(STAMPS)/dev $(STAMPS)/assets ## Measure what triggers of campaigns cost, on SQLite and PostgreSQL
	$(BIN)/python -m benchmarks.triggers

bench-nbo: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/bench ## Hold the models to the public gates beside libraries: NBO_DATA=folder PROTOCOL=file (docs/nbo.md)
	@test -n "$(NBO_DATA)" -a -n "$(PROTOCOL)" || { echo "Say where the data and the protocol are: make bench-nbo NBO_DATA=... PROTOCOL=..."; exit 1; }
	OMP_NUM_THREADS=1 $(VENV)/bench/bin/python -m benchmarks.nbo --data "$(NBO_DATA)" --protocol "$(PROTOCOL)" --baselines

torture: $(STAMPS)/dev $(STAMPS)/assets ## Kill, freeze and race syncs; every figure must hold
	$(BIN)/python -m benchmarks.torture all

bench: $(STAMPS)/dev $(STAMPS)/assets ## Measure; results belong in docs/performance.md
	$(BIN)/python -m benchmarks

screenshots: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/messages ## A tour of every page to instance/tour, and the pictures of docs/images anew
	$(BIN)/python scripts/screenshots.py

clean: ## Forget everything that was made here, the demo's data too
	rm -rf $(VENV) $(STAMPS) node_modules static/vendor instance

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit("The product catalog needs Python 3.11 or newer; set PYTHON." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: $(STAMPS)/venv requirements.txt
	@echo "Installing what the application needs"
	@$(PIP) -r requirements.txt
	@touch $@

$(STAMPS)/dev: $(STAMPS)/run requirements-dev.txt requirements-parquet.txt
	@echo "Installing what checks and tests need"
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(STAMPS)/counterparts: $(STAMPS)/venv requirements-counterparts.txt
	@echo "Installing the servers by others that tests read from"
	@$(BIN)/python -m venv $(VENV)/counterparts
	@$(VENV)/counterparts/bin/python -m pip install --quiet --disable-pip-version-check --retries 10 -r requirements-counterparts.txt
	@touch $@

$(STAMPS)/bench: $(STAMPS)/dev requirements-bench.txt requirements-parquet.txt
	@echo "Installing what benchmarks measure against"
	@$(BIN)/python -m venv $(VENV)/bench
	@# It sees what the application has, and adds to it without changing it.
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > \
		"$$($(VENV)/bench/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/application.pth"
	@$(VENV)/bench/bin/python -m pip install --quiet --disable-pip-version-check --retries 10 -r requirements-bench.txt
	@touch $@

$(STAMPS)/assets: $(STAMPS)/run package.json package-lock.json scripts/vendor.py
	@echo "Fetching front-end files"
	@$(BIN)/python scripts/vendor.py
	@touch $@

$(STAMPS)/messages: $(STAMPS)/run $(wildcard translations/*/LC_MESSAGES/messages.po)
	@echo "Compiling translations"
	@$(BIN)/pybabel --quiet compile --directory translations
	@touch $@
