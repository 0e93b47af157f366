# make jump [SECONDS=10] [POLICY=sac] [SEED=0]   the robot jumps: simulator and policy over ROS 2, in one process
#           [VIEWER=web]                         with a page in the browser; the default where there is no display
#           [RECORD=bags/first]                  records all topics into a new bag
# make walk [POLICY=walk] [CMD_VEL="0.5 0 0"]    the same with the quadruped, which walks as CMD_VEL says (m/s, m/s, rad/s)
# make train [ALGO=sac] [OUT=runs/sac] [ARGS=...]  train a policy: sac, dqn or pgpe (ARGS: its options)
# make test                                      all tests (T=tests/ant_sim for some)
# make soak                                      each fault 20 times, and an hour in real time
# make lint types                                ruff, import-linter, mypy
# make coverage                                  branch coverage of the pure logic
# make bench                                     speed, as ratios side by side
# make setup [SET=run]                           the environment and the workspace alone; SET: run, train or check
# make lock [ARGS=--upgrade]                     requirements/*.lock anew, from the versions in pyproject.toml
# make format                                    ruff, which mends what it can
# make pictures                                  the pictures of README and docs but benchmarks', anew (needs EGL, chromium)
# make docs                                      the documentation as a site (site/), links checked
# make reference                                 the tables of the documentation, from what the nodes declare
# make clean                                     remove all that was made here

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell test -d /opt/ros/jazzy && echo /usr/bin/python3 || echo python3)
UV := uv==0.13.9
SET ?= run
SECONDS ?= 0
ROBOT ?= ant
POLICY ?= sac
SEED ?= 0
VIEWER ?= $(if $(DISPLAY)$(WAYLAND_DISPLAY),none,web)
T ?= tests
ALGO ?= sac
OUT ?= runs/$(ALGO)
ACTIVATE := source ./env.sh
# Python compiles what it imports; compiling all that is installed takes minutes.
PIP := .venv/bin/python -m pip install --disable-pip-version-check --no-compile

