# Every target but help and clean first brings .venv up to requirements/development.txt, in no time when it is. It holds
# every extra but torch, which `make torch` adds; check and bench need it, and without it its tests are skipped.
# `make INDEX_URL=... TORCH_INDEX_URL=...` name package indexes to that step (see scripts/setup_environment.py).
# GNU make 3.81, which macOS has, and /bin/sh are enough.

# The first Python that runs and is new enough: a name alone may be a dead shim.
ifndef PYTHON
PYTHON := $(shell for python in python3.13 python3.12 python3.11 python3; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)
endif

export INDEX_URL TORCH_INDEX_URL
# pyright would ask the network for newer releases of itself; the lock decides.
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1

RUN := .venv/bin/python

.PHONY: help setup torch demo test evaluate films bench equivalence soak check bare docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

setup:
	@[ -n "$(PYTHON)" ] || { echo "no Python 3.11 or newer found: install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python), or name it: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) scripts/setup_environment.py

torch: setup ## add Torch to .venv (make torch TORCH_INDEX_URL=... takes it from another index)
	@$(PYTHON) scripts/setup_environment.py torch

demo: setup ## recolour the example pictures into demo/
	$(RUN) examples/demo.py

test: setup ## run the tests; fails under 90 % coverage (more for pytest: ARGS='--no-cov -k NAME')
	$(RUN) -m pytest --cov --cov-fail-under=90 $(ARGS)

evaluate: setup ## measure all methods on photographs from packages, into evaluation/
	$(RUN) -m huegraft evaluate -o evaluation

films: setup ## measure designs of film colours on clips from packages, into film_evaluation/ (some: ARGS="city --frames 8")
	$(RUN) -m huegraft film evaluate -o film_evaluation $(ARGS)

bench: torch ## measure speed and memory on two threads, and equivalence, into bench/; goes on where it was stopped (for a minute: ARGS=--quick)
	$(RUN) -m benchmarks.speed $(ARGS)
	@case "$(ARGS)" in "") $(MAKE) --no-print-directory equivalence ;; esac

soak: setup ## read mutated pictures for 25 minutes (for one: SOAK_SECONDS=60), run 200 short batches (SOAK_BATCHES), kill a film 20 times, colour one of 20 minutes, and serve 32 clients (SOAK_CLIENTS)
	$(RUN) -m pytest -s tests/soak/soak.py tests/soak/soak_batches.py tests/soak/soak_film.py tests/soak/soak_server.py

check: torch ## lint, formatting, types
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m pyright --pythonpath $(RUN)

bare: setup ## install without extras into a fresh environment, and run there what needs none
	$(RUN) scripts/check_bare.py

docs: setup ## build the guides, the reference pages and the gallery into docs/_build/html
	.venv/bin/typer huegraft.cli.main utils docs --name huegraft --title "Command line" --output docs/command_line.md
	$(RUN) -m sphinx -W --keep-going -b html docs docs/_build/html

# color-matcher is GPL-3: it runs as a program in an environment of its own (see benchmarks/full.toml).
benchmarks/color_matcher/.venv: benchmarks/color_matcher/requirements.txt
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet --upgrade pip
	$@/bin/python -m pip install --quiet -r $<
	touch $@

# The version that ran on Torch, from this repository's history (see benchmarks/equivalence).
benchmarks/equivalence/.venv: FROM_INDEX = $(if $(INDEX_URL),--index-url $(INDEX_URL))
benchmarks/equivalence/.venv: benchmarks/equivalence/requirements.txt
	@git cat-file -e 82c4c6c 2>/dev/null || { echo "commit 82c4c6c is not here: fetch the whole history, git fetch --unshallow" >&2; exit 1; }
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet $(FROM_INDEX) --upgrade pip
	$@/bin/python -m pip install --quiet $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL),$(FROM_INDEX)) $$(grep ^torch== $<)
	$@/bin/python -m pip install --quiet $(FROM_INDEX) -r $< "git+file://$(CURDIR)@82c4c6c"
	touch $@

equivalence: setup benchmarks/equivalence/.venv benchmarks/color_matcher/.venv ## hold pictures, time and memory against the version that ran on Torch
	$(RUN) -m benchmarks.equivalence -o bench

clean: ## remove .venv, what was made, and caches
	rm -rf .venv demo evaluation film_evaluation bench benchmarks/color_matcher/.venv benchmarks/equivalence/.venv docs/_build docs/figures docs/command_line.md docs/sg_execution_times.rst .coverage .hypothesis .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
