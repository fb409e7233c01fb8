# make demo    dub the sample film        make test    run every test
# make check   linters, types, house rules   make bench   the short benchmarks
# make long    the tests that take minutes too: 1,200 kills (DUB_TESTS_KILLS), every write that can fail, films of two hours
# make nightly  Kdenlive renders and is dubbed (its --render wants 24.12, as in Debian 13; and Xvfb)
# make docs     the site into site/, each warning an error (make docs-links: asks other people's servers too)
# make man      man/dub.1, from the command line's help
# make release-check   wheel and sdist built, checked, installed in an empty environment and tried there
# make pythons  the core of the tests from the built wheel, on each Python 3.11 to 3.14 that is here
# make wheels   whether dub installs from wheels alone on Linux, macOS and Windows, Python 3.11 to 3.14
# make servers   older gradio servers for the tests of the web UIs (those tests run on each that is there)
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
# a folder of tests' files for each user and each checkout, so that two runs do not empty each other's; short, since
# sockets lie below it
TEMP   := /tmp/dub-$(shell id -u)-$(shell printf %s '$(CURDIR)' | cksum | cut -c1-6)
# of the examples that hypothesis tries: others every day, the same ones again with SEED=
SEED   ?= $(shell date -u +%Y%m%d)

.PHONY: demo test long nightly check pythons wheels bench servers docs docs-links man pictures workflows release-check clean

$(VENV)/.demo: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	@echo "installing dub and what it needs into $(VENV): about 350 MB, once"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e .
	@touch $@

$(VENV)/.dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(VENV)/.demo
	@mkdir -p demo
	$(BIN)/dub samples/harbour.mp4 samples/harbour.vtt --profile cast -o demo/harbour.dubbed.mp4 --overwrite

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --hypothesis-seed=$(SEED) --basetemp=$(TEMP)t

long: $(VENV)/.dev
	DUB_TESTS_LONG=1 $(BIN)/python -m pytest -n auto --dist worksteal --timeout 3600 --hypothesis-seed=$(SEED) --basetemp=$(TEMP)l

nightly: $(VENV)/.dev
	DUB_TESTS_SKIP_NOTHING=1 $(BIN)/python -m pytest tests/editors/nightly_*.py --basetemp=$(TEMP)n

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/deptry .
	$(BIN)/codespell
	$(BIN)/python -m pytest -q tests/test_architecture.py

pythons: $(VENV)/.dev
	BUILDER=$(BIN)/python .ci/pythons

# pysrt alone comes as source (pure Python; nothing is compiled)
wheels: $(VENV)/.dev
	@set -e; for system in linux macos windows; do for python in 3.11 3.12 3.13 3.14; do \
	    $(BIN)/uv pip compile --quiet --only-binary :all: --no-binary pysrt --python $(BIN)/python \
	        --python-platform $$system --python-version $$python pyproject.toml >/dev/null; \
	    echo "$$system, Python $$python: installs from wheels alone (and pysrt's source)"; done; done

servers: .venv-gradio4/.ready .venv-gradio5/.ready

.venv-gradio%/.ready: tests/servers/gradio%.txt
	$(PYTHON) -m venv .venv-gradio$*
	.venv-gradio$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

$(VENV)/.docs: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

man: $(VENV)/.demo  # the manual page is kept: what a wheel is built with need not run dub
	$(BIN)/python -m docs._site.man man/dub.1

pictures: $(VENV)/.demo  # what the README and the site show, from a real run
	mkdir -p build
	cp samples/harbour.mp4 samples/harbour.vtt build/
	cd build && PYTHONPATH=.. PATH=../$(BIN):$$PATH python -m docs._site.terminal ../docs/assets/terminal.svg dub harbour.mp4 harbour.vtt --profile cast --overwrite
	mv build/harbour.en.dub.mp4.dub.svg docs/assets/timeline.svg

workflows: $(VENV)/.dev  # the public CI's file, and the forms of issues
	$(BIN)/actionlint .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[0-9]*.yml

release-check: # docs/releasing.md: build, check, install and try in an empty environment (VERSION=0.2.0: to be tagged)
	PYTHON=$(PYTHON) .ci/release-check $(VERSION)

docs-links: docs
	$(BIN)/python -m docs._site.links site

clean:
	rm -rf $(VENV) .venv-gradio* demo build dist site
