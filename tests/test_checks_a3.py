"""The visible checks and the pictures of a3_normalization: right code passes, mistakes are caught and said."""

import numpy as np
import pytest

import cnnlab
from autograder.build import solution_notebook, student_notebook
from autograder.course import Assignment
from cnnlab import plotting_normalization as plotting
from cnnlab.outcomes import FAILED, NOT_ATTEMPTED, NOT_CHECKED
from cnnlab.signatures import COURSE

A3 = Assignment("a3_normalization", "Activations and normalization", 10, 120)
QUESTIONS = list(COURSE[A3.name])


def graded_code(notebook) -> str:
    cells = [cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return "\n\n".join(source for source in cells if source.startswith("def "))


@pytest.fixture(scope="module")
def notebooks():
    return {"solution": solution_notebook(A3), "untouched": student_notebook(A3)}


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
    names = {}
    for cell in notebooks[version].cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), names)
    said = capsys.readouterr().out
    assert "No picture yet" not in said
    assert said.count("write it, then run this cell again.") == waiting
    assert ("largest difference" in said) == (version == "solution")
