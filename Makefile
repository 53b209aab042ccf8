# Everything a person does with the project. Each target sets up what it needs; nothing beyond python3, pip, make and git is expected.
#
# The set-up: a virtual environment in .venv, uv inside it, then exactly what a lock file names, by hash.
#   .venv/.made   the environment with uv and the build back end (holds the path it was made for)
#   .venv/.run    what the service needs            .venv/.test   what the service and its tests need (includes .run)
#   .venv/bench   an environment for the benchmarks, with what they are held against
#   .venv/ftm     the library that judges the FollowTheMoney we write
#   .venv/.native the main query has been compiled, or can't be here
#   .venv/.busy   an installation has begun and not ended: the next call begins anew
# An environment that was moved, lost its interpreter or was interrupted is made anew as well.

PYTHON ?= python3
PYTEST_ARGS ?=
BENCH_ARGS ?=
UPGRADE ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
.SHELLFLAGS := -euc

unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV
export UV_PYTHON_DOWNLOADS := never
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

BIN := .venv/bin
NATIVE := graph/snapshot/native
LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet $(if $(UPGRADE),--upgrade)

SOUND := $(shell test -x $(BIN)/python && test ! -e .venv/.busy && test "$$(cat .venv/.made 2>/dev/null)" = "$$(pwd -P)" && echo yes)
READY := $(if $(SOUND),$(if $(wildcard .venv/.test),.venv/.test,.venv/.run),.venv/.run)

# Said on the command line only: a shell may export HOST for its own ends. ENTENTE_HOST and ENTENTE_PORT count otherwise.
LISTEN := $(if $(filter command,$(origin HOST)),--host "$(HOST)") $(if $(filter command,$(origin PORT)),--port "$(PORT)")

# Brings .venv to exactly what the lock file $(1) names, and the project itself as an editable install.
define install
	@echo "Installing from $(1)"
	@touch .venv/.busy
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements-setup.lock $(1)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
	@rm .venv/.busy
endef

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: .venv/.test .venv/.native  ## make .venv with everything; .venv/bin/entente then works from any folder

.PHONY: run
run: $(READY) .venv/.native  ## serve http://127.0.0.1:8000 with the sample graph (HOST=, PORT=)
	@exec $(BIN)/entente serve $(LISTEN)

.PHONY: test
test: .venv/.test .venv/.native .venv/ftm/.made  ## run all tests (PYTEST_ARGS="-k name")
	@$(BIN)/pytest --numprocesses=auto --maxprocesses=4 $(PYTEST_ARGS)

.PHONY: kill-test
kill-test: .venv/.test .venv/.native  ## kill the service in the middle of its writes, 200 times on each engine
	@KILL_ROUNDS=200 $(BIN)/pytest --numprocesses=0 -s tests/test_kill.py $(PYTEST_ARGS)

.PHONY: check
check: lint types layers dockerfile openapi-check  ## run every static check

.PHONY: lint
lint: .venv/.test  ## style and layout (ruff)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: .venv/.test  ## types (mypy, strict)
	@$(BIN)/mypy

.PHONY: layers
layers: .venv/.test  ## who may import whom (import-linter)
	@$(BIN)/lint-imports

.PHONY: dockerfile
dockerfile: .venv/.test  ## the Dockerfile (hadolint)
	@$(BIN)/hadolint Dockerfile

.PHONY: openapi
openapi: $(READY)  ## write docs/openapi.json anew
	@mkdir -p docs
	@$(BIN)/entente openapi > .venv/openapi.json
	@mv .venv/openapi.json docs/openapi.json

.PHONY: openapi-check
openapi-check: $(READY)  ## docs/openapi.json says what the service says
	@$(BIN)/entente openapi > .venv/openapi.json
	@diff -u docs/openapi.json .venv/openapi.json || { echo "docs/openapi.json is out of date: make openapi" >&2; exit 1; }

.PHONY: format
format: .venv/.test  ## lay out the code (ruff)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: lock
lock: .venv/.made  ## write the lock files anew from pyproject.toml (UPGRADE=1 for newer versions)
	@$(BIN)/uv pip compile pyproject.toml $(LOCK) --output-file requirements.lock >/dev/null
	@$(BIN)/uv pip compile pyproject.toml --group dev --constraints requirements.lock $(LOCK) --output-file requirements-dev.lock >/dev/null
	@$(BIN)/uv pip compile --group setup --constraints requirements-dev.lock $(LOCK) --output-file requirements-setup.lock >/dev/null
	@$(BIN)/uv pip compile --group compiler $(LOCK) --only-binary :all: --output-file requirements-compiler.lock >/dev/null
	@$(BIN)/uv pip compile --group sdk $(LOCK) --output-file requirements-sdk.lock >/dev/null
	@$(BIN)/uv pip compile pyproject.toml --group bench --constraints requirements.lock $(LOCK) --output-file requirements-bench.lock >/dev/null
	@$(BIN)/uv pip compile --group ftm $(LOCK) --only-binary :all: --output-file requirements-ftm.lock >/dev/null

