# The same commands for everybody: a person, a fresh machine and CI.  Python 3.11 or newer and make are enough to start;
# everything else comes from the locks, checked by hash, into $(VENV).

VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --upgrade --python-version 3.11

.PHONY: demo voice channels wheel install-service test prove lint bench docs skills lock clean
.DELETE_ON_ERROR:

demo: $(VENV)/core.stamp ## the whole thing on a simulated house
	@$(BIN)/claw demo $(ARGS)

# One process more than a small machine has cores: two of them wait for a real Home Assistant and a browser for minutes.
test: $(VENV)/dev.stamp $(VENV)/schemathesis.stamp ## all tests but the full counts
	@$(BIN)/python -m pytest -m "not prove" -n 3 --dist loadgroup $(ARGS)

prove: $(VENV)/dev.stamp $(VENV)/schemathesis.stamp ## the full counts: kills, faults, random runs
	@$(BIN)/python -m pytest -m prove --timeout 3600 $(ARGS)

lint: $(VENV)/dev.stamp ## style, types, layers, container files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports
	@$(BIN)/hadolint packaging/container/Containerfile packaging/home-assistant-app/claw/Dockerfile

bench: $(VENV)/dev.stamp ## one script per promise with a number, one after another
	@$(BIN)/python bench/measure.py $(ARGS)

docs: $(VENV)/dev.stamp ## write the generated pages again; fails when one was stale
	@$(BIN)/python docs/generate.py

skills: $(VENV)/core.stamp ## seal the skills that ship after a change, and write their lock
	@$(BIN)/python -m claw.skills.lock skills

# Not beside the rest: it brings a urllib3 that homeassistant-api's would overwrite.
$(VENV)/schemathesis.stamp: $(VENV)/uv.stamp requirements-schemathesis.lock
	@echo "Installing what asks the HTTP interface everything ..."
	@$(BIN)/python -m venv $(VENV)/schemathesis
	@$(BIN)/uv pip install --quiet --python $(VENV)/schemathesis/bin/python --require-hashes --no-deps -r requirements-schemathesis.lock 2>/dev/null \
	    || $(VENV)/schemathesis/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements-schemathesis.lock
	@touch $@

clean: ## forget everything that can be made again
	rm -rf $(VENV) build dist htmlcov *.egg-info .coverage* .hypothesis .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

voice: $(VENV)/voice.stamp ## what turns speech into text on this machine, and its wake words

channels: $(VENV)/channels.stamp ## MCP, Telegram and MQTT

wheel: $(VENV)/core.stamp ## what is given to others, in dist/: the wheel, its locks, its bill of materials, their sums
	@$(BIN)/python packaging/build.py dist

install-service: wheel ## Claw in /opt/claw and as a service of this machine, as root
	@sh dist/install.sh $(ARGS) && sh systemd/install.sh

# New releases wait seven days before they get into a lock: most poisoned ones are found within that time.
lock: $(VENV)/uv.stamp
	@until=$$($(BIN)/python -c "import datetime as d; print(d.datetime.now(d.UTC).date() - d.timedelta(days=7))"); \
	for each in "build:requirements-build.in:" "schemathesis:requirements-schemathesis.in:" ":pyproject.toml:" \
	        "voice:pyproject.toml:--extra voice --extra wake -c requirements.lock" \
	        "channels:pyproject.toml:--extra mcp --extra telegram --extra mqtt -c requirements.lock" \
	        "dev:pyproject.toml:--extra dev -c requirements.lock -c requirements-voice.lock -c requirements-channels.lock"; do \
	    name=$${each%%:*}; rest=$${each#*:}; file=requirements$${name:+-$$name}.lock; \
	    { echo "# Made by make lock from releases before $$until."; \
	      $(LOCK) --exclude-newer "$$until" $${rest#*:} "$${rest%%:*}"; } > "$$file.new" || exit 1; \
	    mv "$$file.new" "$$file"; \
	done

$(VENV)/uv.stamp: requirements-build.lock
	@python=""; for name in python3.14 python3.13 python3.12 python3.11 python3; do \
	    if $$name -c "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then \
	        python=$$name; break; \
	    fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "Claw needs Python 3.11 or newer with its venv module; this machine has $$(python3 --version 2>&1 || echo none)." >&2; \
	    echo "On Debian and Ubuntu: apt install python3 python3-venv" >&2; exit 1; \
	fi; \
	echo "Preparing $(VENV) with $$($$python --version) ..."; $$python -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements-build.lock
	@touch $@

# pip steps in where uv cannot reach an index that only pip was told about.
define install
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes --no-deps -r $(1) 2>$(VENV)/uv.log \
	    || $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r $(1) \
	    || { cat $(VENV)/uv.log >&2; exit 1; }
endef

$(VENV)/core.stamp: $(VENV)/uv.stamp requirements.lock pyproject.toml
	@echo "Installing Claw and what it needs (the first time this takes a minute) ..."
	$(call install,requirements.lock)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-cache --offline --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q claw
	@touch $@

$(VENV)/voice.stamp: $(VENV)/core.stamp requirements-voice.lock
	@echo "Installing what hears speech (370 MB) ..."
	$(call install,requirements-voice.lock)
	@touch $@

$(VENV)/channels.stamp: $(VENV)/core.stamp requirements-channels.lock
	@echo "Installing what speaks MCP, Telegram and MQTT ..."
	$(call install,requirements-channels.lock)
	@touch $@

$(VENV)/dev.stamp: $(VENV)/voice.stamp $(VENV)/channels.stamp requirements-dev.lock
	@echo "Installing what the tests need ..."
	$(call install,requirements-dev.lock)
	@touch $@
