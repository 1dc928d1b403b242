# Two commands do everything: `make demo` and `make test`. Neither needs anything installed
# but Python 3.11+ with venv and a package index.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Rooms of the house; they are installed as the package `koerier`.
SOURCES := pyproject.toml $(shell find pipeline models data evaluation -type f \
             -not -name '*.pyc' -not -path '*/training/state/*' 2>/dev/null)

.PHONY: demo test lint typing bench score-model clean

$(BIN)/python:
	@echo "Setting up $(VENV)..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/.installed: $(BIN)/python $(SOURCES)
	@rm -rf build/lib
	@$(BIN)/python -m pip install --quiet .
	@touch $@

$(VENV)/.test-ready: $(VENV)/.installed
	@echo "Installing what the tests need (torch and transformers among it)..."
	@$(BIN)/python -m pip install --quiet 'torch==2.13.0'
	@$(BIN)/python -m pip install --quiet '.[test,hf,train,firefox,dev]'
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/koerier translate data/stories/harbour.html -o out/demo --page
	@echo
	@echo "Dutch story:      out/demo/harbour.html"
	@echo "Bilingual XLIFF:  out/demo/harbour.html.bilingual.xlf"
	@echo "Side by side:     out/demo/harbour.html.page.html"

test: $(VENV)/.test-ready lint
	$(BIN)/pytest

lint: $(VENV)/.test-ready typing
	$(BIN)/ruff check .
	MYPYPATH=build/typing $(BIN)/mypy -p koerier.pipeline -p koerier.models -p koerier.data -p koerier.evaluation

# The rooms under their package name, for the type checker.
typing:
	@mkdir -p build/typing/koerier
	@for room in pipeline models data evaluation; do \
	  ln -sfn ../../../$$room build/typing/koerier/$$room; done

bench: $(VENV)/.test-ready
	$(BIN)/python evaluation/bench/throughput.py

score-model: $(VENV)/.test-ready
	$(BIN)/python -m koerier.models.training.score

clean:
	rm -rf $(VENV) build out *.egg-info
