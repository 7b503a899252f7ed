# What one types here. All of it works in a fresh clone: deploy/bootstrap.py builds .venv first.

SHELL := /bin/sh
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header

# A Python by its name does not have to run (version managers leave such shims), so try each.
define BOOTSTRAP
	@for python in "$${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11 python; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && \
	    exec "$$python" deploy/bootstrap.py $(1); \
	done; \
	found=`{ python3 --version || python --version || echo none; } 2>/dev/null | head -n 1`; \
	echo "Lastmile needs Python 3.11 or newer; found: $$found." \
	  "Install one, or name it: make PYTHON=/path/to/python3.11" >&2; \
	exit 1
endef

.PHONY: demo demo-reset test check types beside bench format words lock environment test-environment

demo: environment
	@$(BIN)/lastmile demo

demo-reset: environment
	@$(BIN)/lastmile demo --reset

# In this order, stopping at the first that fails.
test: check
	@echo "== chromium for the browser tests"
	@$(BIN)/python deploy/find_chromium.py --install
	@echo "== tests"
	@$(BIN)/pytest -n 3 --dist worksteal

check: test-environment
	@echo "== format"
	@$(BIN)/ruff format --check .
	@echo "== lint"
	@$(BIN)/ruff check .
	@$(MAKE) --no-print-directory --jobs=2 types beside

types:
	@echo "== types"
	@$(BIN)/mypy

# On the other core; at last the tests are compiled, which else each of their processes does.
beside:
	@echo "== import contracts"
	@$(BIN)/lint-imports
	@echo "== dependencies"
	@$(BIN)/deptry .
	@$(BIN)/pytest -q --collect-only -p no:cacheprovider >/dev/null 2>&1 || true

# Each benchmark prints its figure as a ratio to a yardstick taken in the same run.
bench: test-environment
	@$(BIN)/python -m benchmarks

format: test-environment
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Then say in translations/ what is new.
words: test-environment
	@$(BIN)/python deploy/words.py

# Newer versions: make lock UPGRADE=--upgrade
lock: test-environment
	@$(LOCK) $(UPGRADE) pyproject.toml --group build -o requirements/run.lock
	@$(LOCK) $(UPGRADE) pyproject.toml --group build --group dev -c requirements/run.lock \
	  -o requirements/test.lock
	@$(LOCK) $(UPGRADE) --group bench -c requirements/test.lock -o requirements/bench.lock
	@$(LOCK) $(UPGRADE) --group build --group tool -c requirements/run.lock -o requirements/tool.lock

environment:
	$(call BOOTSTRAP,run)

test-environment:
	$(call BOOTSTRAP,test)
