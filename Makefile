ASSIGNMENT ?= a1_convolution
COURSE     ?= .
OPTIONS    ?=
PYTHON     ?= python3

VENV  := .venv
RUN   := $(VENV)/bin/python
READY := $(VENV)/.ready
PYTEST = $(RUN) -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal

quoted = '$(subst ','\'',$(1))'
# the ASSIGNMENT that was named: of these verbs, none has the default above
named  = $(if $(filter-out file,$(origin ASSIGNMENT)),$(call quoted,$(ASSIGNMENT)))

# the course folder and term: a TERM of the environment is the terminal's
place  = --course $(call quoted,$(COURSE)) $(if $(filter command,$(origin TERM)),--term $(call quoted,$(TERM)))

.PHONY: help demo test collect grade regrade locate formgrade status report learn export build check mutants mistakes data
.PHONY: release similarity gradescope new forget
.PHONY: lint house bench clean
.DEFAULT_GOAL := help

help:   ## list the targets
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 16

demo: $(READY)   ## set up, then grade a sample class end to end in demo/
	$(RUN) -m autograder demo $(OPTIONS)

test: $(READY)   ## run the tests of this repository; of the proofs, a sample (OPTIONS="--sample 7" repeats one)
	$(PYTEST) $(OPTIONS)

grade: $(READY)   ## grade submitted/<student>/ASSIGNMENT/ (ASSIGNMENT=all, COURSE=folder, TERM=name, OPTIONS="--jobs 4")
	$(RUN) -m autograder grade $(call quoted,$(ASSIGNMENT)) $(place) $(OPTIONS)

regrade: $(READY)   ## grade again beside the grades: who gains, who loses, why (APPLY=1 puts it in place)
	$(RUN) -m autograder regrade $(or $(named),$(error Say which: make regrade ASSIGNMENT=a1_convolution)) $(place) \
	$(if $(APPLY),--apply) $(OPTIONS)

locate: $(READY)   ## the line that is wrong, where no known mistake explains a failure (ASSIGNMENT=a1_convolution, OPTIONS="--seconds 10")
	$(RUN) -m autograder locate $(or $(named),$(error Say which: make locate ASSIGNMENT=a1_convolution)) $(place) $(OPTIONS)

status: $(READY)   ## where the class stands in all assignments (ASSIGNMENT=a1_convolution: student by student)
	@$(RUN) -m autograder status $(named) $(place) $(OPTIONS)

collect: $(READY)   ## an LMS's zip into submitted/ (ZIP=file; FROM=canvas, moodle, gradescope, nbgrader or folder; TIMES=table)
	$(RUN) -m autograder collect $(call quoted,$(or $(ZIP),$(error Say which: make collect ZIP=submissions.zip))) \
	--course $(call quoted,$(COURSE)) $(if $(named),--assignment $(named)) $(if $(FROM),--from $(call quoted,$(FROM))) $(if $(TIMES),--times $(call quoted,$(TIMES)))

formgrade: $(READY)   ## open formgrader at the written answers (ASSIGNMENT=a1_convolution, COURSE=folder, PORT=8890)
	$(RUN) -m autograder formgrade $(named) $(place) $(if $(filter command,$(origin PORT)),--port $(call quoted,$(PORT))) $(OPTIONS)

export: $(READY)   ## grades or pages into exports/ (FOR=canvas, moodle, csv, junit, feedback, canvas-feedback or moodle-feedback; FILE=)
	$(RUN) -m autograder export $(call quoted,$(or $(FOR),$(error Say for what: make export FOR=canvas FILE=gradebook.csv ASSIGNMENT=a1_convolution))) $(named) \
	$(place) $(if $(FILE),--file $(call quoted,$(FILE))) $(if $(COLUMN),--column $(call quoted,$(COLUMN))) \
	$(if $(MISSING),--missing $(call quoted,$(MISSING))) $(if $(filter-out 0,$(SO_FAR)),--so-far) $(if $(filter-out 0,$(SCALE)),--scale)

report: $(READY)   ## a page for staff on each assignment: report/ and report.html (ASSIGNMENT=one, ANONYMOUS=1: no names, WITH=earlier terms)
	$(RUN) -m autograder report $(named) $(place) $(if $(ANONYMOUS),--anonymous) $(if $(WITH),--with $(call quoted,$(WITH))) $(OPTIONS)

