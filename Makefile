# `make` alone says what there is. Everything works from a fresh clone with Python 3.11 or newer and its venv.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.SUFFIXES:
.PHONY: help run prepare test test-long mutants lint ruff mypy djlint imports translations bench messages locks clean venv venv-dev

PY := .venv/bin/python
TEST_WORKERS ?= auto

# The first Python that is new enough; PYTHON=/path/to/python3 overrides.
FIND_PYTHON = for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
		if command -v $$candidate >/dev/null 2>&1 && $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Tongban needs Python 3.11 or newer; found: $$(python3 --version 2>&1 || echo none). Set PYTHON=/path/to/python3." >&2; exit 1; \
	fi

help: ## say what there is
	@echo "Tongban 通办"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo "Settings are environment variables, say PORT=8001: docs/operations.md"

run: venv ## set everything up and serve the demonstration county on http://127.0.0.1:8000
	@$(PY) -m portal.bootstrap --demo

prepare: venv ## set everything up as for run, without serving
	@$(PY) -m portal.bootstrap --demo --prepare

test: venv-dev ## all tests but the long ones (TEST_SEED=n repeats a run)
	@seed=$${TEST_SEED:-$$($(PY) -c 'import secrets; print(secrets.randbelow(2**32))')}; \
	echo "TEST_SEED=$$seed (the same again: make test TEST_SEED=$$seed)"; \
	$(PY) -m tests.legs && \
	TEST_SEED=$$seed TEST_SCALE=$${TEST_SCALE:-0.02} $(PY) -m pytest tests --ignore=tests/long -n $(TEST_WORKERS) --hypothesis-seed=$$seed $(PYTEST_ARGS)

test-long: venv-dev ## the long tests and the property tests at their full counts; goes on where it was stopped
	@seed=$$(TEST_SEED=$$TEST_SEED $(PY) -m tests.long_runs); \
	echo "TEST_SEED=$$seed (the same again: make test-long TEST_SEED=$$seed)"; \
	$(PY) -m tests.legs && \
	TEST_LONG=1 TEST_SEED=$$seed TEST_SCALE=$${TEST_SCALE:-1} $(PY) -m pytest tests -m "long or property" --hypothesis-seed=$$seed $(PYTEST_ARGS)

mutants: venv-dev ## change the rules of authority in every small way: each change must fail a test (tests/mutants.toml: those that may not)
	@$(PY) -m tests.mutants $(MUTANTS_ARGS)

lint: ruff mypy djlint imports translations ## ruff, mypy, djlint, import contracts, translations

ruff: venv-dev
	@$(PY) -m ruff check .

mypy: venv-dev
	@$(PY) -m mypy

djlint: venv-dev
	@.venv/bin/djlint --lint --quiet templates

imports: venv-dev
	@.venv/bin/lint-imports

translations: venv-dev
	@$(PY) -m portal.i18n check

bench: venv-dev ## measure: pages, slow clients, writers (bench/run.py)
	@$(PY) -m bench.run

messages: venv-dev ## compile the translations and name what is missing
	@$(PY) -m portal.i18n compile
	@$(PY) -m portal.i18n check

# Resolves anew within pyproject.toml. No index address and no path may stand in the files: tests/test_boot.py looks.
COMPILE = .venv/locks/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
locks: venv ## resolve the packages anew (LOCK_ARGS=--upgrade) and write both lock files
	@[ -x .venv/locks/bin/pip-compile ] || { $(PY) -m venv .venv/locks && .venv/locks/bin/python -m pip install --quiet --disable-pip-version-check pip-tools; }
	@$(COMPILE) $(LOCK_ARGS) --output-file requirements.lock pyproject.toml
	@$(COMPILE) $(LOCK_ARGS) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean: ## remove the environment and all caches; data (instance/) stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find portal/translations -name '*.mo' -exec rm -f {} +

venv:
	@$(FIND_PYTHON); $$found deploy/environment.py requirements.lock

venv-dev:
	@$(FIND_PYTHON); $$found deploy/environment.py requirements-dev.lock
