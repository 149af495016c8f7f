# What a person types. `make test` is what CI runs (.ci/run); nothing here needs root.
# The virtual environment .venv is made on first use; a second `make` finds it ready.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
DEBIAN := apt-get install -y --no-install-recommends python3 python3-venv make git ca-certificates

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The developer's own settings must not change what the tests see.
unexport SYNCD_CONFIG SYNCD_DATABASE_URL STATE_DIRECTORY CREDENTIALS_DIRECTORY

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check lint types contracts format tests laws gate simulate soak smoke score torture bench fuzz mutate test-caldav clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.runs  ## a sample practice, synced with a real CalDAV server and a stand-in for Cal.com, in a minute
	$(BIN)/syncd demo

test: check tests gate smoke  ## everything: what CI runs

check: lint types contracts  ## the checks that need no tests

lint: $(VENV)/.develops
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.develops
	$(BIN)/mypy

contracts: $(VENV)/.develops
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.develops  ## let ruff put the code in order
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Those of the second line wait for processes half of their time.
tests: $(VENV)/.develops  ## the tests alone
	$(BIN)/pytest -n $(WORKERS) -q --cov --cov-report=term:skip-covered tests/unit tests/laws
	$(BIN)/pytest -n $$(( 2 * $(WORKERS) )) -q --ignore=tests/unit --ignore=tests/laws

SECONDS ?= 60
laws: $(VENV)/.develops  ## thousands of plans a second against every law: SECONDS=60 SEED=…, or SCENARIO=…
	@PYTHONPATH=tests nice $(BIN)/python -m laws.at_speed --seconds $(SECONDS) \
	  $(if $(SEED),--seed $(SEED)) $(if $(SCENARIO),--scenario $(SCENARIO))

gate: $(VENV)/.develops  ## a minute of plans and histories: known ones, and some from a seed of chance, which is printed
	$(MAKE) --no-print-directory laws SECONDS=15
	$(BIN)/syncd simulate --seeds 60 --first 1 --workers $(WORKERS)
	$(BIN)/syncd simulate --seconds 15 --workers $(WORKERS) $(if $(FIRST),--first $(FIRST))

simulate: $(VENV)/.develops  ## random histories with every fault: SECONDS=60 FIRST=…, or SEED=… to tell one
	nice $(BIN)/syncd simulate $(if $(SEED),--seed $(SEED) --shrink,--seconds $(SECONDS) $(if $(FIRST),--first $(FIRST)))

HOURS ?= 8
soak: $(VENV)/.develops  ## laws by chance, then histories on all cores for HOURS=8, with a report at the end
	CHANCE=1 nice $(BIN)/pytest -n $(WORKERS) -q tests/unit tests/laws tests/hostile tests/providers/caldav/ical
	nice $(BIN)/syncd simulate --seconds $$(( $(HOURS) * 3600 ))

smoke: $(VENV)/.develops  ## build the wheel from the sdist and use it in an empty environment
	.ci/smoke $(BIN)/python

score: $(VENV)/.develops  ## plant known bugs in a copy, and count those that the simulator finds (docs/planted-bugs.md); LOG=file goes on where it stopped
	PYTHONPATH=tests nice $(BIN)/python -m score --workers $(WORKERS) --write docs/planted-bugs.md $(if $(LOG),--log $(LOG))

torture: export TORTURE := 1
torture: export TORTURE_REPORT := $(REPORT)
torture: $(VENV)/.develops  ## every fault at every request, kills at every step: an hour or two; REPORT=folder keeps the tables
	nice -n 10 $(BIN)/pytest -n $(WORKERS) --dist worksteal -q tests/torture

bench: $(VENV)/.benches  ## side by side with vdirsyncer, as ratios (docs/benchmarks.md)
	$(BIN)/python tests/bench/run.py
	$(BIN)/python tests/bench/door.py
	$(BIN)/python tests/bench/inbox.py

fuzz: $(VENV)/.fuzzes  ## hostile input for each door: SECONDS=60 TARGET=… (all doors when none is named)
	PYTHONPATH=tests $(BIN)/python -m hostile.fuzz --seconds $(or $(SECONDS),60) $(TARGET)

mutate: export LAWS_EXAMPLES := 20
mutate: $(VENV)/.mutates  ## change the core in every small way and see the tests fail: an hour; goes on where it stopped
	@mkdir -p mutants && echo '*' > mutants/.gitignore
	PYTHONPATH=tests nice $(BIN)/python -m mutation.session
	PYTHONPATH=tests nice $(BIN)/python -m mutation.declared
	PYTHONPATH=tests $(BIN)/python -m mutation.report

test-caldav: export SYNCD_CALDAV_URL := $(URL)
test-caldav: export SYNCD_CALDAV_USERNAME := $(USERNAME)
test-caldav: $(VENV)/.develops  ## the provider laws on any server: URL=… USERNAME=…, password in $PASSWORD
	@test -n "$(URL)" -a -n "$(USERNAME)" || { \
	  echo "usage: PASSWORD=… make test-caldav URL=https://… USERNAME=…" >&2; exit 2; }
	$(BIN)/pytest tests/providers/test_any_server.py -v

clean:  ## remove what was built; .venv too
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The stamps: enough to run, to develop, to compare, to fuzz. Each is renewed when pyproject.toml is.

$(VENV)/.runs: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[demo]'
	@touch $@

$(VENV)/.develops: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[demo,postgresql]' --group test --group lint
	@touch $@ $(VENV)/.runs

$(VENV)/.benches: pyproject.toml | $(VENV)/.develops
	$(BIN)/python -m pip install --quiet --group bench
	@touch $@

# Where there is no atheris for this Python the fuzzers say so, and go on without.
$(VENV)/.fuzzes: pyproject.toml | $(VENV)/.develops
	$(BIN)/python -m pip install --quiet --only-binary atheris --group fuzz || true
	@touch $@

$(VENV)/.mutates: pyproject.toml | $(VENV)/.develops
	$(BIN)/python -m pip install --quiet --group mutation
	@touch $@

# pip learned dependency groups in 25.1; a stable system brings an older one.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "syncd needs Python 3.11 or newer. On Debian 12: $(DEBIAN)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "syncd needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "this Python cannot make virtual environments. On Debian 12: $(DEBIAN)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
