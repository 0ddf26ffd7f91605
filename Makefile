# Ronghe 融合. Each target sets up what it needs; nothing else has to be installed by hand than
# Python 3.11 or later and make. `make` alone lists the targets.

PYTHON ?= python3
PYTEST_ARGS ?=

SETUP := "$(PYTHON)" config/setup
VENV_PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test lint test-server test-phone test-browser types bench replay clean \
	python ready-to-run ready-to-test

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 | \2/p' Makefile | awk -F'|' '{printf "%-22s%s\n", $$1, $$2}'

run: ready-to-run ## start everything on PORT (8000) and print the addresses; Ctrl-C stops it
	@exec $(VENV_PYTHON) -m server.supervisor --exit-with-parent

test: lint test-server test-phone test-browser ## all checks and tests

lint: ready-to-test ## ruff, mypy and tsc
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy --strict server
	@$(SETUP) npm miniprogram run typecheck

test-server: ready-to-test ## server tests against real PostgreSQL and Valkey
	$(VENV_PYTHON) -m pytest tests --ignore=tests/browser --numprocesses=auto --maxprocesses=4 --dist=worksteal \
		$(PYTEST_ARGS)

test-phone: ready-to-test ## logic tests of the mini-program
	@$(SETUP) npm miniprogram test

test-browser: export CHROMIUM := $(CURDIR)/var/chromium/launch
test-browser: ready-to-test ## the pages in a real browser
	$(VENV_PYTHON) -m pytest tests/browser $(PYTEST_ARGS)

types: ready-to-run ## write the API document and the phone's types anew
	VAR_DIR=var/types $(VENV_PYTHON) -W ignore -m flask --app server.wsgi openapi docs/openapi.json
	@$(SETUP) npm miniprogram run types

bench: ready-to-run ## measure submissions and check-ins on a throw-away instance, one JSON line a figure
	@exec $(VENV_PYTHON) -m tests.load.bench

replay: ready-to-run ## send a spreadsheet of comments through the API: make replay FILE=path.xlsx
	@test -n "$(FILE)" || { echo "ronghe: name the spreadsheet: make replay FILE=path.xlsx" >&2; exit 1; }
	@exec $(VENV_PYTHON) -m server.replay "$(FILE)"

clean: python ## remove var/: database, keys, photos, logs
	@$(SETUP) clean

ready-to-run: python
	@$(SETUP) run

ready-to-test: python
	@$(SETUP) test

python:
	@command -v "$(PYTHON)" >/dev/null || { echo "ronghe: $(PYTHON) not found: install Python 3.11 or later" >&2; exit 1; }
