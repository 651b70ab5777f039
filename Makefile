# The commands of this project; each makes what it needs. `make demo` and `make test` come first.
# Every version of Python has a virtual environment of its own: make test PYTHON=python3.12
# A part of the tests: make test TESTS=tests/net FLAGS='-k forwarded'

PYTHON ?= python3
PORT ?= 8000
# More than there are processors: a good part of the tests waits for a program or a time-out.
processors := $(shell getconf _NPROCESSORS_ONLN)
JOBS ?= $(shell expr 3 '*' $(processors))
TESTS ?= tests
FLAGS ?=
# An hour of soak and a comparison with others have commands of their own.
SUITES ?= $(filter-out faults soak,$(patsubst conformance/%/run,%,$(wildcard conformance/*/run)))
MINUTES ?=
TARGET ?=
ROUNDS ?= 3
SECONDS ?= 2
WORKLOADS ?=
SERVERS ?=
WIRE ?= tests/faults tests/e2e/wire tests/asgi tests/net tests/websocket tests/test_server.py tests/test_drain.py
COVERAGE_FLOOR := 95

version := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
venv := .venv/$(version)
python := $(venv)/bin/python
runtime := $(venv)/runtime.stamp
tested := $(venv)/test.stamp
dev := $(venv)/dev.stamp
conformance := $(venv)/conformance.stamp
bench := $(venv)/bench.stamp
peers := benchmarks/peers
fuzz := $(venv)/fuzz.stamp
wheel := $(venv)/wheel
sources := pyproject.toml setup.py $(shell find wsgate -name '*.py' -o -name '*.c')
form := $(if $(WSGATE_NO_EXTENSIONS),plain,compiled)
unpatched := $(if $(WSGATE_NO_EXTENSIONS),,-m 'not plain')
node := tests/e2e/node
packages := $(sort $(dir $(wildcard wsgate/*.py wsgate/*/*.py)))
others = $(foreach other,$(filter-out $(version),3.10 3.11 3.12 3.13),$(call if-able,$(or \
  $(lastword $(wildcard $(HOME)/.pyenv/versions/$(other).*/bin/python)),python$(other))))
if-able = $(shell $(1) -c 'import ensurepip' 2>/dev/null && echo $(1))

space := $(subst ,, )
pairs := httptools-uvloop httptools-asyncio h11-uvloop h11-asyncio
pair_3.10 := h11-asyncio
pair_3.12 := httptools-asyncio
pair_3.13 := h11-uvloop
pair := $(or $(pair_$(version)),httptools-uvloop)
one_pair := -k 'not ($(subst $(space), or ,$(filter-out $(pair),$(pairs))))'

# Whoever has done its share takes from the others: some tests wait for seconds.
pytest = -m pytest -n $(JOBS) --dist worksteal

# Half of an installation's time would go to bytecode, most of it of modules that nothing imports.
export PIP_COMPILE := 0

.PHONY: demo programs test test-others test-one-pair test-installed faults lint types fmt cov wheel wheel-installed wheel-one-pair wheel-newest wheel-newest-installed sanitize conformance soak faults-table bench bench-micro fuzz clean

demo: $(runtime)
	@echo "wsgate chat: open http://127.0.0.1:$(PORT)/ in two tabs (Ctrl-C stops it)"
	@exec $(venv)/bin/wsgate wsgate.demo.app:app --port $(PORT)

test: $(dev) $(node)/node_modules
	$(python) $(pytest) $(FLAGS) $(TESTS)

# Every other Python, 3.10 to 3.13, that is here. `make test` runs each parser in each loop; here each
# Python runs one of these pairs, another one each, and no test that is marked `once`: browsers,
# proxies, packages, the suites of others. The three run at the same time, since a good part of the
# tests waits; each worker collects all tests, so there are no more workers than it takes.
test-others:
	@for interpreter in $(others); do \
	  $(MAKE) --no-print-directory test-installed PYTHON=$$interpreter || exit 1; \
	done
	@printf '%s\n' $(others) | xargs -P 3 -I{} $(MAKE) --no-print-directory --output-sync=target \
	  test-one-pair JOBS=$(shell expr $(JOBS) / 3) PYTHON={}

test-installed: $(tested) $(node)/node_modules

test-one-pair: test-installed
	$(python) $(pytest) -m 'not once' $(one_pair) $(FLAGS) $(TESTS)

# Hostile peers and slow ones, with those that take long: thousands of each.
faults: $(dev)
	$(python) $(pytest) --long $(FLAGS) tests/faults

lint: $(dev)
	$(python) -m ruff check .
	$(python) -m ruff format --check .

types: $(dev)
	$(python) -m mypy

fmt: $(dev)
	$(python) -m ruff format .
	$(python) -m ruff check --fix .

# Branch coverage; each package has to reach the floor on its own.
cov: $(dev) $(node)/node_modules
	$(python) -m coverage erase
	$(python) -m coverage run $(pytest) $(FLAGS) $(TESTS)
	$(python) -m coverage combine --quiet
	@status=0; for package in $(packages); do \
	  echo "== $$package"; \
	  $(python) -m coverage report --skip-covered --skip-empty \
	    --fail-under=$(COVERAGE_FLOOR) --include="$$package*.py" || status=1; \
	done; exit $$status

# The wheel, and what the wire shows of it: installed where nothing of this tree can be imported.
# The same wheel with its plain modules: make wheel WSGATE_NO_EXTENSIONS=1
wheel: wheel-installed
	$(wheel)/bin/wsgate --version | grep --fixed-strings '($(form))'
	rm -rf $(wheel)/tree && mkdir $(wheel)/tree
	tar --exclude=node_modules --exclude=__pycache__ -c tests conformance pyproject.toml | tar -x -C $(wheel)/tree
	cd $(wheel)/tree && ../bin/python $(pytest) $(unpatched) $(FLAGS) $(WIRE)