learn: $(READY)   ## a group of the report becomes a mistake of the bank (ASSIGNMENT=, GROUP=receptive_field-abe3d9, NAME="what is wrong")
	$(RUN) -m autograder learn $(or $(named),$(error Say which: make learn ASSIGNMENT=a1_convolution GROUP=... NAME="...")) $(place) \
	--group $(call quoted,$(or $(GROUP),$(error Say which group of the report: GROUP=receptive_field-abe3d9))) \
	--name $(call quoted,$(or $(NAME),$(error Say what is wrong in a few words: NAME="the stride added twice"))) \
	$(if $(WITH),--with $(call quoted,$(WITH))) $(OPTIONS)

build: $(READY)   ## make assignments/ from solutions/
	$(RUN) -m autograder build $(OPTIONS)

check: $(READY)   ## prove notebooks, hidden tests, solutions and mistake banks, and run the long tests (ASSIGNMENT=a5_resnet: it only)
	$(RUN) -m autograder check $(named) $(OPTIONS)
	$(if $(named),,$(PYTEST) -m whole)

mutants: $(READY)   ## edit right solutions in small ways: which edits does no hidden test notice (ASSIGNMENT=one, OPTIONS="--sample 500")
	$(RUN) -m autograder mutants $(named) $(OPTIONS)

mistakes: $(READY)   ## list every mistake of the banks, the tests that catch it, and its hint
	@$(RUN) -m autograder mistakes $(OPTIONS)

data: $(READY)   ## fetch CIFAR-10 into datasets/ (OPTIONS="--archive file" for an archive that you have)
	$(RUN) -m cnnlab.datasets --root datasets $(OPTIONS)

release: $(READY)   ## what students get: dist/TERM (TERM=2027-winter; PATCH=1 corrects one, BRANCH=1 commits it, TRIAL=1 tries)
	$(RUN) -m autograder release $(if $(filter command,$(origin TERM)),$(TERM),$(error Say which: make release TERM=2027-winter)) \
	$(if $(PATCH),--patch) $(if $(BRANCH),--branch) $(if $(TRIAL),--no-check)

similarity: $(READY)   ## whose code of ASSIGNMENT is alike: similarity/ASSIGNMENT.html (WITH=folder of an earlier term)
	$(RUN) -m autograder similarity $(call quoted,$(ASSIGNMENT)) --course $(call quoted,$(COURSE)) $(if $(WITH),--with $(call quoted,$(WITH)))

gradescope: $(READY)   ## the zip that Gradescope grades ASSIGNMENT with, in gradescope/ (OPTIONS="--show names --minutes 19")
	$(RUN) -m autograder gradescope $(or $(named),$(error Say which: make gradescope ASSIGNMENT=a1_convolution)) $(OPTIONS)

forget: $(READY)   ## what there is of one student (STUDENT=ada; APPLY=1 deletes it for good)
	$(RUN) -m autograder forget $(call quoted,$(or $(STUDENT),$(error Say whom: make forget STUDENT=ada))) --course $(call quoted,$(COURSE)) \
	$(if $(APPLY),--apply)

new: $(READY)   ## a working skeleton of an assignment of your own (ASSIGNMENT=a5_resnet)
	$(RUN) -m autograder new $(or $(named),$(error Say which: make new ASSIGNMENT=a5_resnet))

lint: $(READY)   ## ruff, and mypy for the types
	$(RUN) -m ruff check . && $(RUN) -m ruff format --check . && $(RUN) -m mypy

house: $(READY)   ## the rooms of this repository: who imports whom, levels, circles, imports upwards
	@$(RUN) -m autograder.proving.house

bench: $(READY)   ## measure speed and memory against nbgrader's own autograder
	$(RUN) -m autograder bench $(OPTIONS)

clean:   ## remove what make demo, make bench and the tests left
	rm -rf demo bench .build .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, this is " + sys.version)'
	@echo "Setting up $(VENV): a few minutes, once"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install -qq --disable-pip-version-check -c constraints.txt torch -e ".[staff]"
	@touch $@
