# make demo      five invented libraries to try everything with, until Ctrl-C
# make test      what must pass: the fast and the slow tests on all cores, then the others one by one
# make test-all  everything, the tests that kill processes included
# make faults    kills processes on purpose: 200 times at random (KILLS=20), and once at each dangerous place
# make bench     prints the figures
# make bench-million  how time, memory and disk grow to a million records; takes hours, goes on after a stop
# make lint      style, types, imports
# make clean     removes everything that can be made again; data in var/ stays

PYTHON ?= python3
BIN := .venv/bin
KILLS ?= 200
export PYTHON

KINDS := postgres or peers or browser or faults or long
FAST := not slow and not ($(KINDS))
SLOW := slow and not ($(KINDS))
REST := (postgres or peers) and not browser and not faults and not long
BROWSER := browser and not faults and not long

.PHONY: demo test test-all faults bench bench-million lint clean

demo:
	@tools/setup.sh run
	@exec $(BIN)/silang demo $(ARGS)

test:
	@tools/setup.sh dev
	$(BIN)/pytest -q -n auto -m "$(FAST)" $(ARGS)
	$(BIN)/pytest -q -n auto -m "$(SLOW)" $(ARGS)
	$(BIN)/pytest -q -m "$(REST)" $(ARGS)
	$(BIN)/pytest -q -m "$(BROWSER)" $(ARGS)

test-all:
	@tools/setup.sh dev
	$(BIN)/pytest -q -m "not browser" $(ARGS)
	$(BIN)/pytest -q -m browser $(ARGS)

faults:
	@tools/setup.sh dev
	SILANG_KILLS=$(KILLS) $(BIN)/pytest -q -m faults $(ARGS)

bench:
	@tools/setup.sh dev
	$(BIN)/python -m benchmarks $(ARGS)

bench-million:
	@tools/setup.sh dev
	$(BIN)/python -m benchmarks.million $(or $(ARGS),1000000 var/million)

lint:
	@tools/setup.sh dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf .venv dist build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
