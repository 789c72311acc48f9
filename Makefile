# Linli: the commands of everyday work. Everything lives in .venv and in the data folder.

PYTHON ?= $(shell for p in python3.11 python3 python; do $$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
LINLI := $(BIN)/linli
JOBS ?= 2

.PHONY: run setup dev test check bench format lint clean

run: setup  ## set everything up and start with the demo on http://127.0.0.1:8000
	@$(LINLI) run

setup: .venv/.ready  ## the virtual environment with .venv/bin/linli

dev: .venv/.ready-dev  ## the same with everything tests and checks need

$(BIN)/uv:
	@test -n "$(PYTHON)" || { echo "linli: Python 3.11 is needed and was not found on PATH."; exit 1; }
	@echo "linli: making the virtual environment ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/.ready: uv.lock pyproject.toml $(wildcard translations/*/LC_MESSAGES/messages.po) | $(BIN)/uv
	@echo "linli: installing the locked libraries ..."
	@$(BIN)/uv sync --locked --inexact --no-dev --quiet --python $(BIN)/python
	@if [ -d translations ]; then $(BIN)/pybabel --quiet compile -d translations; fi
	@touch $@

.venv/.ready-dev: .venv/.ready
	@$(BIN)/uv sync --locked --inexact --group dev --quiet --python $(BIN)/python
	@touch $@

test: dev  ## the whole suite on SQLite, then on PostgreSQL
	$(BIN)/pytest -n $(JOBS) --database sqlite -q
	$(BIN)/pytest -n $(JOBS) --database postgres -q

check: dev  ## everything that must hold: services, style, types, architecture, then the tests
	@sh ops/ensure_services.sh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint web/templates --check --quiet
	$(BIN)/djlint web/templates --lint --quiet
	$(BIN)/codespell
	$(MAKE) --no-print-directory test

bench: dev  ## speed and quality, printed beside their baselines
	$(BIN)/uv sync --locked --inexact --group dev --group bench --quiet --python $(BIN)/python
	$(BIN)/python -m benchmarks.speed.understanding
	$(BIN)/python -m benchmarks.speed.turns
	$(BIN)/python -m benchmarks.speed.desk
	$(BIN)/python -m benchmarks.speed.similar
	$(BIN)/python -m benchmarks.quality.understand
	$(BIN)/python -m benchmarks.quality.similar
	$(BIN)/python -m benchmarks.quality.topics
	$(BIN)/python -m benchmarks.quality.public_data

format: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint web/templates --reformat --quiet

clean:  ## the virtual environment and caches; the data folder stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
