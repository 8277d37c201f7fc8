# Everything from nothing, and nothing twice. A stamp remembers what was done for which version of its inputs.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
# What `make torture` does.
PART ?= all
# Two more than the two cores it is sized for: with one more, what tests wait for left the cores idle a quarter of the time.
WORKERS ?= 4
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .stamps
FLASK := $(BIN)/flask --app wsgi
CHECKED := types lint $(STAMPS)/assets $(STAMPS)/messages
# Registries answer slowly at times; more tries are cheap.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 10

.PHONY: help demo run install test check types lint format assets messages lock sbom bench bench-sync bench-triggers bench-scaling bench-nbo torture screenshots clean
.DEFAULT_GOAL := help

help: ## What can be asked for
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(STAMPS)/run $(STAMPS)/assets $(STAMPS)/messages ## Everything from nothing: a catalogue synced over HTTP, at http://127.0.0.1:8000
	@exec $(FLASK) demo --port $(PORT)

run: $(STAMPS)/run $(STAMPS)/assets $(STAMPS)/messages ## Serve with the settings of the environment
	@exec $(BIN)/granian --interface wsgi --host 127.0.0.1 --port $(PORT) --workers 1 --blocking-threads 1 --workers-kill-timeout 30 wsgi:app

test: ## Lint, types, layers, and all tests on SQLite and on PostgreSQL
	@# Three at once, for what is installed is mostly waited for.
	@$(MAKE) --no-print-directory -j3 --output-sync=target $(STAMPS)/counterparts $(CHECKED)
	@# The processes that tests start find the application compiled, also where Python is told to write nothing.
	@$(BIN)/python -m compileall -q catalog_app migrations benchmarks wsgi.py
	@$(BIN)/python -m scripts.compile_tests
	@# Each worker begins with its own stretch of the tests, so what a stretch shares is made once; whoever is done takes from others.
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: ## Lint, types and layers, without the tests
	@$(MAKE) --no-print-directory -j2 --output-sync=target $(CHECKED)

types: $(STAMPS)/dev
	$(BIN)/mypy

lint: $(STAMPS)/dev
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

install: $(STAMPS)/run $(STAMPS)/assets $(STAMPS)/messages ## All that serving needs, for a user who may not write here (docs/operators.md)
	@# Whoever serves reads these files and cannot keep what Python makes of them.
	$(BIN)/python -m compileall -q catalog_app migrations wsgi.py

lock: $(STAMPS)/tools ## Write requirements.lock anew: what production images install, with hashes
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--output-file requirements.lock requirements.txt requirements-celery.txt

sbom: $(STAMPS)/production $(STAMPS)/tools ## Say what production is made of: dist/sbom-python.cdx.json, dist/sbom-frontend.cdx.json (CycloneDX)
	@mkdir -p dist
	$(VENV)/tools/bin/cyclonedx-py environment --output-reproducible --output-format JSON --output-file dist/sbom-python.cdx.json $(VENV)/production/bin/python
	$(BIN)/python -m scripts.frontend_sbom > dist/sbom-frontend.cdx.json

bench-sync: $(STAMPS)/dev $(STAMPS)/assets ## Measure the sync beside a plain upsert, on SQLite and PostgreSQL
	$(BIN)/python -m benchmarks.sync

bench-triggers: $(STAMPS)/dev $(STAMPS)/assets ## Measure what triggers of campaigns cost, on SQLite and PostgreSQL
	$(BIN)/python -m benchmarks.triggers

bench-scaling: $(STAMPS)/dev $(STAMPS)/assets ## Measure one node and several, with and without workers of their own, beside a sync
	$(BIN)/python -m benchmarks.scaling

bench-nbo: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/bench ## Hold the models to the public gates beside libraries: NBO_DATA=folder PROTOCOL=file (docs/nbo.md)
	@test -n "$(NBO_DATA)" -a -n "$(PROTOCOL)" || { echo "Say where the data and the protocol are: make bench-nbo NBO_DATA=... PROTOCOL=..."; exit 1; }
	OMP_NUM_THREADS=1 $(VENV)/bench/bin/python -m benchmarks.nbo --data "$(NBO_DATA)" --protocol "$(PROTOCOL)" --baselines

torture: $(STAMPS)/dev $(STAMPS)/assets ## Show that all holds that must, however badly it goes: PART=writes, or all of it in an hour; table in instance/torture.md
	$(BIN)/python -m benchmarks.torture $(PART) --out instance/torture.md

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

$(STAMPS)/dev: $(STAMPS)/run requirements-dev.txt requirements-parquet.txt requirements-celery.txt
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

$(STAMPS)/tools: $(STAMPS)/venv requirements-tools.txt
	@echo "Installing what writes locks and bills of materials"
	@$(BIN)/python -m venv $(VENV)/tools
	@$(VENV)/tools/bin/python -m pip install --quiet --disable-pip-version-check --retries 10 -r requirements-tools.txt
	@touch $@

$(STAMPS)/production: $(STAMPS)/venv requirements.lock
	@echo "Installing what a production image holds, each package checked against its hash"
	@$(BIN)/python -m venv --clear $(VENV)/production
	@$(VENV)/production/bin/python -m pip install --quiet --disable-pip-version-check --retries 10 --require-hashes --no-deps -r requirements.lock
	@# What installs packages is not in the image either.
	@$(VENV)/production/bin/python -m pip uninstall --quiet --yes setuptools pip
	@touch $@

$(STAMPS)/assets: $(STAMPS)/run package.json package-lock.json scripts/vendor.py
	@echo "Fetching front-end files"
	@$(BIN)/python scripts/vendor.py
	@touch $@

$(STAMPS)/messages: $(STAMPS)/run $(wildcard translations/*/LC_MESSAGES/messages.po)
	@echo "Compiling translations"
	@$(BIN)/pybabel --quiet compile --directory translations
	@touch $@
