# install, run, test, check: the four commands of a working day.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export YOLO_AUTOINSTALL := false
export YOLO_OFFLINE := true
export GRADIO_ANALYTICS_ENABLED := False

.PHONY: install install-dev install-demo run test test-fast check models-check lock

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev
install-demo: $(VENV)/.installed-demo

$(BIN)/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Retrace needs Python 3.11 or newer; name one with: make PYTHON=python3.12 run")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv

$(VENV)/.installed: requirements.lock | $(BIN)/uv
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements.lock
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements-dev.lock
	touch $@

$(VENV)/.installed-demo: requirements-demo.lock $(VENV)/.installed
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements-demo.lock
	touch $@

run: install
	$(BIN)/python run_app.py serve

test: install-dev check
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

test-fast: install-dev
	$(BIN)/python -m pytest -m "not slow and not browser"

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Minutes of training a method, to see that each learns; needs RETRACE_DATA.
models-check: install
	$(BIN)/python -m benchmarks.learning

lock: | $(BIN)/uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q requirements.in -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q requirements-dev.in -o requirements-dev.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q requirements-demo.in -o requirements-demo.lock
