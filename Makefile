# From a fresh clone: `make demo` or `make test`. Needs Python 3.11 or newer with pip and venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-external study bench bench-durability clean

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

test: setup ## run every check: scripts/check
	@scripts/check

test-external: ## run the checks that need more than Python
	@echo "test-external: nothing to run, every part of this version needs Python only."

study: setup ## run the slow learning studies
	$(BIN)/python -m pytest studies

bench: setup ## measure the speed, on one thread
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 POLARS_MAX_THREADS=1 \
	  $(BIN)/python -m benchmarks.speed

bench-durability: setup ## measure what a journal in a file costs
	$(BIN)/python -m benchmarks.durability

clean: ## remove what the other targets made, except .venv
	rm -rf demo runs build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +
