# `venv` and `install` do nothing where nothing has changed, so every target begins with one of them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
NATIVE := $(PY) -m passwatch_native
ARGS ?=
DATA ?= datasets/nasa-smap-msl
OUT ?= .run/evaluation.json
export PORT_BASE COLD

.PHONY: help venv install demo up restart down status clean send replay backup restore dead-letters logs \
	test test-unit test-train test-compose lint types format docs openapi lock scan-secrets train calibrate recalibrate retrain shadow models promote rollback evaluate evaluate-faults evaluate-segments evaluate-protocol ablation reliability \
	bench-ingest bench-path bench-detection

help: ## tell what each target does
	@echo "Passwatch. Usage: make <target> [ARGS=...]"
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | while IFS=$$'\t' read -r name text; do printf '  %-14s %s\n' "$$name" "$$text"; done
	@echo
	@echo "  PORT_BASE=28080 make demo    with other ports (a stack uses 50 from its base, 18080 if not said)"

venv: # the project's Python environment; other targets need it
	@deploy/native/bootstrap.sh

install: venv ## install all that is missing, for the demo and for the tests
	@$(NATIVE) install --for-tests

demo: venv ## install, start everything, send telemetry, show the verdicts; leaves it running
	@$(NATIVE) demo $(ARGS)

up: venv ## install what is missing and start everything, without sending telemetry
	@$(NATIVE) install
	@$(NATIVE) up $(ARGS)

restart: venv ## stop one process, start it, and wait until it is ready: NAME=analysis-worker
	@$(NATIVE) restart $(NAME)

down: venv ## stop everything that the demo started; its data stays
	@$(NATIVE) down

status: venv ## tell of each process whether it is ready, and why not (ARGS=--json for programs)
	@$(NATIVE) status $(ARGS)

clean: venv ## stop everything and remove the demo's data; asks first (ARGS=--yes does not)
	@$(NATIVE) clean $(ARGS)

send: venv ## send simulated batches: make send ARGS="--satellites 2 --batches 1 --seed 7 --json --wait"
	@$(NATIVE) call batch-simulator send $(ARGS)

replay: venv ## replay recorded telemetry: make replay DATA=datasets/nasa-smap-msl ARGS="--channels A-1,P-2 --wait"
	@$(NATIVE) call batch-simulator replay $(or $(DATA),datasets/nasa-smap-msl) $(ARGS)

backup: venv ## save all that a running platform has stored: TO=<new folder> ARGS="--way compose"
	@$(NATIVE) backup "$(TO)" $(ARGS)

restore: venv ## bring a backup back into an empty platform and start it: FROM=<folder> ARGS="--force"
	@$(NATIVE) restore "$(FROM)" $(ARGS)

dead-letters: venv ## list or replay rejected messages: make dead-letters ARGS="list --limit 20"
	@$(NATIVE) call victoria-consumer dead-letters $(or $(ARGS),list)

logs: ## follow the logs of all of the demo's processes
	@tail -n 20 -F .run/logs/*.log

test: install ## run every check and test on a stack of their own; the last line counts them
	@$(NATIVE) check all

test-compose: venv ## build the images and test the platform in containers: start, kills, upgrade, memory; COLD=1 builds from nothing
	@$(NATIVE) check compose

test-unit: venv ## run the tests that need no engine
	@$(NATIVE) check unit

lint: venv ## look for style and known mistakes
	@$(NATIVE) check lint

types: venv ## check static types
	@$(NATIVE) check types

format: venv ## format all sources
	@.venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format .
	@$(NATIVE) npm run --silent format

docs: venv ## write the pages of docs/ that are made from the code
	@$(PY) -m docs.generate

openapi: venv ## write the API's OpenAPI document and the dashboard's client types
	@$(PY) -m operation_server openapi --out frontend/openapi.json
	@$(NATIVE) npm run --silent generate

scan-secrets: venv ## look for secrets in the git history and in the images that were built
	@bash scripts/scan-secrets.sh

lock: venv ## pin all requirements anew
	@bash scripts/lock.sh

train: venv ## train both models and export them for Triton (brings torch into .venv-train)
	@$(NATIVE) train $(ARGS)

calibrate: venv ## fit the missions' shipped calibrations anew, on nominal telemetry
	@cd triton-models && ../$(PY) -m training.calibrate $(ARGS)

recalibrate: venv ## fit a calibration on a span of stored telemetry: ARGS="--mission default --satellite SAT-001 --from … --to …"
	@$(NATIVE) call operation-server calibrations fit $(ARGS)

retrain: venv ## train both models on with stored telemetry, as a candidate: ARGS="--satellite SAT-001 --from … --to …"
	@$(NATIVE) retrain $(ARGS)

shadow: venv ## judge stored batches by a candidate too, and tell the difference: VERSION=2 ARGS="--from … --to …"
	@$(NATIVE) shadow $(if $(VERSION),--version $(VERSION)) $(ARGS)

models: venv ## list the versions of the models: which are served, and what is judged by them
	@$(NATIVE) call operation-server models list $(ARGS)

promote: venv ## judge by a version of the models and its calibrations from now on, without a restart: VERSION=2
	@$(NATIVE) call operation-server models promote $(VERSION) $(ARGS)

rollback: venv ## judge as before the last promotion, without a restart
	@$(NATIVE) call operation-server models rollback $(ARGS)

evaluate: venv ## judge recorded telemetry beside baselines: DATA=<folder> OUT=<file.json>
	@$(PY) -m detection.evaluation --data "$(DATA)" --out "$(OUT)" $(ARGS)

reliability: venv ## compare confidences with how often nominal satellites, apart from the calibration's, exceed them
	@cd triton-models && ../$(PY) -m training.reliability $(ARGS)

evaluate-faults: venv ## judge planned faults and nominal days on simulated satellites: ARGS="--split tune"
	@cd triton-models && ../$(PY) -m training.faults judge --out ../.run/faults.json $(ARGS)

evaluate-segments: venv ## judge labelled segments of telemetry and rank them: DATA=<folder with segments.npz> OUT=<file.json>
	@$(PY) -m detection.evaluation.segments evaluate --data "$(DATA)" --out "$(OUT)" $(ARGS)

evaluate-protocol: venv ## estimate the detector on spacecraft and families left out of its design: DATA=<folder> OUT=<file.json>
	@$(PY) -m detection.evaluation.protocol --data "$(DATA)" --out "$(OUT)" $(ARGS)

ablation: venv ## compare the models' forecasts with readouts that learned nothing and with rules: DATA=<folder>
	@cd triton-models && ../$(PY) -m training.ablation --data "$(abspath $(DATA))" $(ARGS)

test-train: venv ## train a reduced run and check what it exports
	@$(NATIVE) train --check

bench-ingest: install ## measure Kafka -> VictoriaMetrics against VictoriaMetrics' own import
	@$(PY) -m tests.benchmarks.ingest $(ARGS)

bench-path: install ## measure the time from a batch's marker to its verdict
	@$(PY) -m tests.benchmarks.path $(ARGS)

bench-detection: install ## measure the CPU of judging a batch, and Triton's forecasts per second beside in process
	@$(PY) -m tests.benchmarks.detection $(ARGS)
