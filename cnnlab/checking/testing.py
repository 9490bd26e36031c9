"""The pytest plugin that visible checks and hidden tests share: fixtures `student` and `rng`, marker `question`.

A test is marked `@pytest.mark.question("conv_forward_naive", points=3)`; its docstring is the line the student reads.
`after=["test_name"]` skips it where a test it builds on did not pass. `steady=False` says of a visible check that
the same functions may do otherwise in it the next time: the clock, a file or chance decides.
"""

from __future__ import annotations

import hashlib
import os
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from cnnlab.checking import outcomes
from cnnlab.checking.outcomes import (
    CheckFailed,
    GraderError,
    NeedsPerson,
    NotAttempted,
    NotChecked,
    Stopped,
    StudentError,
    TestReport,
)
from cnnlab.checking.student import Student, describe_last
from cnnlab.signatures import COURSE

OPTIONS = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "no:threadexception"]
OPTIONS += ["-p", "no:logging", "-p", "no:warnings", "-p", "no:faulthandler", "-p", "no:junitxml", "-p", "no:doctest"]
OPTIONS += ["-p", "no:pastebin", "-p", "no:setuponly", "-p", "no:setupplan", "-p", "no:stepwise", "-p", "no:debugging"]
OPTIONS += ["-p", "no:legacypath", "-p", "no:recwarn", "-p", "no:subtests", "-p", "no:unittest"]
OPTIONS += ["-p", "no:capture", "-p", "no:tmpdir", "-p", "no:monkeypatch"]
OPTIONS += ["--noconftest", "--import-mode=importlib", "-c", os.devnull]


OUR_OWN = (GraderError, MemoryError, OSError)  # what no value can cause, or what depends on the machine
PLACES = {question: place for place, question in enumerate(name for names in COURSE.values() for name in names)}
MOST_TEXT = 300  # characters of an exception's text


class Questions:
    """Runs the tests of some questions on one student, and keeps a `TestReport` of each."""

    def __init__(self, student: Student, seed: str, questions: list[str] | None = None) -> None:
        self._student, self._seed, self._questions = student, seed, questions
        self.reports: list[TestReport] = []
        self._note = ""

    @pytest.fixture
    def student(self) -> Student:
        """The student's functions, by name."""
        return self._student

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        """A generator of this test's own, the same for every student."""
        return generator(self._seed, suite_of(request), request.node.name)

    @pytest.fixture
    def rng_of(self, request: pytest.FixtureRequest) -> Callable[..., np.random.Generator]:
        """Generators by a name, for what several tests draw alike and ask for with `student.once`."""
        return lambda *names: generator(self._seed, suite_of(request), *map(str, names))

    @pytest.fixture
    def note(self) -> Callable[[str], None]:
        """Puts a line into the test's report, whatever comes of the test: `note("accuracy 76.3 %")`."""

        def write(text: str) -> None:
            self._note = text

        return write

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "question(name, points=1, after=()): the question a test belongs to")

    def run(self, items: Sequence[pytest.Item]) -> None:
        """Run the tests of these questions, in their order."""
        mine = [item for item in items if self._questions is None or marker_of(item).args[0] in self._questions]
        for item, following in zip(mine, [*mine[1:], None]):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._note = ""
        self._student.forget()
        passed = {report.test for report in self.reports if report.outcome == outcomes.PASSED or report.excused}
        waiting = {report.test for report in self.reports if report.is_open}
        for name in marker_of(item).kwargs.get("after", ()):
            if name in waiting:
                raise NeedsPerson(f"it builds on “{self.title_of(item, name)}”, which is not decided yet")
            if name not in passed:
                raise NotChecked(f"not checked: it builds on “{self.title_of(item, name)}”, which did not pass")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> pytest.TestReport:
        """Our own report in the place of pytest's, which renders every traceback: that costs more than the tests."""
        error = call.excinfo.value if call.excinfo else None
        if call.when == "call" or error is not None:
            self.add(self.report(item, error, call.duration), error)
        assert call.when != "collect"  # of that pytest tells otherwise
        outcome: Literal["passed", "failed"] = "passed" if error is None else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when, duration=call.duration)

    def add(self, report: TestReport, error: BaseException | None) -> None:
        """Keep a report; the grader's own plugin adds a diagnosis first."""
        self.reports.append(report)

    def report(self, item: pytest.Item, error: BaseException | None, seconds: float) -> TestReport:
        marker = marker_of(item)
        report = TestReport(
            marker.args[0], item.name, title(item), float(marker.kwargs.get("points", 1)), seconds=seconds
        )
        if error is not None:
            describe_failure(report, error, self._student.was_asked)
            if report.outcome not in (outcomes.NOT_ATTEMPTED, outcomes.NOT_CHECKED):
                report.called = describe_last(self._student.calls)
        report.text = report.text or self._note
        return report

    @staticmethod
    def title_of(item: pytest.Item, test: str) -> str:
        return next((title(other) for other in item.session.items if other.name == test), test)