# In an environment of their own: what the benchmarks are held against is no part of the service or of its tests.
.PHONY: bench
bench: .venv/bench/.made .venv/.native  ## measure answers beside limits and peers, 100,000 relations (BENCH_ARGS="--rounds 5")
	@.venv/bench/bin/python -m bench.answers 100000 $(BENCH_ARGS)

.PHONY: bench-full
bench-full: .venv/bench/.made .venv/.native  ## measure all that has a goal, to 5 million relations, in about an hour; kept in .bench (BENCH_ARGS="--again")
	@.venv/bench/bin/python -m bench.full --folder .bench $(BENCH_ARGS)

.PHONY: pictures
pictures: .venv/.test  ## draw the pictures of the explorer in docs/ anew (needs chromium)
	@$(BIN)/python -m tests.pictures

.PHONY: docker
docker:  ## build the image with buildah, run it once, prove health check, stop and volume
	@$(PYTHON) tests/container/run.py

.PHONY: sdk
sdk: .venv/.test  ## generate clients from docs/openapi.json and run them (needs node, npm and java)
	@$(BIN)/python -m tests.sdk.run

.PHONY: clean
clean:  ## remove .venv, caches and built files; the data stays
	@rm -rf .venv .bench $(NATIVE)/*.so .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis dist
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# pip comes with python3 or, where Python is packaged without ensurepip, from the pip beside it.
.venv/.made: requirements-setup.lock
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] < (3, 14) else "Entente needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is " + sys.version.split()[0] + ": say make PYTHON=python3.11")'
	@echo "Making .venv"
	@rm -rf .venv
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
	  $(PYTHON) -m venv .venv && \
	  $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement requirements-setup.lock; \
	else \
	  $(PYTHON) -m venv --without-pip .venv && \
	  $(PYTHON) -m pip --python $(BIN)/python install -qq --disable-pip-version-check --require-hashes --requirement requirements-setup.lock; \
	fi
	@pwd -P > $@

.venv/.run: .venv/.made requirements.lock pyproject.toml
	$(call install,requirements.lock)

.venv/.test: .venv/.made requirements-dev.lock pyproject.toml
	$(call install,requirements-dev.lock)

.venv/bench/.made: .venv/.made requirements-bench.lock pyproject.toml
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/bench
	@for lock in requirements-bench.lock requirements.lock; do \
	  echo "Installing from $$lock"; \
	  $(BIN)/uv pip sync --quiet --require-hashes --only-binary :all: --python .venv/bench/bin/python requirements-setup.lock $$lock && break; \
	  echo "That cannot be installed here; what it holds besides is left out." >&2; \
	done
	@$(BIN)/uv pip install --quiet --python .venv/bench/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# The library of FollowTheMoney pins other versions than ours, so it has an environment of its own inside.
.venv/ftm/.made: .venv/.made requirements-ftm.lock
	@echo "Installing from requirements-ftm.lock"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/ftm
	@$(BIN)/uv pip install --quiet --require-hashes --only-binary :all: --python .venv/ftm/bin/python --requirement requirements-ftm.lock
	@touch $@

# Where no C compiler is, one comes in a wheel, for as long as it takes. Without any the service runs as well, but slower.
.venv/.native: .venv/.made $(wildcard $(NATIVE)/*.[ch]) $(NATIVE)/build.py requirements-compiler.lock
	@if command -v "$${CC:-cc}" >/dev/null; then $(BIN)/python $(NATIVE)/build.py; else \
	  echo "Installing from requirements-compiler.lock"; \
	  $(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/compiler; \
	  $(BIN)/uv pip install --quiet --require-hashes --only-binary :all: --python .venv/compiler/bin/python --requirement requirements-compiler.lock || true; \
	  .venv/compiler/bin/python $(NATIVE)/build.py; \
	  rm -rf .venv/compiler; \
	fi
	@touch $@

ifndef SOUND
.PHONY: .venv/.made
endif
