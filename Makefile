# Two targets are all a newcomer needs: `make serve` and `make test`. DATA=DIR keeps the data elsewhere.
PYTHON ?= python3
DATA ?= $(CURDIR)/data
BIN := .venv/bin

.PHONY: serve test check lint lock clean

serve: .venv/installed  ## environment, weights, server
	$(BIN)/recognizance serve --data "$(DATA)"

test: .venv/installed-dev  ## every test that this machine can run; COVERAGE=1 adds branch coverage and its floor
	$(BIN)/python -m pytest -n auto --dist loadfile $(if $(COVERAGE),--cov --cov-report=term)

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint  ## what CI runs: lint, types, import rules, tests, branch coverage
	$(MAKE) test COVERAGE=1

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Recognizance needs Python 3.11 or newer: make serve PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "python3 cannot make environments here: apt-get install python3-venv, then try again"; exit 1; }

.venv/installed: .venv/bin/python requirements.lock
	@echo "Installing the locked dependencies into .venv ..."
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

lock:  ## resolve anew; needs uv
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		pyproject.toml -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		pyproject.toml --extra postgres --extra dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv .weights .coverage* .mypy_cache .ruff_cache .pytest_cache
