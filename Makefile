# make count   train the post's network (sets up .venv first)
# make test    the test suite            make check   format, lint, types, import order
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUITE := $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

.PHONY: count test coverage check format figures fuzz bench bench-more bench-page bench-quick kills quality screenshots site sweeps wheel clean

count: $(VENV)/with-cli
	@$(BIN)/bptt count

test: $(VENV)/with-check
	$(SUITE)

# the suite once more, with a count of the lines that it runs; that makes it a third slower
coverage: $(VENV)/with-check
	$(SUITE) --cov --cov-report term:skip-covered

# the many more draws of tests of which the suite has a few, see tests/sweeping.py
sweeps: $(VENV)/with-check
	$(SUITE) -m sweep

check: $(VENV)/with-check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_structure.py

format: $(VENV)/with-check
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# times the ladder beside the frameworks and makes its tables anew, more than an hour; a run that was interrupted goes
# on with: make bench BENCH=--resume
bench: $(VENV)/with-bench
	$(BIN)/python benchmarks/ladder.py $(BENCH)

# a few calls of each, to see that it runs
bench-quick: $(VENV)/with-bench
	$(BIN)/python benchmarks/ladder.py --quick $(BENCH)
	@set -e; for name in $(MORE); do $(BIN)/python benchmarks/performance/$$name.py --quick; done

# measures what else docs/performance.md shows, half an hour on a quiet machine, and writes it there
MORE := streaming cold_start memory growth threads
bench-more: $(VENV)/with-bench
	@set -e; for name in $(MORE); do $(BIN)/python benchmarks/performance/$$name.py --write; done

# draws the figures of docs/derivation.md anew, by the commands that stand there
figures: $(VENV)/with-check
	@sed -n 's/^<!-- figure: \(.*\) -->$$/\1/p' docs/derivation.md | while read -r command; do $(BIN)/$$command; done

# builds the page as a folder for any web host, Python included; needs npm
site: site/node_modules/.package-lock.json | $(VENV)/bin/python
	$(BIN)/python site/build.py build/site

site/node_modules/.package-lock.json: site/package-lock.json
	npm ci --prefix site --ignore-scripts --no-audit --no-fund
	@touch $@

# times the page in Chromium, served and (make site) static
bench-page: $(VENV)/with-check
	$(BIN)/python site/timing.py $(if $(wildcard build/site/index.html),--site build/site)

# makes the table of docs/quality.md anew, beside PyTorch; sktime has two of the data sets in its wheel
quality: $(VENV)/with-check
	$(INSTALL) torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps sktime==1.2.0 scikit-base==1.2.0
	$(BIN)/python benchmarks/quality/table.py --write

# loads 1,000,000 damaged and hostile model files
fuzz: $(VENV)/with-check
	$(BIN)/python benchmarks/fuzz_model_files.py

# kills 200 trainings at random moments and goes on with them; none may end with other bits
kills: $(VENV)/with-check
	$(BIN)/python tests/training/killing.py --runs 200

# takes the pictures of the page anew, in Chromium
screenshots: $(VENV)/with-check
	$(BIN)/python site/screenshots.py docs/screenshots

# builds the wheel and runs it in an environment that has NumPy and nothing else
wheel: $(VENV)/with-check
	rm -rf dist build/empty
	$(BIN)/python -m build --wheel --outdir dist
	$(BIN)/python benchmarks/wheel.py dist build/empty

clean:
	rm -rf $(VENV) build dist site/node_modules .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("bptt needs Python 3.11 or newer, this is %d.%d; run: make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/with-cli: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing into $(VENV) ..."
	@$(INSTALL) -e '.[cli]'
	@touch $@

$(VENV)/with-bench: benchmarks/peers.txt constraints.txt | $(VENV)/with-check
	@echo "installing the libraries that the ladder is timed beside into $(VENV) ..."
	@$(INSTALL) -r benchmarks/peers.txt
	@touch $@

$(VENV)/with-check: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing the tools of development into $(VENV) ..."
	@$(INSTALL) -e '.[check]'
	@touch $@ $(VENV)/with-cli
