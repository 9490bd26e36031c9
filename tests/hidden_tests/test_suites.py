"""A folder of tests runs as one suite, in the order of the course, wherever in it a test stands."""

import importlib

import pytest

from autograder.course.course import load_course
from autograder.course.questions import points_of_questions
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.grading.plugin import HiddenTests
from cnnlab.checking.outcomes import FAILED, NOT_CHECKED, PASSED
from cnnlab.checking.student import LocalStudent
from cnnlab.checking.testing import Questions, run_tests
from cnnlab.signatures import COURSE, graded_names

TORCH = """
def {name}(*args, right={name}):
    import torch

    return right(*args)
"""

FIRST, SECOND = list(COURSE["a1_convolution"])[:2]
TEST = """
@pytest.mark.question("{question}", points=1, after={after})
def test_{name}(student, rng, rng_of):
    \"\"\"{name}\"\"\"
    student.drawn({name!r}, [rng.random(), rng_of("shared").random()])
"""


@pytest.fixture
def run(tmp_path):
    """Run tests of several files, given as {file: [(name, question, names of tests it builds on)]}.

    Python keeps modules by their names: no two of these tests may have a file of the same one.
    """

    def run(files, failing=(), folder="a0_some"):
        drawn = {}

        def note(name, numbers):
            drawn[name] = numbers
            if name in failing:
                raise ValueError

        (tmp_path / folder).mkdir(parents=True)
        for file, tests in files.items():
            texts = [TEST.format(name=name, question=question, after=after) for name, question, after in tests]
            (tmp_path / folder / file).write_text("import pytest\n" + "".join(texts))
        return run_tests(tmp_path / folder, Questions(LocalStudent({"drawn": note}), "seed")), drawn

    return run


@pytest.mark.parametrize("assignment", load_course().assignments, ids=lambda assignment: assignment.name)
def test_the_contract_has_the_questions_in_the_notebooks_order(assignment):
    questions = COURSE[assignment.name]
    assert [*questions] == [name for name in points_of_questions(assignment) if name in questions]


def test_reports_stand_in_the_order_of_the_course(run):
    reports, _ = run({"test_a.py": [("late", SECOND, []), ("later", SECOND, [])], "test_b.py": [("early", FIRST, [])]})
    assert [(report.test, report.outcome) for report in reports] == [
        ("test_early", PASSED),
        ("test_late", PASSED),
        ("test_later", PASSED),
    ]


def test_a_test_builds_on_one_of_another_file(run):
    files = {"test_c.py": [("late", SECOND, ["test_early"])], "test_d.py": [("early", FIRST, [])]}
    early, late = run(files, failing=["early"])[0]
    assert (early.outcome, late.outcome) == (FAILED, NOT_CHECKED) and "“early”, which did not pass" in late.text


def test_inputs_belong_to_the_test_and_not_to_its_file(run):
    tests = [("one", FIRST, []), ("other", FIRST, [])]
    _, together = run({"test_all.py": tests})
    _, apart = run({"test_one.py": tests[:1], "test_other.py": tests[1:]}, folder="apart/a0_some")
    assert together == apart
    assert together["one"][0] != together["other"][0] and together["one"][1] == together["other"][1]
    _, elsewhere = run({"test_all.py": tests}, folder="a9_other")
    assert elsewhere["one"] != together["one"]


def test_every_hidden_test_of_the_fast_layers_asks_for_numpy_alone(tmp_path, monkeypatch):
    """Whichever of its files a test stands in."""
    assignment = load_course().assignment("a2_fast_layers")
    solution = solution_source(assignment.source)
    source = solution + "".join(TORCH.format(name=name) for name in graded_names(assignment.name))
    (tmp_path / "with_torch.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    student = LocalStudent(vars(importlib.import_module("with_torch")))
    reports = run_tests(
        assignment.hidden_tests, HiddenTests(student, "seed", Reference(load_functions(solution, "")), None)
    )
    assert reports and not [report.test for report in reports if report.outcome == PASSED]