def describe_failure(report: TestReport, error: BaseException, was_asked: bool) -> None:
    """Sort an exception into an outcome, and take over what it says.

    Args:
        was_asked: whether the student's code had been asked for anything in this test. Whatever a test stumbles over
            from then on is the student's answer: nobody is paid for a value that no test can look at.
    """
    if isinstance(error, CheckFailed):
        report.outcome = outcomes.FAILED
        report.returned, report.expected, report.hint = error.returned, error.expected, error.hint
    elif isinstance(error, NotAttempted):
        report.outcome, report.text = outcomes.NOT_ATTEMPTED, str(error)
    elif isinstance(error, NotChecked):
        report.outcome, report.text = outcomes.NOT_CHECKED, str(error)
    elif isinstance(error, StudentError):
        report.outcome, report.text, report.trace = outcomes.FAILED, f"raised {error}", error.trace
    elif isinstance(error, Stopped):
        report.outcome, report.text = outcomes.FAILED, str(error)
    elif isinstance(error, AssertionError):
        report.outcome, report.text = outcomes.FAILED, str(error).split("\nassert ")[0]
    elif isinstance(error, NeedsPerson):
        report.outcome, report.text = outcomes.OPEN, str(error)
    elif was_asked and isinstance(error, Exception) and not isinstance(error, OUR_OWN):
        report.outcome = outcomes.FAILED
        report.returned = "a value that can't be looked at: " + shorten(f"{type(error).__name__}: {error}")
        report.expected = "the shapes and types of the question"
    else:
        report.outcome = outcomes.ERROR
        report.text = f"the grader's own trouble, which decides nothing: {shorten(f'{type(error).__name__}: {error}')}"
        report.trace = traceback.format_exception(error)[-3:]


def shorten(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "..."


def marker_of(item: pytest.Item) -> pytest.Mark:
    marker = item.get_closest_marker("question")
    if marker is None:
        raise ValueError(
            f"{item.nodeid} has no marker: write @pytest.mark.question('the question', points=...) above it."
        )
    return marker


def title(item: pytest.Item) -> str:
    """First line of the docstring, with names of its module and a parametrized test's parameters filled in: what the
    student reads."""
    if not isinstance(item, pytest.Function):
        return item.name
    line = (item.function.__doc__ or item.name).strip().splitlines()[0].rstrip(".")
    return line.format(**{**vars(item.module), **(item.callspec.params if hasattr(item, "callspec") else {})})


def suite_of(request: pytest.FixtureRequest) -> str:
    """The assignment whose test this is: the name of its folder of hidden tests, or of its file of visible checks."""
    path = request.node.path
    return path.parent.name if path.name.startswith("test_") else path.stem


def place_of(item: pytest.Item) -> int:
    """That of the test's question in the course."""
    question = marker_of(item).args[0]
    return PLACES.get(question, len(PLACES))


def generator(seed: str, *names: str) -> np.random.Generator:
    """A generator from a term's seed and the names of what is drawn."""
    digest = hashlib.sha256("/".join((seed, *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def run_tests(path: Path, questions: Questions) -> list[TestReport]:
    """Run a file of tests, or a folder of them, with pytest in this process; the reports, in the course's order.

    They are collected once in a process, however many students they are run on.

    Raises:
        RuntimeError: pytest could not run them at all (an error in the tests themselves).
    """
    suite = collect(path, type(questions))  # type: ignore[arg-type]  # a class has a hash
    suite.plugin.__dict__ = questions.__dict__  # the hooks and fixtures that pytest knows serve this student now
    try:
        questions.run(suite.items)
    except BaseException:  # stopped half way: pytest would refuse to go on from there
        collect.cache_clear()
        raise
    finally:
        suite.plugin.__dict__ = {}  # what a student's tests have asked for takes memory
    return questions.reports


class Suite:
    """Collected tests, and the plugin that they were collected with."""

    def __init__(self, plugin: Questions) -> None:
        self.plugin = plugin
        self.items: list[pytest.Item] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Keep the tests, in the place of running them."""
        self.items = session.items
        return True


@cache
def collect(path: Path, kind: type[Questions]) -> Suite:
    """The tests of a file or folder, question by question. Python reads them once: a later change is not seen."""
    suite = Suite(kind.__new__(kind))
    before = {name: os.environ.get(name) for name in ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_ADDOPTS")}
    os.environ.update(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_ADDOPTS="")
    try:
        code = pytest.main([*OPTIONS, f"--rootdir={path.parent}", str(path)], plugins=[suite.plugin, suite])
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(
            f"pytest could not run {path.name}: exit code {int(code)}. Run it by hand to see why: pytest {path}"
        )
    suite.items.sort(key=place_of)
    return suite
