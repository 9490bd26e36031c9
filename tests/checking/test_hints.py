"""The name of a mistake in a notebook: after the second different wrong try, where all that was done fits."""

import random

import numpy as np
import pytest

import cnnlab
from autograder.authoring.hints import bank_of
from autograder.course.course import load_course
from autograder.course.reference import load_functions, solution_source
from autograder.mistakes import HONEST
from cnnlab.checking import hints
from cnnlab.checking.hints import LOOKS_LIKE

COURSE = load_course()
SAMPLE = 12  # mistakes of each bank
SLOWEST = ("overfit", "lenet")  # questions whose checks take seconds


@pytest.fixture(autouse=True)
def no_tries(monkeypatch):
    """A new kernel."""
    monkeypatch.setattr(hints, "_tries", {})


def forward(size_of=lambda H, W, HH, WW: (H - HH, W - WW), times=1.0):
    """A convolution by windows, written as no one in the bank does: size - filter, and a factor."""

    def conv_forward_naive(x, w, b, conv_param):
        pad, stride = conv_param["pad"], conv_param["stride"]
        padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
        high, wide = (places // stride + 1 for places in size_of(*padded.shape[2:], *w.shape[2:]))
        out = np.empty((len(x), len(w), high, wide))
        for place in np.ndindex(high, wide):
            top, left = stride * np.array(place)
            window = padded[:, :, top : top + w.shape[2], left : left + w.shape[3]]
            out[:, :, place[0], place[1]] = np.tensordot(window, w, ([1, 2, 3], [1, 2, 3])) + b
        return out * times, (x, w, b, conv_param)

    return {"conv_forward_naive": conv_forward_naive}


def no_bias(x, w, b, conv_param):
    return forward()["conv_forward_naive"](x, w, 0 * b, conv_param)


WRONG = forward(times=1.01)
RIGHT = forward()
NO_BIAS = {"conv_forward_naive": no_bias}


def check(names, question="conv_forward_naive"):
    """The hints of a check."""
    return [report.hint for report in cnnlab.check(question, names).reports if report.hint]


def test_the_second_different_wrong_try_is_named():
    assert check(WRONG) == []
    assert check(NO_BIAS) == ["looks like: the bias b left out"]
    said = repr(cnnlab.check("conv_forward_naive", NO_BIAS))
    assert said.count("    hint      looks like: the bias b left out\n") == 1  # on the first check that fails


def test_the_same_try_again_is_no_other():
    assert check(NO_BIAS) == check(dict(NO_BIAS)) == check({"conv_forward_naive": lambda *args: no_bias(*args)}) == []
    check(WRONG)
    assert check(NO_BIAS) != []


def test_what_is_no_wrong_try_does_not_count():
    """A stub, a name that is not there, a right answer, another question's try, a look at everything."""

    def stub(*args):
        raise NotImplementedError

    def stopped(*args):
        raise KeyboardInterrupt

    for names in ({"conv_forward_naive": stub}, {}, RIGHT, {"conv_forward_naive": stopped}):
        check(names)
    check({"conv_output_size": lambda *args, **kwargs: 1}, "conv_output_size")
    cnnlab.progress("a1_convolution", WRONG)
    assert check(NO_BIAS) == []


def test_rounding_changes_no_name():
    check(WRONG)
    for times in (1 + 1e-12, 1 - 1e-12):
        assert check({"conv_forward_naive": lambda *args, times=times: (times * no_bias(*args)[0], 0)}) != []


@pytest.mark.parametrize("times", [1 + 1e-4, 1 - 1e-5, -1])
def test_nearly_the_same_is_not_the_same(times):
    """A second mistake beside the first one: neither is the whole story."""
    check(WRONG)
    assert check({"conv_forward_naive": lambda *args: (times * no_bias(*args)[0], 0)}) == []


def test_what_fails_alike_but_does_otherwise_elsewhere_has_no_name():
    """Without a bias in images of two channels only: behind the first difference of a check it is right."""

    def conv_forward_naive(x, w, b, conv_param):
        return no_bias(x, w, b, conv_param) if x.shape[1] == 2 else forward()["conv_forward_naive"](x, w, b, conv_param)

    check(WRONG)
    assert check({"conv_forward_naive": conv_forward_naive}) == []


def test_what_a_function_prints_is_shown_once(capsys):
    def printing(*args):
        print("here")
        return no_bias(*args)

    check(WRONG)
    before = capsys.readouterr().out
    assert check({"conv_forward_naive": printing}) != [] and before == ""
    named = capsys.readouterr().out.count("here")
    hints._tries.clear()
    assert check({"conv_forward_naive": printing}) == [] and capsys.readouterr().out.count("here") == named > 0


@pytest.mark.parametrize("text", ["", "[]", '{"a1_convolution": {"conv_forward_naive": {"hints": 3}}}'])
def test_a_check_is_whole_without_its_hints(tmp_path, monkeypatch, text):
    (tmp_path / "hints.json").write_text(text)
    monkeypatch.setattr(hints, "TABLE", tmp_path / "hints.json")
    hints.table.cache_clear()
    check(WRONG)
    result = cnnlab.check("conv_forward_naive", NO_BIAS)
    hints.table.cache_clear()
    assert result.count == 3 and not any(report.hint for report in result.reports)


def test_a_result_that_cannot_be_looked_at_is_a_wrong_answer_without_a_name():
    class Odd(dict):
        def __iter__(self):
            raise RuntimeError("odd")

    check(WRONG)
    result = cnnlab.check("conv_output_size", {"conv_output_size": lambda *args, **kwargs: Odd()})
    assert result.count == 0


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_a_mistake_is_named_rightly_or_not_at_all(assignment, request):
    solution, rng = solution_source(assignment.source), random.Random(request.config.getoption("sample"))
    bank = [mistake for mistake in bank_of(assignment) if not mistake.slow and mistake.question not in SLOWEST]
    named = 0
    for mistake in rng.sample(bank, min(SAMPLE, len(bank))):
        hints._tries[mistake.question] = {b"another one"}
        said = set(check(load_functions(solution, "<bank>", mistake.source), mistake.question))
        said = {hint.removeprefix(LOOKS_LIKE) for hint in said if hint.startswith(LOOKS_LIKE)}
        assert said <= {mistake.hint, mistake.idea}, mistake.name
        named += len(said)
    assert named


@pytest.mark.parametrize("assignment", COURSE.assignments[:3], ids=lambda assignment: assignment.name)
def test_right_answers_are_not_named(assignment, request):
    paths = sorted((HONEST / assignment.name).glob("*.py"))
    path = random.Random(request.config.getoption("sample")).choice(paths)
    functions = load_functions(solution_source(assignment.source), "<honest>", path.read_text(encoding="utf-8"))
    for question in cnnlab.progress(assignment.name, functions).results:
        hints._tries[question.question] = {b"another one"}
        assert check(functions, question.question) == []
