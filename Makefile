# One environment, one command for everything a contributor does. `make` alone makes the environment.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
SPARK := .venv-spark
UV := $(shell command -v uv)
PACKAGE_INDEX_FREE := --no-annotate --no-emit-index-url --custom-compile-command "make lock"

.DEFAULT_GOAL := env
.PHONY: env audit test check spark lock clean

env: $(VENV)/.installed

# Everything is pinned by hash; the project itself comes last, without asking the index for anything.
$(VENV)/.installed: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed; '$(PYTHON)' is not. Use: make PYTHON=/path/to/python3.11" >&2; exit 1; }
ifdef UV
	@test -x $(BIN)/python || uv venv --quiet --python $(PYTHON) $(VENV)
	uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r constraints.txt
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@touch $@

audit: env
	$(BIN)/oncall-audit demo demo

test: env
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# Half a gigabyte that an audit has no use for, so in an environment of its own. Java 17 or 21 is needed.
spark: $(SPARK)/.installed
	$(SPARK)/bin/pytest tests/spark

$(SPARK)/.installed: constraints.txt pyproject.toml
	$(PYTHON) -m venv $(SPARK)
	$(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r constraints.txt
	$(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[spark]'
	@touch $@

check: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models
	$(BIN)/sqlfluff lint --templater placeholder flows/oncall_audit/queries

LOCKED := aws geoip ical postgresql timestamp
lock:
	uv pip compile --universal --generate-hashes $(foreach it,$(LOCKED),--extra $(it)) --group dev --python-version 3.11 \
		pyproject.toml -o constraints.txt $(PACKAGE_INDEX_FREE)

clean:
	rm -rf $(VENV) $(SPARK) demo dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
