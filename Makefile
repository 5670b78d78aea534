# `make demo` and `make test` build everything they need; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help demo test test-all faults coverage mutants fuzz audit dist extras lint format bench site lock install clean

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
AUDIT := .audit
PREFIX ?= $(HOME)/.local
INSTALLED = $(PREFIX)/share/advocate-score
BUILD := --quiet --disable-pip-version-check --no-deps --no-build-isolation
COVERING := tests/delivery tests/publication tests/sources tests/tables \
	tests/test_files.py tests/test_files_work_folder.py \
	$(addprefix tests/model/test_,damaged_model_files.py persistence.py persistence_booster_text.py persistence_golden_rows.py \
	sandboxed_load.py) \
	$(addprefix tests/tracking/test_,hostile_artefacts.py registry_outage.py ledger.py taking_back.py \
	ledger_trained_accounts.py champion.py promotion.py)

$(READY): requirements.lock pyproject.toml .ci/install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv --clear $(VENV)
	.ci/install $(BIN)/python requirements.lock
	$(BIN)/python -m pip install $(BUILD) -e .
	@touch $@

$(AUDIT)/.ready: .ci/audit.lock .ci/install
	$(PYTHON) -m venv --clear $(AUDIT)
	.ci/install $(AUDIT)/bin/python .ci/audit.lock
	@touch $@

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1|/' | column -t -s '|'

demo: $(READY) ## a made-up CRM, signals, a trained and promoted model, ranked lists: all under ./demo
	$(BIN)/advocate-score demo --out demo

test: $(READY) ## every test that needs Python alone
	$(BIN)/pytest -n auto --dist loadfile -m "not extra"

test-all: test extras ## every test
	PYTHONPATH=$(CURDIR)/.spark $(BIN)/pytest -n auto --dist loadfile -m extra

faults: extras $(READY) ## the goals of reliability measured whole, as a table
	FAULTS=whole $(BIN)/pytest -n auto --dist loadfile -m goal

extras: $(READY) ## Debian packages, Spark, an S3 server and axe-core, which some tests need
	./.ci/extras

coverage: extras ## every branch of publish, ingest and model load is run by a test
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist loadfile -m "not extra" $(COVERING)
	$(BIN)/coverage run -m pytest tests/tables/test_postgresql.py tests/delivery/test_database_postgresql.py
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

mutants: $(READY) ## changes made to that code and to the policy, of which a test should notice each; MUTANTS=names
	$(BIN)/mutmut run $(MUTANTS)
	$(BIN)/mutmut results

fuzz: $(READY) ## the readers of files against bytes that nobody expects
	$(BIN)/python -m tests.fuzz --seconds 60

audit: $(READY) $(AUDIT)/.ready ## locked releases that are withdrawn or known to be vulnerable
	$(BIN)/python .ci/audit.py

dist: $(READY) $(AUDIT)/.ready ## the wheel, built twice and compared, and its bill of materials
	$(BIN)/python .ci/dist.py

lint: $(READY) ## style and types
	$(BIN)/ruff check src tests benchmarks docs .ci
	$(BIN)/ruff format --check src tests benchmarks docs .ci
	$(BIN)/mypy

format: $(READY) ## put the code in its style
	$(BIN)/ruff check --fix src tests benchmarks docs .ci
	$(BIN)/ruff format src tests benchmarks docs .ci

bench: $(READY) ## every benchmark, one after another
	$(BIN)/python -m benchmarks.table
	$(BIN)/python -m benchmarks.ordinal
	$(BIN)/python -m benchmarks.quality --quick
	$(BIN)/python -m benchmarks.forward --seeds 3

site: $(READY) ## the documentation as a site: then open site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

lock: $(READY) ## resolve the dependencies anew: hashes, no addresses
	$(BIN)/uv pip compile pyproject.toml --extra excel --extra object-stores --extra postgres --extra tune --group dev \
		--generate-hashes --no-emit-index-url --universal --python-version 3.11 --upgrade --quiet -o requirements.lock
	$(BIN)/uv pip compile .ci/spark.in --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--upgrade --quiet -o .ci/spark.lock
	$(BIN)/uv pip compile .ci/s3.in -c requirements.lock --generate-hashes --no-emit-index-url --universal \
		--python-version 3.11 --upgrade --quiet -o .ci/s3.lock
	$(BIN)/uv pip compile .ci/axe.in --no-deps --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--upgrade --quiet -o .ci/axe.lock
	$(BIN)/uv pip compile .ci/audit.in --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--upgrade --quiet -o .ci/audit.lock

install: ## the command for good, with the locked releases: PREFIX/bin/advocate-score, by default in ~/.local
	$(PYTHON) -m venv "$(INSTALLED)"
	.ci/install "$(INSTALLED)/bin/python" requirements.lock
	"$(INSTALLED)/bin/python" -m pip install $(BUILD) .
	mkdir -p "$(PREFIX)/bin"
	ln -sfn "$(INSTALLED)/bin/advocate-score" "$(PREFIX)/bin/advocate-score"

clean: ## remove what the commands above made
	rm -rf $(VENV) $(AUDIT) .spark .s3 .axe demo dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* mutants
