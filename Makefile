# Huilu: `make` alone lists what there is.

ROOT := $(shell cd "$$(dirname "$(strip $(MAKEFILE_LIST))")" && pwd)
# The first Python that really runs and is new enough for deploy/ (its true path: a version manager's
# shim costs a quarter of a second each time); deploy/ finds the others itself.
ifndef PYTHON
PYTHON := $(shell for p in python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9; do \
	"$$p" -c 'import sys; sys.version_info < (3, 9) and sys.exit(1); print(sys.executable)' 2>/dev/null && break; done)
endif
PY := .venv/bin/python
HOME_DIR := $(or $(HUILU_HOME),var)
SETUP = cd "$(ROOT)" && "$(PYTHON)" deploy/setup.py

.DEFAULT_GOAL := help
.PHONY: help run test faults dialogues train train-encoder bench check lint fmt clean python

help: ## list what make can do
	@echo "Huilu. make ..."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' "$(ROOT)/Makefile"
	@echo "Settings, like PORT=8010 make run: PORT, HOST, HUILU_HOME, DATABASE_URL, VERBOSE=1"

run: python ## set up what is missing and serve at http://127.0.0.1:8000 (Ctrl-C stops everything)
	@$(SETUP) app bot assets model && exec "$(PYTHON)" deploy/run.py

test: python ## run every test, also those with Rasa, PostgreSQL, Redis and Chromium where they are present
	@$(SETUP) app bot assets dev model
	@$(PY) -m pytest -m "not servers and not browser" -n 2 --dist loadfile; quick=$$?; \
	$(PY) -m pytest -m "servers or browser" && exit $$quick

faults: python ## 1,000 conversations while servers are killed, stopped and cut off (about 6 minutes)
	@$(SETUP) app bot assets dev model && $(PY) -m tests.faults

dialogues: python ## play the scripted conversations and print the pass rate by kind (about 4 minutes)
	@$(SETUP) app bot assets dev model && $(PY) -m tests.dialogues

train: python ## train the dialogue model, when its training data changed
	@$(SETUP) model

train-encoder: python ## train the Chinese encoder anew from DATA=folder (about an hour); SETS=folder: measure on questions
	@test -n "$(DATA)" || { echo "Say where the sentences lie: make train-encoder DATA=folder. What is read there:" \
	"docs/training-the-encoder.md" >&2; exit 1; }
	@$(SETUP) app dev && $(PY) -m knowledge_base.encoder_training "$(DATA)" $(if $(SETS),--sets "$(SETS)")

bench: python ## measure speed and answer quality; DATA=folder: on the questions there too
	@$(SETUP) app bot assets model && $(PY) -m benchmarks $(if $(DATA),--data "$(DATA)")

check: lint ## style, types, layers and the quick tests
	cd "$(ROOT)" && $(PY) -m pytest -q -m fast

lint: python ## style, types and layers
	@$(SETUP) app dev
	cd "$(ROOT)" && $(PY) -m ruff check .
	cd "$(ROOT)" && $(PY) -m ruff format --check .
	cd "$(ROOT)" && $(PY) -m mypy
	cd "$(ROOT)" && .venv/bin/lint-imports

fmt: python ## bring the code into its style
	@$(SETUP) app dev
	cd "$(ROOT)" && $(PY) -m ruff check --fix .
	cd "$(ROOT)" && $(PY) -m ruff format .

clean: ## remove environments, browser libraries, models, logs and caches; conversations and articles stay
	cd "$(ROOT)" && rm -rf .venv .venv-rasa .venv-python node_modules web/assets/vendor
	cd "$(ROOT)" && rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .rasa
	cd "$(ROOT)" && rm -rf "$(HOME_DIR)/log" "$(HOME_DIR)/rasa"
	cd "$(ROOT)" && find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Kept: everything else in $(HOME_DIR) - the database, the secret, uploads. Delete that folder yourself to start from nothing."

python:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || { \
	echo "Python 3.9 or newer is needed to start, and none was found that runs. Install Python 3.11 from your" >&2; \
	echo "system's packages (Debian, Ubuntu: sudo apt-get install python3 python3-venv) and try again." >&2; exit 1; }
