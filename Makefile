# Everything happens in .venv, which is set up when a target needs it and left alone when it is
# up to date. Needs make and Python 3.11 or later; `make PYTHON=/path/to/python` chooses one.

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= $(shell for python in python3 python python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; \
	done)

# What is installed is remembered by an empty file for each set of dependencies.
RUN  := $(VENV)/.installed-run
TEST := $(VENV)/.installed-test
DEV  := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check lint types contracts wheel coverage bench fuzz grammar docs snapshots format clean

help: ## this list
	@awk -F ' *## *' '/^[a-z]+:.*##/ { split($$1, target, ":"); printf "  make %-10s %s\n", target[1], $$2 }' Makefile

demo: $(RUN) ## convert the project's own example policies
	$(BIN)/migrator convert fixtures/demo --fail-on never
	@mkdir -p build
	$(BIN)/migrator convert fixtures/demo --fail-on never --report text=build/demo-report.txt -o build/demo
	ls -R build/demo

test: $(TEST) ## every test (ARGS="-k cel" for some)
	$(BIN)/python -m pytest $(ARGS)

check: test lint types contracts wheel ## all that CI runs

lint: $(DEV) ## ruff: rules and format
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check

types: $(DEV) ## mypy, strict
	$(BIN)/python -m mypy

contracts: $(DEV) ## who may import whom
	$(BIN)/lint-imports

wheel: $(DEV) ## build, install alone, convert
	$(BIN)/python -m pytest -m wheel tests/packaging

coverage: $(TEST) ## tests, with the lines and branches they leave out
	$(BIN)/python -m pytest --cov --cov-report=term $(ARGS)

bench: $(DEV) ## what it costs, beside PyYAML, cel-python and click (ARGS="--count 1000" for less)
	$(BIN)/python -m benchmarks --json build/benchmarks.json $(ARGS)

fuzz: $(TEST) ## damaged policies through everything (ARGS="--count 100000 --seed 7"; see fuzz/README.md)
	$(BIN)/python -m fuzz $(ARGS)

grammar: $(TEST) ## store the tables of the CEL grammar with it, after a change of the grammar
	$(BIN)/python -m tests.cel.by_lark

docs: $(TEST) ## write the generated pages of docs/ again
	$(BIN)/python docs/generate.py

snapshots: $(TEST) ## accept what the snapshot tests see now
	$(BIN)/python -m pytest --snapshot-update $(ARGS)

format: $(DEV) ## format, and fix what can be fixed
	$(BIN)/python -m ruff format
	$(BIN)/python -m ruff check --fix

clean: ## remove what make made
	rm -rf $(VENV) build dist htmlcov .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.made:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or later with its venv module is needed: make PYTHON=/path/to/python' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUN): $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(TEST): $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(RUN)

$(DEV): $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(RUN) $(TEST)