wheel-installed: $(wheel)/installed.stamp

# The same on the newest other Python that is here, with its pair alone.
wheel-newest:
	@$(foreach newest,$(lastword $(others)),$(MAKE) wheel-one-pair PYTHON=$(newest))

wheel-newest-installed:
	@$(foreach newest,$(lastword $(others)),$(MAKE) wheel-installed PYTHON=$(newest))

wheel-one-pair: FLAGS = $(one_pair)
wheel-one-pair: JOBS := $(shell expr $(JOBS) / 2)
wheel-one-pair: wheel

# What is in C, watched by the sanitisers for addresses and undefined behaviour.
sanitize: $(dev)
	CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all' \
	  LD_PRELOAD="$$($(CC) -print-file-name=libasan.so)" ASAN_OPTIONS=detect_leaks=0 \
	  PYTHONMALLOC=malloc $(python) -m pytest --capture=no tests/websocket/test_masking.py tests/websocket/test_octets.py

# All suites; one alone: make conformance SUITES=proxies
conformance: programs $(conformance) $(node)/node_modules
	@for suite in $(SUITES); do echo "== $$suite"; \
	  PYTHON=$(abspath $(python)) conformance/$$suite/run || exit 1; done

# Churn on both parsers, for an hour: make soak MINUTES=1. WRITE=1 puts it into docs/soak.md.
soak: $(conformance) $(bench) $(wheel)/installed.stamp
	PYTHON=$(abspath $(python)) conformance/soak/run --wsgate $(abspath $(wheel))/bin/wsgate --minutes $(or $(MINUTES),60) $(if $(WRITE),--write-docs)

# What faults cost, beside other servers. One alone: make faults-table SERVERS=wsgate
# WRITE=1 puts it into docs/faults.md.
faults-table: $(conformance) $(bench) $(wheel)/installed.stamp
	PYTHON=$(abspath $(python)) conformance/faults/run $(foreach server,$(SERVERS),--server $(server)) $(if $(WRITE),--write-docs)

programs:
	@conformance/programs $(SUITES)

# Everything takes 1.5 hours; a part: make bench ROUNDS=1 WORKLOADS='64x1x32 http' SERVERS=wsgate
# WRITE=1 puts it into docs/benchmarks.md.
bench: $(bench) $(wheel)/installed.stamp $(peers)/node_modules
	$(python) -m benchmarks --rounds $(ROUNDS) --seconds $(SECONDS) \
	  --workloads '$(WORKLOADS)' --servers '$(SERVERS)' $(if $(WRITE),--write-docs)

# Instructions a message, beside those that are committed: make bench-micro CASES='echo send-text'
# What is meant to have changed: make bench-micro UPDATE=1. The plain modules: WSGATE_NO_EXTENSIONS=1
# Both are those of the wheel: run where wsgate of this tree cannot be imported.
bench-micro: $(wheel)/installed.stamp
	mkdir -p $(wheel)/micro && ln -sfn $(abspath benchmarks) $(wheel)/micro/benchmarks
	cd $(wheel)/micro && ../bin/python -m benchmarks.micro --form $(form) $(if $(UPDATE),--update) $(CASES)

# Each target of tests/fuzz for so many minutes; one alone: make fuzz MINUTES=5 TARGET=frames
fuzz: $(fuzz)
	$(python) -m tests.fuzz --minutes $(or $(MINUTES),30) $(TARGET)

clean:
	rm -rf .venv build dist *.egg-info .coverage* htmlcov .mypy_cache .pytest_cache .ruff_cache \
	  .hypothesis $(node)/node_modules $(peers)/node_modules
	find wsgate tests conformance benchmarks -name __pycache__ -prune -exec rm -rf {} +

$(runtime): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "$(PYTHON) is not Python 3.10 or newer: name one, as in make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(venv)
	$(python) -m pip install -qq --upgrade pip
	WSGATE_NO_EXTENSIONS=1 $(python) -m pip install -qq --editable .
	@touch $@

# Built from a copy: setuptools notes in the tree what it finds, and two may be built at a time.
$(wheel)/installed.stamp: $(sources)
	rm -rf $(wheel)/dist $(wheel)/source
	$(PYTHON) -m venv $(wheel)
	mkdir $(wheel)/source
	tar --exclude=__pycache__ -c pyproject.toml setup.py README.md LICENSE wsgate | tar -x -C $(wheel)/source
	$(wheel)/bin/python -m pip install -qq --upgrade pip build
	WSGATE_NO_EXTENSIONS= $(wheel)/bin/python -m build --outdir $(wheel)/dist $(wheel)/source
	$(wheel)/bin/python -m pip install -qq --group test $(wheel)/dist/*.whl
	$(wheel)/bin/python -m pip install -qq --force-reinstall --no-deps $(wheel)/dist/*.whl
	@touch $@

$(tested): $(runtime)
	$(python) -m pip install -qq --group test
	@touch $@

$(dev): $(runtime)
	$(python) -m pip install -qq --group dev
	@touch $@

$(conformance): $(runtime)
	$(python) -m pip install -qq --group conformance
	@touch $@

$(fuzz): $(runtime)
	$(python) -m pip install -qq --group fuzz
	@touch $@

$(bench): $(runtime)
	$(python) -m pip install -qq --group bench
	@touch $@

$(peers)/node_modules: $(peers)/package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --prefix $(peers) && touch $@; fi

# The clients that the end-to-end tests run under Node; without npm those tests are skipped.
$(node)/node_modules: $(node)/package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --prefix $(node) && touch $@; fi
