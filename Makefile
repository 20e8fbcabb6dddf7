# Two commands on a fresh machine: `make demo` and `make test`. Needs Python 3.11 to 3.14 and make.
# PYTHON chooses the interpreter; ARGS is handed on. Every target ends with one JSON line.

.PHONY: demo test check chaos year learning signups mutants bench conformance browser pictures schema clean
.DEFAULT_GOAL := demo
SHELL := /bin/sh
RUN := .venv/bin/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r

demo: .venv/demo.done
	@$(RUN) -m service.cli demo $(ARGS)

test: .venv/test.done
	@$(RUN) -m tests.line test -n auto -m "not browser and not conformance" $(ARGS)

check: .venv/test.done
	@$(RUN) -m tests.line check

chaos: .venv/test.done
	@$(RUN) -m tests.chaos $(ARGS)

# Lives weeks of three invented towns through the worker's polls, with a moving clock, and counts the promises that were broken.
year: .venv/test.done
	@$(RUN) -m tests.year $(ARGS)

# What a score learns where all, half or none of the centers note who came, beside clicks and the hand-set score, against hidden truth.
learning: .venv/test.done
	@$(RUN) -m tests.learning $(ARGS)

# What share of sign-ups is confirmed with the code and the reminder and without, by invented people whose mail is late or lost.
signups: .venv/test.done
	@$(RUN) -m tests.sign_ups $(ARGS)

# Applies the small faults of tests/mutants/faults.toml one by one; the nearest tests must notice at least 85 % of them.
mutants: .venv/test.done
	@$(RUN) -m tests.mutants $(ARGS)

bench: .venv/bench.done
	@$(RUN) -m service.cli bench all --json $(ARGS)

browser: .venv/test.done
	@$(RUN) -m tests.line test -n 2 --dist loadfile -m browser $(ARGS)

# Takes the pictures of the README anew; needs Chromium.
pictures: .venv/test.done
	@$(RUN) -m tests.browser.readme_pictures

# Needs Node 20 or newer; what it reads our files with is installed into .venv, from a lock, without running any of its scripts.
conformance: .venv/test.done .venv/conformance.done
	@$(RUN) -m tests.line test -m conformance tests/conformance $(ARGS)

# Rewrites migrations/schema.sql from a freshly migrated database.
schema: .venv/test.done
	@$(RUN) -m tests.house.schema

clean:
	rm -rf .venv build

.venv/made.done:
	@rm -rf .venv
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then \
	    echo "making .venv with $$($$python -V)"; \
	    $$python -m venv .venv && touch $@; exit $$?; \
	  fi; \
	done; \
	echo "no Python 3.11 to 3.14 with venv found: install one, or name it with make PYTHON=/path/to/python" >&2; exit 1

.venv/demo.done: .venv/made.done deploy/requirements.txt deploy/link.py pyproject.toml
	@$(PIP) deploy/requirements.txt
	@$(RUN) deploy/link.py
	@touch $@

.venv/test.done: .venv/made.done deploy/requirements-test.txt deploy/link.py pyproject.toml
	@$(PIP) deploy/requirements-test.txt
	@$(RUN) deploy/link.py
	@touch $@

.venv/conformance.done: .venv/made.done tests/conformance/package.json tests/conformance/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || \
	  { echo "make conformance needs Node 20 or newer with npm: install it, and try again" >&2; exit 1; }
	@mkdir -p .venv/conformance && cp tests/conformance/package.json tests/conformance/package-lock.json .venv/conformance/
	@cd .venv/conformance && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

.venv/bench.done: .venv/test.done deploy/requirements-bench.txt
	@$(PIP) deploy/requirements-bench.txt
	@touch $@
