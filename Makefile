ASSIGNMENT ?= a1_convolution
COURSE     ?= .
OPTIONS    ?=
PYTHON     ?= python3

VENV  := .venv
RUN   := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: help demo test grade build check mistakes data lint bench clean
.DEFAULT_GOAL := help

help:   ## list the targets
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 16

demo: $(READY)   ## set up, then grade a sample class end to end in demo/
	$(RUN) -m autograder demo

test: $(READY)   ## run the tests of this repository
	$(RUN) -m pytest

grade: $(READY)   ## grade submitted/<student>/ASSIGNMENT/ (COURSE=folder, OPTIONS="--jobs 4 --force")
	$(RUN) -m autograder grade $(ASSIGNMENT) --course $(COURSE) $(OPTIONS)

build: $(READY)   ## make assignments/ from solutions/
	$(RUN) -m autograder build

check: $(READY)   ## prove notebooks, hidden tests, solutions and mistake banks
	$(RUN) -m autograder check

mistakes: $(READY)   ## list every mistake of the banks, the tests that catch it, and its hint
	@$(RUN) -m autograder mistakes

data: $(READY)   ## fetch CIFAR-10 into datasets/ (OPTIONS="--archive file" for an archive that you have)
	$(RUN) -m cnnlab.datasets --root datasets $(OPTIONS)

release: $(READY)   ## what students get: dist/TERM (TERM=2027-winter; PATCH=1 corrects one, BRANCH=1 commits it)
	$(RUN) -m autograder release $(if $(filter command,$(origin TERM)),$(TERM),$(error Say which: make release TERM=2027-winter)) \
	$(if $(PATCH),--patch) $(if $(BRANCH),--branch)

new: $(READY)   ## a working skeleton of an assignment of your own (ASSIGNMENT=a5_resnet)
	$(RUN) -m autograder new $(ASSIGNMENT)

lint: $(READY)   ## ruff
	$(RUN) -m ruff check . && $(RUN) -m ruff format --check .

bench: $(READY)   ## measure speed and memory against nbgrader's own autograder
	$(RUN) -m autograder bench $(OPTIONS)

clean:   ## remove what make demo, make bench and the tests left
	rm -rf demo bench .build .pytest_cache .ruff_cache

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt torch -e ".[staff]"
	@touch $@
