# `make playground` and `make test` set up everything they need; a second call starts at once, also without a network.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet install

.PHONY: playground test drill check manifest lock clean

playground: $(VENV)/.run
	@echo "놀이터를 시작합니다  (starting the playground)"
	@$(BIN)/tmon-bot playground

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# Kills workers and webs for five minutes; DRILL_SECONDS and DRILL_SEED change that.
drill: $(VENV)/.dev
	$(BIN)/python -m pytest tests/drill -s

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "가상환경을 만듭니다: $(VENV)  (creating a virtual environment)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python requirements.txt requirements-playground.txt pyproject.toml
	@echo "필요한 패키지를 설치합니다. 처음 한 번, 1분쯤 걸립니다  (installing packages: once, about a minute)"
	@$(PIP) --require-hashes -r requirements.txt -r requirements-playground.txt
	@echo "봇을 설치합니다  (installing the bot)"
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "installing what the tests need"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

# manifest.yml, from bot/manifest.py.
manifest: $(VENV)/.dev
	$(BIN)/python -m tests.manifest_yml

# The locks bear hashes and no address of an index; needs `uv` on the PATH.
COMPILE = uv pip compile -q $(UPGRADE) --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 pyproject.toml
UPGRADE ?= --upgrade

lock:
	$(COMPILE) --group build -o requirements.txt
	$(COMPILE) --group build --extra playground -c requirements.txt -o requirements-playground.txt
	$(COMPILE) --group build --extra scale -c requirements.txt -o requirements-scale.txt
	$(COMPILE) --group dev --extra playground --extra scale -c requirements-playground.txt -c requirements-scale.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache artifacts
