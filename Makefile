# Tamis: `make run` starts everything, `make test` checks everything.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PORT ?= 8000
export HOST ?= 127.0.0.1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := run
.PHONY: run setup test soak lint format requirements messages python clean

run: $(VENV)/.installed ## Install if needed, migrate, fill an empty database, start everything
	@$(BIN)/python manage.py dev --check
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py first_run
	@exec $(BIN)/python manage.py dev

setup: $(VENV)/.installed ## Only the virtual environment and the pinned requirements

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Tamis needs Python 3.11 or later as \`$(PYTHON)\`." >&2; \
		echo "On Debian 12 or Ubuntu 24.04: sudo apt install python3 python3-venv" >&2; \
		echo "Another interpreter: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "Python's venv module is missing." >&2; \
		echo "On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }

# The stamps hold what was installed, so that a second run installs nothing.
$(VENV)/.installed: requirements.txt | python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the requirements…"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what the tests need…"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

test: $(VENV)/.installed-dev ## Lint, types and every test lane this machine can run
	@$(BIN)/python -m tests.lanes

soak: $(VENV)/.installed-dev ## Long rounds of faults and random input
	@$(BIN)/python -m tests.lanes --soak

lint: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.lanes --lint

format: $(VENV)/.installed-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

messages: $(VENV)/.installed-dev ## Bring the French catalogue up to date and compile it (needs gettext)
	@$(BIN)/python -m tests.catalogue

UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make requirements"

requirements: $(VENV)/.installed-dev ## Compile requirements*.in; UPGRADE=1 takes newer releases
	@$(UV_COMPILE) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	@$(UV_COMPILE) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt

clean: ## Remove what can be made again; never var/
	@rm -rf $(VENV) staticfiles .pytest_cache .mypy_cache .ruff_cache
