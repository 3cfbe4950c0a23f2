# `make` sets everything up and does the main job; `make test` sets up and passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLES := guideline/cases/adult-complex-karyotype-4-1bb.ttl guideline/cases/adult-complex-karyotype-cd28.ttl \
  guideline/cases/adult-ldh-unknown.ttl guideline/cases/adult-before-infusion.ttl

.PHONY: all check site examples test clean

all: check site examples
	@echo
	@echo "The website:        open site/index.html"
	@echo "The example above:  $(BIN)/cartkb infer guideline/cases/adult-complex-karyotype-4-1bb.ttl"
	@echo "Ask something:      $(BIN)/cartkb query 01"

check: $(BIN)/cartkb
	$(BIN)/cartkb check

site: $(BIN)/cartkb
	$(BIN)/cartkb build site

examples: $(BIN)/cartkb
	$(BIN)/cartkb infer --brief $(EXAMPLES)

test: $(VENV)/tested
	$(BIN)/python -m pytest -rs --numprocesses auto --dist loadfile

$(BIN)/cartkb: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/tested: $(BIN)/cartkb
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) site