PACKAGES := ant_sim ant_policy ant_bringup
BUILD_INPUTS := $(foreach p,$(PACKAGES),$(wildcard $(addprefix ros2_ws/src/$(p)/,setup.py setup.cfg package.xml launch/* config/*)))
BUILT := ros2_ws/install/.built

# One file for each set of packages that is installed: the dependency groups of pyproject.toml.
RUN := .venv/.run
TRAIN := .venv/.train
CHECK := .venv/.check
TORCH = $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)

.PHONY: help setup jump walk test coverage soak lint format types lock bench train pictures docs reference clean

help:
	@sed -n '/^# /!q; s/^# //p' Makefile

setup: $(BUILT) .venv/.$(SET)

# $(call enough_disk,GiB)
enough_disk = free=$$(df -Pk . | awk 'NR == 2 {print int($$4 / 1048576)}'); \
  [ "$$free" -ge $(1) ] || { echo "setup: $$free GiB free here; this needs $(1) GiB" >&2; exit 1; }
# $(call install,options of pip)
install = $(PIP) --progress-bar on $(1) \
  || { echo "setup: pip could not install the packages; its reason is above (no network, no disk?); run the command again" >&2; exit 1; }

$(RUN): requirements/run.lock
	@command -v "$(PYTHON)" >/dev/null || { echo "setup: '$(PYTHON)' not found; install Python 3.11 or newer (Debian: apt install python3 python3-venv)" >&2; exit 1; }
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "setup: $$("$(PYTHON)" --version) is too old; install Python 3.11 or newer, or name one: make PYTHON=python3.11 ..." >&2; exit 1; }
	"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "setup: $(PYTHON) has no venv module; install it (Debian: apt install python3-venv)" >&2; exit 1; }
	[ -d .venv ] || { $(call enough_disk,1); }
	echo "setup: installing the run set into .venv: ROS 2, MuJoCo (500 MB, once)"
	if [ -f /opt/ros/jazzy/setup.sh ] || [ -n "$${ROS_DISTRO:-}" ]; then
	  echo "setup: using the ROS 2 of this machine (no ROS wheels)"
	  "$(PYTHON)" -m venv --system-site-packages .venv
	  sed '/^ros-/,/[^\\]$$/d' requirements/run.lock > .venv/run.lock
	else
	  "$(PYTHON)" -m venv .venv
	  cp requirements/run.lock .venv/
	fi
	$(call install,--no-deps --require-hashes -r .venv/run.lock)
	touch $@

$(TRAIN): requirements/train.lock $(RUN)
	@echo "setup: adding the train set to .venv: PyTorch, Stable-Baselines3, EvoTorch, plots (1.4 GB, once)"
	$(call enough_disk,3)
	$(call install,$(TORCH))
	$(call install,--no-deps --require-hashes -r requirements/train.lock)
	touch $@

$(CHECK): requirements/check.lock $(TRAIN)
	@echo "setup: adding the check set to .venv: pytest, ruff, mypy, mkdocs, Playwright, EnvPool (1.2 GB, once)"
	$(call enough_disk,1)
	$(call install,--no-deps --require-hashes -r requirements/check.lock)
	touch $@

$(BUILT): $(RUN) $(BUILD_INPUTS)
	@$(ACTIVATE)
	colcon --log-base ros2_ws/log build --symlink-install --base-paths ros2_ws/src \
	  --build-base ros2_ws/build --install-base ros2_ws/install
	touch $@

walk: ROBOT = quadruped
walk: POLICY = walk
walk: TASK = walk
walk: CMD_VEL = 0.5 0 0
jump walk: $(BUILT)
	@$(ACTIVATE)
	exec python -m ant_bringup.run --robot "$(ROBOT)" --policy "$(POLICY)" --seconds "$(SECONDS)" --seed "$(SEED)" \
	  --viewer "$(VIEWER)" $(if $(TASK),--task "$(TASK)") $(if $(CMD_VEL),--cmd-vel $(CMD_VEL)) $(if $(RECORD),--record "$(RECORD)")

test: $(BUILT) $(CHECK)
	@$(ACTIVATE)
	export OMP_NUM_THREADS=1  # as many tests run side by side as there are processors
	python -m pytest -n 3 --dist worksteal -m "not soak and not alone" $(T) || [ $$? = 5 ]  # 5: none of them
	# Only the files that have some: collecting the others takes longer.
	python -m pytest -m alone $$(grep -rls --include=*.py 'mark\.alone' $(T) || echo $(T)) || [ $$? = 5 ]

coverage: $(BUILT) $(CHECK)
	@$(ACTIVATE)
	exec python -m pytest -n 3 --dist worksteal --cov --cov-report=term-missing:skip-covered $(addprefix tests/,$(PACKAGES))

soak: $(BUILT) $(CHECK)
	@$(ACTIVATE)
	export ANT_ROUNDS="$${ANT_ROUNDS:-20}" ANT_RELIABILITY="$$PWD/runs/reliability.jsonl"
	mkdir -p runs && rm -f "$$ANT_RELIABILITY"
	python -m pytest -m "soak or not soak" tests/integration/test_fault_*.py tests/integration/test_soak.py
	python tests/integration/reliability.py "$$ANT_RELIABILITY" docs/reliability.md

lint: $(CHECK)
	@$(ACTIVATE)
	ruff check .
	ruff format --check .
	PYTHONPATH="$(subst $() $(),:,$(addprefix ros2_ws/src/,$(PACKAGES)))" lint-imports

format: $(CHECK)
	@$(ACTIVATE)
	ruff check --fix .
	ruff format .

types: $(CHECK)
	@$(ACTIVATE)
	mypy

# A lock holds what its set adds to the one before. torch is left out, with what it alone needs: which file it is (CPU,
# CUDA) depends on the index that is asked.
lock: $(RUN)
	@.venv/bin/python -m pip install --disable-pip-version-check --quiet --upgrade --target .venv/lock "$(UV)"
	before=()
	for set in run train check; do
	  .venv/lock/bin/uv pip compile --group "pyproject.toml:$$set" --quiet --output-file "requirements/$$set.lock" "$${before[@]}" \
	    --excludes <(echo torch) --universal --python-version 3.11 --generate-hashes --no-annotate --no-config \
	    --custom-compile-command "make lock" $(ARGS)
	  before+=(--constraints "requirements/$$set.lock")
	  while read -r name; do before+=(--no-emit-package "$$name"); done < <(sed -n 's/^\([a-z0-9.-]*\)==[^;]*$$/\1/p' "requirements/$$set.lock")
	done

bench: $(BUILT) $(CHECK)
	@$(ACTIVATE)
	python -m benchmarks

train: $(BUILT) $(TRAIN)
	@$(ACTIVATE)
	exec python -m ant_policy.train "$(ALGO)" --out "$(OUT)" --seed "$(SEED)" $(ARGS)

pictures: $(BUILT) $(CHECK)
	@$(ACTIVATE)
	for policy in sac dqn pgpe; do
	  python -m ant_policy.evaluate $$policy --episodes 40 --plot docs/images/$$policy.png --video docs/images/$$policy.gif --seconds 6
	  cp assets/policies/$$policy/curve.png docs/images/$${policy}_curve.png
	done
	python -m ant_policy.evaluate sac --episodes 1 --picture docs/images/jump.png
	python -m ant_policy.evaluate docs/runs/* --curves docs/images/fast_curves.png
	python -m ant_policy.evaluate walk --env QuadrupedWalk-v1 --episodes 1 --seed 1001 --video docs/images/walk.gif --seconds 6
	scratch=$$(mktemp -d); jump=; trap 'kill $$jump 2>/dev/null || true; rm -rf "$$scratch"' EXIT
	python -m ant_bringup.jump --seed 3 --viewer web --record "$$scratch/bag" >"$$scratch/log" & jump=$$!
	until url=$$(grep -o 'http://localhost:[^ ]*' "$$scratch/log"); do kill -0 $$jump; sleep 0.5; done
	python -m ant_bringup.web.picture "$$url" docs/images/web.png
	kill -TERM $$jump; wait $$jump
	python -m ant_bringup.bag_report "$$scratch/bag" --out "$$scratch/report"
	chromium --headless --no-sandbox --window-size=1200,1400 --virtual-time-budget=10000 \
	  --screenshot=docs/images/bag_report.png "$$scratch/report/index.html"

reference: $(BUILT) $(CHECK)
	@$(ACTIVATE)
	python docs/reference

docs: $(CHECK)
	@$(ACTIVATE)
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict

clean:
	rm -rf .venv site ros2_ws/build ros2_ws/install ros2_ws/log .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find ros2_ws/src \( -name '*.egg-info' -o -name build \) -prune -exec rm -rf {} +
