"""The visible checks and the pictures of a3_normalization: right code passes, mistakes are caught and said."""

import linecache

import nbformat
import numpy as np
import pytest

import cnnlab
from autograder.authoring.build import solution_notebook
from autograder.course.course import Assignment, load_course
from autograder.course.reference import Reference
from autograder.grading.plugin import HiddenTests
from cnnlab.checking.outcomes import FAILED, NOT_ATTEMPTED, NOT_CHECKED, PASSED
from cnnlab.checking.student import LocalStudent
from cnnlab.checking.testing import run_tests
from cnnlab.notebooks import session
from cnnlab.pictures import plotting_normalization as plotting
from cnnlab.signatures import COURSE

A3 = Assignment("a3_normalization", "Activations and normalization", 10, 120)
QUESTIONS = list(COURSE[A3.name])


def graded_code(notebook) -> str:
    cells = [cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return "\n\n".join(source for source in cells if source.startswith("def "))


@pytest.fixture(scope="module")
def notebooks():
    return {"solution": solution_notebook(A3), "untouched": nbformat.read(A3.notebook, 4)}


@pytest.fixture(scope="module")
def solution(notebooks) -> str:
    return graded_code(notebooks["solution"])


def namespace(code: str) -> dict:
    names = {"np": np}
    exec(compile(code, "notebook", "exec"), names)
    return names


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_solution_passes_without_a_warning(solution, question):
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        result = cnnlab.check(question, namespace(solution))
    assert result.passed, repr(result)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_stub_is_not_attempted(notebooks, question):
    result = cnnlab.check(question, namespace(graded_code(notebooks["untouched"])))
    assert {report.outcome for report in result.reports} <= {NOT_ATTEMPTED, NOT_CHECKED}
    assert not result.passed


def test_a_backward_waits_for_its_forward(notebooks):
    result = cnnlab.check("layernorm_backward", namespace(graded_code(notebooks["untouched"])))
    said = "layernorm_forward is not attempted yet, so there is no cache to start from."
    assert repr(result) == f"layernorm_backward · not checked yet: {said}"


def test_both_functions_of_an_activation_are_one_question(notebooks):
    result = cnnlab.check("maxout", namespace(graded_code(notebooks["untouched"])))
    assert repr(result) == "maxout · not attempted yet"


MISTAKES = {  # question: what is changed in which function, and what the student reads
    "sigmoid": [
        ("np.where(x >= 0, 1, small) / (1 + small)", "np.exp(x) / (1 + np.exp(x))", "entries that are nan or inf"),
        ("out * (1 - out)", "(1 - out)", "dx[0] = 0.5"),
        ("return dout * out * (1 - out)", "dout *= out * (1 - out); return dout", "dout changed by the call"),
    ],
    "tanh": [("1 - out**2", "1 - out", "(numeric gradient)")],
    "relu": [
        ("return np.maximum(x, 0), x", "x[x < 0] = 0; return x, x", "x changed by the call"),
        ("return dout * (x > 0)", "dout[x <= 0] = 0; return dout", "dout changed by the call"),
        ("dout * (x > 0)", "dout * (dout > 0)", "dx[0] = 1"),
    ],
    "leaky_relu": [("0.1 * x), x", "0.01 * x), x", "out[0] = -0.02")],
    "elu": [("np.expm1(np.minimum(x, 0))", "np.exp(np.minimum(x, 0))", "out[0] = 0.5")],
    "maxout": [
        ("dz1 @ w1.T + dz2 @ w2.T", "dz1 @ w1.T", "dx[0, 1] = 10"),
        ("dz2.sum(axis=0)", "dz2.mean(axis=0)", "db2["),
    ],
    "batchnorm_forward": [
        ("momentum * running_mean + (1 - momentum) * mean", "momentum * mean", "running_mean[1] = 9"),
        ('bn_param["running_mean"] = ', "unused = ", "bn_param without running_mean"),
        ("mean, var = running_mean, running_var", "mean, var = x.mean(axis=0), x.var(axis=0)", "in test mode"),
        ("np.sqrt(var + eps)", "(np.sqrt(var) + eps)", "out[0, 1] = "),
        ("raise ValueError(", "raise KeyError(", "raised KeyError"),
        ("raise ValueError(", "mean = var = 0; print(", "a ValueError: the modes are 'train' and 'test'"),
    ],
    "batchnorm_backward": [
        ("dcentered + dmean / N, dgamma", "dcentered, dgamma", "dx[0, 1] = 1 "),
        ("return dcentered + dmean / N, dgamma, dbeta", "return dcentered + dmean / N, dgamma[None], dbeta", "(1, 2)"),
    ],
    "batchnorm_backward_alt": [(" - x_hat * dgamma)", ")", "dx[0, 0] = 0.5")],
    "spatial_batchnorm_forward": [
        ("x.transpose(0, 2, 3, 1).reshape(-1, C)\n    out, cache", "x.reshape(-1, C)\n    out, cache", "out[0, ")
    ],
    "spatial_batchnorm_backward": [("dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "dx.reshape(dout.shape)", "dx[")],
    "layernorm_forward": [("x.var(axis=1, keepdims=True)", "x.var(axis=0, keepdims=True)", "out[")],
    "layernorm_backward": [("mean_g - x_hat * mean_gx) / std, np", "mean_g) / std, np", "dx[0, ")],
    "instancenorm_forward": [("x.mean(axis=(2, 3), keepdims=True)) / std", "x.mean()) / std", "out[")],
    "spatial_groupnorm_forward": [
        ("x.reshape(N, G, C // G, H, W)", "x.reshape(N, C // G, G, H, W)", "mean of the groups[")
    ],
    "spatial_groupnorm_backward": [("(gamma[:, None, None] * dout).reshape", "dout.reshape", "dx[")],
    "fold_batchnorm": [
        ("scale * (b - running_mean) + beta", "scale * -running_mean + beta", "b_folded[0] = -3"),
        ("running_var + eps)", "running_var)", "w_folded[0, 0, 0, 0] = 24"),
    ],
}
CASES = [(question, *change) for question, changes in MISTAKES.items() for change in changes]


@pytest.mark.parametrize("question, old, new, says", CASES)
def test_mistakes_are_caught_and_said(solution, question, old, new, says):
    start = solution.index(f"def {question}(" if f"def {question}(" in solution else f"def {question}_forward(")
    assert old in solution[start:], old
    with np.errstate(all="ignore"):
        result = cnnlab.check(question, namespace(solution[:start] + solution[start:].replace(old, new, 1)))
    assert not result.passed and says in repr(result), repr(result)
    assert "the grader's own error" not in repr(result)


def test_called_names_the_function_that_is_wrong(solution):
    """not the forward passes that measured its gradient"""
    wrong = solution.replace("(N * dout - dbeta - x_hat * dgamma)", "(N * dout - dbeta)")
    result = cnnlab.check("batchnorm_backward_alt", namespace(wrong))
    failed = [report for report in result.reports if report.outcome == FAILED]
    assert failed and all(report.called.startswith("batchnorm_backward_alt with dout ") for report in failed)


# --- hidden tests: what they say, and what a mistake costs -----------------------------------------------------------


@pytest.fixture(scope="module")
def ask(solution):
    """The hidden tests of a question that did not pass, by name, for the solution with some texts replaced.

    A change is a function, a text that occurs in it, and what stands there instead.
    """
    course, reference = load_course(), Reference(namespace(solution))

    def reports(question: str, *changes: tuple[str, str, str]) -> dict:
        code = solution
        for function, old, new in changes:
            start = code.index(f"def {function}(")
            assert old in code[start:], old
            code = code[:start] + code[start:].replace(old, new, 1)
        linecache.cache["notebook"] = len(code), None, code.splitlines(True), "notebook"  # a rule asks for the source
        tests = HiddenTests(LocalStudent(namespace(code)), course.seed, reference, None, [question])
        with np.errstate(all="ignore"):
            asked = run_tests(course.assignment(A3.name).hidden_tests, tests)
        return {report.test: report for report in asked if report.outcome != PASSED}

    return reports


def test_the_solution_loses_no_hidden_test(ask):
    assert not any(ask(question) for question in QUESTIONS)


FORWARD, BACKWARD = "batchnorm_forward", "batchnorm_backward"
STORED = 'bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean'
CACHE = "gamma * x_hat + beta, (x_hat, std, gamma)"
IF_TRAIN = 'if mode == "train":'
NOT_STORED_AT_FIRST = """if mode == "train" and "running_mean" not in bn_param:
        mean, var = x.mean(axis=0), x.var(axis=0)
    elif mode == "train":"""
SAYS = [  # question, change, hidden test, what it says
    (
        FORWARD,
        (FORWARD, CACHE, f'(mode == "train") * {CACHE.replace(" + beta", "")}'),
        "test_bn_test_eps",
        "the same out without eps",
    ),
    (
        FORWARD,
        (FORWARD, "mean, var = running_mean, running_var", "mean, var = x.mean(axis=0), running_var"),
        "test_bn_test_start",
        "the same out whatever the running mean is",
    ),
    (FORWARD, (FORWARD, STORED, "pass"), "test_bn_running_start", "running_mean of zeros after a batch in train mode"),
    (FORWARD, (FORWARD, IF_TRAIN, NOT_STORED_AT_FIRST), "test_bn_running_start", "bn_param without running_mean"),
    (
        "spatial_batchnorm_forward",
        (FORWARD, 'elif mode == "test":', "elif True:"),
        "test_spatial_mode",
        "an output for the mode 'eval'",
    ),
    (
        "layernorm_forward",
        ("layernorm_forward", CACHE, "gamma * x_hat + beta, None"),
        "test_layer_inputs",
        "None for a cache",
    ),
    (
        "layernorm_forward",
        ("layernorm_forward", CACHE, "gamma * x_hat + beta"),
        "test_layer_inputs",
        "one result, an array of shape (3, 5)",
    ),
    (
        BACKWARD,
        (BACKWARD, "return dcentered + dmean / N, dgamma", "return dout, dgamma"),
        "test_bn_backward_manners",
        "dx that is dout, or zeros",
    ),
    (
        "fold_batchnorm",
        ("fold_batchnorm", "gamma / np.sqrt(running_var + eps)", "gamma"),
        "test_fold_eps",
        "the same filters whatever the running variance is",
    ),
]


@pytest.mark.parametrize("question, change, test, words", SAYS, ids=[says[-1] for says in SAYS])
def test_hidden_tests_say_what_is_wrong(ask, question, change, test, words):
    assert words in ask(question, change)[test].returned


UNBIASED = (FORWARD, "x.var(axis=0)", "x.var(axis=0, ddof=min(1, len(x) - 1))")
EPS_OUTSIDE = (FORWARD, "np.sqrt(var + eps)", "(np.sqrt(var) + eps)")
NO_ROOT = (FORWARD, "np.sqrt(var + eps)", "(var + eps)")


@pytest.mark.parametrize(
    "question, change, loses",
    [
        (FORWARD, UNBIASED, {"test_bn_train", "test_bn_running_var"}),
        (FORWARD, EPS_OUTSIDE, {"test_bn_eps", "test_bn_test_eps"}),
        (BACKWARD, (BACKWARD, "dmean / N, dgamma", "dmean / N, dgamma[None]"), {"test_bn_backward_dgamma"}),
        (
            "layernorm_forward",
            ("layernorm_forward", CACHE, "gamma * x_hat + beta"),
            {"test_layer_inputs"},
        ),
    ],
    ids=["unbiased", "eps outside", "dgamma of shape (1, D)", "out alone"],
)
def test_a_small_mistake_loses_its_own_tests(ask, question, change, loses):
    assert ask(question, change).keys() == loses


@pytest.mark.parametrize("mistake", [UNBIASED, NO_ROOT], ids=["unbiased", "no root"])
@pytest.mark.parametrize("question", [BACKWARD, "batchnorm_backward_alt", "spatial_batchnorm_backward"])
def test_a_right_backward_of_a_wrong_forward_is_right(ask, mistake, question):
    """it takes the wrong deviation from the cache, which is paid for in the forward pass"""
    assert not ask(question, mistake)


@pytest.mark.parametrize("mistake", [UNBIASED, NO_ROOT], ids=["unbiased", "no root"])
def test_a_wrong_backward_of_a_wrong_forward_is_wrong(ask, mistake):
    lost = ask("batchnorm_backward_alt", mistake, ("batchnorm_backward_alt", " - x_hat * dgamma)", ")"))
    assert lost.keys() == {"test_bn_alt_variance", "test_bn_alt_dx", "test_bn_alt_eps"}


def test_a_case_on_which_the_forward_pass_raises_is_left_out(ask):
    raises = ("layernorm_forward", "    return gamma", "    assert len(x) > 1\n    return gamma")
    assert not ask("layernorm_backward", raises)


def test_a_backward_pass_without_any_cache_is_not_checked(ask):
    raises = ("layernorm_forward", "    return gamma", "    assert not len(x)\n    return gamma")
    assert {report.outcome for report in ask("layernorm_backward", raises).values()} == {NOT_CHECKED}


def test_the_slope_of_a_simple_output_is_no_answer(ask):
    """a forward pass of zeros, and the gradient of zeros that would go with it"""
    lost = ask("sigmoid", ("sigmoid_forward", "np.where(x >= 0, 1, small) / (1 + small)", "0 * x"))
    assert {"test_sigmoid_forward", "test_sigmoid_backward"} <= lost.keys()


REVERSED = (FORWARD, STORED, 'bn_param["running_mean"] = (1 - momentum) * running_mean + momentum * mean')
OR_DEFAULT = (FORWARD, 'bn_param.get("momentum", 0.9)', '(bn_param.get("momentum") or 0.9)')
RUNNING = (FORWARD, "mean, var = x.mean(axis=0), x.var(axis=0)", "mean, var = running_mean, running_var")


@pytest.mark.parametrize(
    "change, test, hint",
    [
        (REVERSED, "test_bn_running_mean", "looks like: the momentum on the new value: it weighs the old one"),
        (OR_DEFAULT, "test_bn_momentum", ""),  # not "0.9 whatever bn_param says": with another one it is right
        (RUNNING, "test_bn_running_mean", ""),  # it stays as it was, but for another reason
    ],
    ids=["reversed", "only without momentum", "normalized with it"],
)
def test_a_running_statistic_gets_a_hint_that_explains_it(ask, change, test, hint):
    assert ask(FORWARD, change)[test].hint == hint


# --- pictures -----------------------------------------------------------------------------------------------------


def stub(*_):
    raise NotImplementedError


PICTURES = {
    "activations": lambda: plotting.show_activations({"f": (lambda x: (x, x), lambda d, c: d), "g": (stub, stub)}),
    "histograms": lambda: plotting.show_histograms({"a: 1": [np.zeros(5), np.ones((2, 3))], "b: 2": [np.full(3, 7.0)]}),
    "running": lambda: plotting.show_running_statistics(np.ones((4, 3)), {"m": np.ones((4, 2))}, 1.0, 0.5),
    "axes": plotting.show_normalization_axes,
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_drawn(name):
    assert PICTURES[name]()._repr_png_().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_function_that_is_not_written_leaves_a_note():
    figure = PICTURES["activations"]()
    assert [[text.get_text() for text in axes.texts] for axes in figure.axes] == [[], ["not written yet"]]


@pytest.mark.parametrize(
    "normalization, cells", [("Batch norm", 4), ("Layer norm", 6), ("Instance norm", 1), ("Group norm", 3)]
)
def test_the_coloured_cells_share_a_mean(normalization, cells):
    """of 4 images and 6 channels"""
    inside = plotting.NORMALIZATIONS[normalization]
    assert sum(bool(inside(n, c)) for n in range(4) for c in range(6)) == cells


@pytest.mark.parametrize("version, waiting", [("solution", 0), ("untouched", 5)])
def test_the_notebook_runs_from_top_to_bottom(notebooks, version, waiting, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the last cell packs a file
    monkeypatch.setattr(session, "current", session.Session())  # the set-up cell is for this notebook only
    names = {}
    for cell in notebooks[version].cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), names)
    said = capsys.readouterr().out
    assert "No picture yet" not in said
    assert said.count("write it, then run this cell again.") == waiting
    assert ("largest difference" in said) == (version == "solution")
