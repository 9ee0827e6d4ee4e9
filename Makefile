# make run: set everything up and open the chat on port 7860.   make test: all tests.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# faiss-cpu and faiss-gpu are one module: the GPU build is taken where an NVIDIA driver answers.
FAISS  := $(shell nvidia-smi -L >/dev/null 2>&1 && echo gpu || echo cpu)
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --progress-bar on -c constraints.txt

.PHONY: run test lint bench clean
.DEFAULT_GOAL := run

run: $(VENV)/.installed
	@$(BIN)/python app.py

# Two processes: most tests use one core. TESTS="-n 0" or "-k speech" as pytest takes them.
test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(TESTS)

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/anamnesis knowledge check

bench: $(VENV)/.installed-dev
	@$(BIN)/python benchmarks/knowledge_load.py
	@$(BIN)/python benchmarks/turn_latency.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make run PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing (1 to 4 GB, a few minutes; only this once)"
	@$(PIP) -e '.[$(FAISS)]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(PIP) -e '.[dev]'
	@touch $@

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
