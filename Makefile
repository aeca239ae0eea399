SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMPILE := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
export DUNWATCH_DATA_DIR ?= $(CURDIR)/var

.DEFAULT_GOAL := help
.PHONY: help setup run demo test pages-check browser format bench lock openapi samples pictures model dist sbom audit clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

setup: $(VENV)/.installed  ## only install, into .venv

run: $(VENV)/.installed  ## start everything: PostgreSQL, API, scorer, replica, exporter (Ctrl-C ends all of it)
	@exec $(BIN)/dunwatch serve

demo: $(VENV)/.installed  ## fill a running or a fresh service with a simulated, marked crowd
	@exec $(BIN)/dunwatch demo

test: $(VENV)/.installed-dev browser  ## format, lint, types, import rules and all tests on a real PostgreSQL
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/dunwatch rules check
	@$(BIN)/mypy > $(VENV)/mypy.log 2>&1 & types=$$!; \
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS); tests=$$?; \
	wait $$types; typed=$$?; cat $(VENV)/mypy.log; exit $$((tests ? tests : typed))

pages-check: $(VENV)/.installed-dev browser  ## look at every page in a real browser: themes, widths, sizes of text, languages
	$(BIN)/pytest -n 2 -m full tests/pages $(ARGS)

browser:  ## install Chromium where that can be done (Debian, as root); without it the tests in a browser are skipped
	@command -v chromium > /dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null && apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends \
	  chromium fonts-noto-cjk > /dev/null; } || [ "$$DUNWATCH_TEST_BROWSER" != required ]

format: $(VENV)/.installed-dev  ## format and mend what lint can mend
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev  ## run the benchmarks and write docs/benchmarks.md
	$(BIN)/python -m benchmarks $(ARGS)

openapi: $(VENV)/.installed-dev  ## write api_specs/ from the code: the API's document, the schemas of exports and of the catalogue
	$(BIN)/dunwatch openapi > api_specs/openapi.json
	$(BIN)/dunwatch exports schemas api_specs
	for file in channels rules violations routing; do \
	  $(BIN)/dunwatch rules schema $$file > api_specs/catalogue-$$file.schema.json || exit 1; done

samples: $(VENV)/.installed-dev  ## print papers for six channels as pictures into docs/samples/, with invented data
	$(BIN)/python -m benchmarks.samples

pictures: $(VENV)/.installed-dev browser  ## picture the pages of the running service into docs/pages/
	$(BIN)/python -m benchmarks.pictures $(ARGS)

model: $(VENV)/.installed  ## train the shipped model again, on the simulation
	$(BIN)/python -m ml.simulation.train

dist: $(VENV)/.installed  ## build dist/*.whl and dist/*.tar.gz, with everything inside that the service needs
	rm -rf dist build
	for kind in sdist wheel; do \
	  $(BIN)/python -c "from setuptools import build_meta; build_meta.build_$$kind('dist')" > /dev/null || exit 1; done
	@rm -rf build; ls dist

sbom: $(VENV)/.installed  ## write dist/sbom.cdx.json: what requirements.lock installs, with hashes and licences (CycloneDX)
	@mkdir -p dist
	$(BIN)/python -m dependencies.sbom > dist/sbom.cdx.json

audit: $(VENV)/.installed  ## compare requirements.lock with known weaknesses: a dated list, and pip-audit if it is installed
	$(BIN)/python -m dependencies.audit

lock:  ## resolve the lock files again (needs uv: pip install uv)
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) --extra screens -c requirements.lock pyproject.toml -o requirements-screens.lock
	$(COMPILE) --extra dev -c requirements-screens.lock pyproject.toml -o requirements-dev.lock

clean:  ## remove .venv and caches; the data in var/ stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (set PYTHON=...)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); \
	  else echo "python3-venv is missing: install it and run this again"; exit 1; fi; }

$(VENV)/.installed: requirements.lock requirements-screens.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-screens.lock || \
	  echo "The reader of screenshots is not installed here; everything else works (docs/operations.md)."
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@
