# Two commands do everything on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DBT_VENV := .venv-dbt
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install install-dev install-tpc install-dbt demo test check pytest lock soundness fold-soundness soak bench clean

help:
	@echo "make demo       play the main job on real data (installs what it needs)"
	@echo "make test       all checks and tests (installs what it needs)"
	@echo "make install    make .venv with hansa and what the demo needs"
	@echo "make install-tpc  the TPC queries for the tests that need them"
	@echo "make install-dbt  make .venv-dbt with dbt, without which its tests are skipped"
	@echo "make check      ruff, mypy, import-linter"
	@echo "make soundness  20,000 random pairs of queries against the prover (nightly)"
	@echo "make fold-soundness  10,000 random pairs of versions against folding (nightly)"
	@echo "make soak       teams at work in one target, 200 of their processes killed (nightly)"
	@echo "make bench      measure; results go to benchmarks/results"
	@echo "make lock       write the hashed requirements files anew (needs uv)"

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "hansa needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# The queries of TPC-H and TPC-DS come with a DuckDB of their own version.
.venv-tpc/.installed: requirements-tpc.txt
	$(PYTHON) -m venv .venv-tpc
	.venv-tpc/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tpc.txt
	@touch $@

install: $(VENV)/.installed

install-tpc: .venv-tpc/.installed

install-dev: $(VENV)/.installed-dev

$(DBT_VENV)/.installed: requirements-dbt.txt
	$(PYTHON) -m venv $(DBT_VENV)
	$(DBT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dbt.txt
	@touch $@

install-dbt: $(DBT_VENV)/.installed

demo: install
	$(BIN)/hansa demo

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: install-dev
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

test: check pytest

soundness: install-dev
	$(BIN)/python scripts/soundness.py --pairs 20000

fold-soundness: install-dev
	$(BIN)/python scripts/fold_soundness.py --pairs 10000

soak: install-dev
	HANSA_TEST_KILLS=200 $(BIN)/python -m pytest -n 0 tests/deploy/test_teams.py

bench: install-dev
	for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

lock:
	uv pip compile pyproject.toml requirements.in --extra demo --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements.txt
	uv pip compile pyproject.toml requirements.in --extra demo --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements-dev.txt
	uv pip compile requirements-tpc.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements-tpc.txt
	uv pip compile requirements-dbt.in --universal --python-version 3.11 --no-strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements-dbt.txt

clean:
	rm -rf $(VENV) $(DBT_VENV) .venv-tpc build dist
