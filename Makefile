# vtnmd: what can be made here. `make` alone prints it.

PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$each"; exit; }; done; echo python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Two more than processors: some tests wait.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
SECONDS ?= 600
# What test-live makes at the same time as the tests of clouds, which mostly wait; what measures packets is over by then.
BESIDE ?= live-vtn
CODE := vtnmd tests bench lab
HEAT := .cache/heat

.DEFAULT_GOAL := help
.PHONY: help install dev demo test test-needs check static crash-matrix crash-matrix-part fuzz bench lock clean \
	lab-backbone lab-odl lab-openstack lab-all lab-down test-live test-heat-plugin live-vtn live-openstack live-backbone live-odl-mount

help: ## print this
	@echo "make TARGET [PYTHON=python3.12]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

install: $(VENV)/.installed ## install vtnmd into .venv; gives .venv/bin/vtnmd

demo: install ## apply examples/global-shop to an embedded lab of two regions, probe it, and stop the lab
	@scripts/demo.sh

test: dev test-needs ## run every test, after installing what they need (said before it is done)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

check: static test ## ruff, ruff format, mypy, import-linter, pyang, then make test

static: dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo
	$(BIN)/pyang --strict --lint --path models/yang models/yang/*.yang

crash-matrix: dev ## kill runs at every boundary of their journal, resume them, and compare with undisturbed runs (CASES=--every 9)
	$(BIN)/python -m tests.crash $(CASES)

crash-matrix-part: dev ## … at every boundary of the run that creates, and at a part of all others, those of workers included
	$(BIN)/python -m tests.crash --state sqlite --scenario create
	$(BIN)/python -m tests.crash --every 19

fuzz: dev ## fuzz what clients reach, for SECONDS=600 in all; with atheris where that is installed (dependency group fuzz)
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(TARGETS)

bench: dev ## measure each part from compiling to workers beside its floor (docs/figures.md)
	@failed=; for each in compile editing hand_off planning drawing engine transactions drain fleet commits northbound netconf; do \
		echo; echo "bench.$$each"; $(BIN)/python -m bench.$$each || failed=1; \
	done; test -z "$$failed"

lab-backbone: dev ## start PE routers and an MPLS backbone of two regions, in namespaces of their own (as root, on Debian)
	$(BIN)/python -m lab.room up backbone

lab-odl: dev ## … and a genuine VTN Manager in each region
	$(BIN)/python -m lab.room up odl

lab-openstack: dev ## start an OpenStack of two regions, with Heat and the fake hypervisor
	$(BIN)/python -m lab.room up openstack

lab-all: dev ## start all of it, with a network stack for every server
	$(BIN)/python -m lab.room up all

lab-down: ## end all that the lab-… targets have started
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m lab.room down; fi

test-live: dev ## run the contract suite and the scenarios on real systems: VTN Manager, PE routers, OpenStack (as root, on Debian)
	$(BIN)/python -m lab.backbone
	$(BIN)/python -m lab.room live --beside "$(MAKE) --no-print-directory --jobs --output-sync=target $(BESIDE)"

test-heat-plugin: $(HEAT)/.installed ## run the tests and types of heat-plugin/ in an environment with Heat (.cache/heat; fetched with pip)
	cd heat-plugin && ../$(HEAT)/bin/python -m pytest
	cd heat-plugin && ../$(HEAT)/bin/python -m mypy vtnmd_heat tests

live-vtn: dev ## run the driver tests against a genuine VTN Manager (as root; fetches OpenDaylight with Maven)
	$(BIN)/python -m lab.vtn_manager

live-openstack: dev ## run the driver tests against a genuine OpenStack of two regions (as root; fetches OpenStack with pip)
	$(BIN)/python -m lab.openstack

live-odl-mount: dev ## have a genuine OpenDaylight mount vtnmd as a NETCONF device (as root; fetches OpenDaylight with Maven)
	$(BIN)/python -m lab.odl_mount

live-backbone: dev ## prove with true packets what the PE routers of lab.backbone do (as root; installs Debian packages)
	$(BIN)/python -m lab.backbone

lock: ## renew requirements-dev.lock with the newest versions that pyproject.toml allows
	scripts/lock.sh "$(PYTHON)"

clean: ## stop the lab and remove everything that was made here
	@if [ -x $(BIN)/vtnmd ] && [ -d .vtnmd/lab ]; then $(BIN)/vtnmd lab down; fi
	rm -rf $(VENV) .vtnmd .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find vtnmd tests bench lab -name __pycache__ -type d -exec rm -rf {} +

dev: $(VENV)/.installed-dev

test-needs:
	@scripts/test-needs.sh

$(HEAT)/.installed: heat-plugin/pyproject.toml lab/openstack/constraints.txt
	@echo "installing Heat into $(HEAT)"
	@"$(PYTHON)" -m venv $(HEAT)
	@$(HEAT)/bin/python -m pip --disable-pip-version-check --quiet install --constraint lab/openstack/constraints.txt \
		--editable 'heat-plugin[test]'
	@touch $@

$(VENV)/.made:
	@scripts/make-venv.sh "$(PYTHON)" $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml requirements-dev.lock
	@echo "installing vtnmd and what it depends on into $(VENV)"
	@$(PIP) install --constraint requirements-dev.lock --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "installing the development tools into $(VENV)"
	@$(PIP) install --requirement requirements-dev.lock
	@touch $@
