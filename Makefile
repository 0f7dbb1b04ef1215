# Every target sets up what it needs. A fresh machine needs Python 3.11 or newer and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   := demo
MINUTES ?= 10
WORKERS ?= 1
BATCHES ?= 10000
ROUNDS  ?= 1000
PROCESSES ?= 32
DATABASE ?= both

.PHONY: demo test check bench fuzz roundtrip torture docs golden clean
.DEFAULT_GOAL := demo

$(VENV)/.user: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@ $(VENV)/.user

demo: $(VENV)/.user
	@$(BIN)/python sample_data/demo.py $(DEMO)

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/.dev
	@$(BIN)/ruff check src tests bench fuzz sample_data
	@$(BIN)/ruff format --check src tests bench fuzz sample_data
	@$(BIN)/mypy
	@$(BIN)/cog --check README.md docs/*.md

docs: $(VENV)/.dev
	@$(BIN)/cog -r README.md docs/*.md

golden: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 2 --update-golden tests/test_catalogue.py tests/test_golden.py

fuzz: $(VENV)/.dev
	@$(BIN)/python -m fuzz --minutes $(MINUTES) --workers $(WORKERS)

roundtrip: $(VENV)/.dev
	@$(BIN)/python tests/test_roundtrip.py $(BATCHES)

torture: $(VENV)/.dev
	@$(BIN)/python tests/torture.py --rounds $(ROUNDS) --processes $(PROCESSES) --database $(DATABASE)
	@TORTURE=1 $(BIN)/python -m pytest -n 0 tests/test_killed.py tests/test_disk.py

bench: $(VENV)/.dev
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.book

clean:
	rm -rf $(VENV) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache
