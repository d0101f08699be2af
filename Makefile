# Everything a contributor runs. Nothing has to be activated: the targets make .venv and
# use it. Only Python 3.11 or newer and make have to be there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Airflow wants other versions of what everybody has: an environment of its own.
AIRFLOW := .venv-airflow
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ENGINE_TESTS := tests/container
# What plays whole runs by the thousand: it would add hours of tracing and no line.
MANY_RUNS := tests/sim tests/kill tests/matrix tests/edge/conformance
# What reads what is written down, and a log of a hundred thousand events, adds none either.
MANY_RUNS += tests/contract tests/core/test_volume.py
# Nor do these, which play again what others have played, or are slowed down thirtyfold.
MANY_RUNS += tests/story/test_golden.py tests/cli/test_tidying.py tests/cli/test_refusals.py
MANY_RUNS += tests/cli/test_signin.py tests/examples tests/benchmarks
SLOWED_DOWN := tests/reports/test_comment.py::test_no_comment_is_longer_than_a_comment_may_be
SLOWED_DOWN += tests/reports/test_several.py::test_fifty_pipelines_are_below_a_megabyte_whatever_they_are_called
# An exception sent to a thread may come out of the tracer's own code: its lock stays locked.
STRUCK := tests/api/test_moments.py
STRUCK += tests/edge/test_apart.py::test_an_exception_that_another_thread_sends_is_seen
# Hundreds of processes that show the same lines among strangers, poisons and canaries,
# and thousands of texts and answers that somebody else wrote.
HOSTILE := tests/hostile tests/cli/test_canaries.py tests/cli/test_egress.py tests/cli/test_surroundings.py
# A hundred thousand events, and six hours of tokens: they take long as well.
HOSTILE += tests/matrix/test_volume.py tests/story/test_tokens.py
# A thousand runs, each with a bug of ours in another place.
HOSTILE += tests/story/test_raise_anywhere.py
# Much of a test is waiting, and the waiting ones are neighbours: tests/conftest.py says how
# many workers there are, and who has nothing left to do takes work from the others.
AT_ONCE := -n auto --dist worksteal
# Reading the tests is half of starting a worker, where nobody keeps what was read.
unexport PYTHONDONTWRITEBYTECODE
SEEDS ?= 50000
JOBS ?= 3
LOCK_FLAGS := --quiet --upgrade --universal --generate-hashes --python-version 3.11 --custom-compile-command 'make lock'

.DEFAULT_GOAL := help
.PHONY: help venv demo picture judges test hostile sim kills bench airflow coverage lint lint-container container-test lock clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# Stamps: installing happens again only when what it installs has changed. --no-deps: the
# lists are complete, and older pips look for the newest of what `package[extra]` needs.
$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer, please: make PYTHON=python3.x" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.dev: $(VENV)/.python requirements-dev.txt pyproject.toml
	$(PIP_INSTALL) --require-hashes --no-deps -r requirements-dev.txt
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.container: $(VENV)/.dev requirements-container.txt
	$(PIP_INSTALL) --require-hashes --no-deps -r requirements-container.txt
	@touch $@

$(AIRFLOW)/.airflow: $(VENV)/.python requirements-airflow.txt
	$(BIN)/python -m venv $(AIRFLOW)
	$(AIRFLOW)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --no-deps -r requirements-airflow.txt
	@touch $@

venv: $(VENV)/.dev ## make the virtual environment with everything the checks need

demo: $(VENV)/.dev ## play a success, and a failure with a retry, against the stand-in
	@$(BIN)/python -I -B -X utf8 entrypoint.py demo --out demo-output
	@$(BIN)/python tools/render_summary.py demo-output

picture: $(VENV)/.dev ## draw the README's picture again, and summaries to look at; takes Chromium and npm
	@$(BIN)/python -m tools.draw_summary --gallery demo-output/pictures

judges: $(VENV)/.dev ## thousands of hostile names, drawn by real Mermaid; takes Chromium and npm
	$(BIN)/python -m tools.draw_summary --hostile

test: $(VENV)/.dev ## all tests but those of the container, and `hostile`
	$(BIN)/python -m pytest -q $(AT_ONCE) $(addprefix --ignore=,$(ENGINE_TESTS) $(HOSTILE))

hostile: $(VENV)/.dev ## what takes long: hostile texts and answers, strangers, canary secrets, floods, bugs
	$(BIN)/python -m pytest -q $(AT_ONCE) $(HOSTILE)

sim: $(VENV)/.dev ## whole runs under seeded faults: make sim SEEDS=1000000; then the planted bugs
	$(BIN)/python -m tests.sim --seeds $(SEEDS) --jobs $(JOBS)
	$(BIN)/python -m tests.sim --teeth --jobs $(JOBS)

kills: $(VENV)/.dev ## real processes, killed at every point with every pattern of signals
	DLT_ACTION_KILLS=all $(BIN)/python -m pytest -q tests/kill

bench: $(VENV)/.dev ## how fast it is, beside what others use, into benchmarks/results: ten minutes
	$(BIN)/python -m benchmarks

airflow: $(AIRFLOW)/.airflow ## the example DAGs, run by real Airflow with Databricks' provider
	$(AIRFLOW)/bin/python -m pytest -q --confcutdir=tests/airflow -o filterwarnings=default -W error::pytest.PytestUnhandledThreadExceptionWarning tests/airflow

coverage: $(VENV)/.dev ## the same with branch coverage, held against its floors
	rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -q $(AT_ONCE) $(addprefix --ignore=,$(ENGINE_TESTS) $(MANY_RUNS) $(HOSTILE)) $(addprefix --deselect=,$(SLOWED_DOWN) $(STRUCK)) --cov --cov-report=
	$(BIN)/coverage json -q -o .coverage.json
	$(BIN)/python tools/coverage_floors.py .coverage.json

lint: $(VENV)/.dev ## style, types, and which module may import which
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

lint-container: $(VENV)/.container ## action.yml, Dockerfile and workflows
	$(BIN)/actionlint
	$(BIN)/hadolint Dockerfile
	$(BIN)/zizmor --offline --quiet --persona=pedantic action.yml .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

container-test: $(VENV)/.container ## the built image, and the real `uses:` step through act
	$(BIN)/python -m pytest -q $(ENGINE_TESTS)

# For every platform at once: contributors and images have more than one.
lock: $(VENV)/.python ## write requirements*.txt again, with the newest versions
	$(PIP_INSTALL) uv
	$(BIN)/uv pip compile $(LOCK_FLAGS) --group dev -o requirements-dev.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK_FLAGS) --group container -c requirements-dev.txt -o requirements-container.txt
	$(BIN)/uv pip compile $(LOCK_FLAGS) -c requirements-dev.txt -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK_FLAGS) --group airflow -o requirements-airflow.txt pyproject.toml

clean: ## remove what the targets made
	rm -rf $(VENV) $(AIRFLOW) .cache .coverage .coverage.* .coverage.json .mypy_cache .pytest_cache .ruff_cache .hypothesis demo-output
