# From a fresh clone: `make demo` or `make test`. Needs Python 3.11 or newer with pip and venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH := .venv-bench
BENCH_STAMP := $(BENCH)/.installed
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 POLARS_MAX_THREADS=1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-external study bench bench-cost bench-exact bench-doses bench-sdp bench-durability clean docs docs-serve

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@echo "PYTHON names another interpreter than python3: make setup PYTHON=python3.12"

setup: $(STAMP) ## create .venv with the package and its tools, in the pinned versions

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "recourse-bandits needs Python 3.11 or newer; $(PYTHON) --version says: $$($(PYTHON) --version 2>&1)" >&2; \
	  echo "Name another interpreter: make setup PYTHON=python3.12" >&2; \
	  exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (the first time takes a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input \
	  --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup ## run the hypertension study into the folder demo
	$(BIN)/recourse run hypertension --out demo

# NO_MKDOCS_2_WARNING silences the theme's notice about its successor; pyproject.toml bounds both.
docs: setup ## build the documentation into build/docs; it reads without a server or network
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

docs-serve: setup ## show the documentation on this machine while it is written
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

test: setup ## run every check: scripts/check
	@scripts/check

test-external: ## run the checks that need more than Python
	@echo "test-external: nothing to run, every part of this version needs Python only."

study: setup ## run the slow learning studies
	$(BIN)/python -m pytest studies

bench: $(BENCH_STAMP) ## measure the speed beside other libraries; OPTIONS='--markdown docs/benchmarks.md'
	@$(ONE_THREAD) $(BENCH)/bin/python -m benchmarks.speed $(OPTIONS)

# The peers have an environment of their own: 2 GB, and nothing of it is needed for anything else.
$(BENCH_STAMP): pyproject.toml constraints.txt benchmarks/install.py benchmarks/requirements.txt benchmarks/constraints.txt
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@echo "Installing the peers into $(BENCH) (the first time takes some minutes) ..."
	@$(BENCH)/bin/python benchmarks/install.py
	@touch $@

bench-cost: setup ## measure cost against work, and draw docs/images/cost.svg
	@$(ONE_THREAD) $(BIN)/python -m benchmarks.cost $(OPTIONS)

bench-exact: setup ## measure exact estimates beside those of one pass; draw docs/images/exact-cost.svg
	@$(ONE_THREAD) $(BIN)/python -m benchmarks.exact $(OPTIONS)

bench-doses: setup ## measure the speed of policies that choose doses
	@$(ONE_THREAD) $(BIN)/python -m benchmarks.doses

bench-sdp: $(BENCH_STAMP) ## compare certified optima with a semidefinite relaxation
	@$(ONE_THREAD) $(BENCH)/bin/python -m benchmarks.sdp $(OPTIONS)

bench-durability: setup ## measure what a journal in a file costs
	$(BIN)/python -m benchmarks.durability

clean: ## remove what the other targets made, except .venv and .venv-bench
	rm -rf demo runs build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path './.venv*' -prune -o -type d -name __pycache__ -exec rm -rf {} +
