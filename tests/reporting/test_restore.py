"""A submission in any state becomes the release with the student's answers in it."""

from __future__ import annotations

import copy

import nbformat
import pytest
from hand_made import ANSWER, NAME, answered, cells_of, code, make_result, release, text
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_locked

from autograder.course.course import CourseError
from autograder.reading.formats import Cell
from autograder.reporting.embed import embed
from autograder.reporting.restore import IN_SCRIPT, MOST_CHARACTERS, PUT_BACK, restore
from cnnlab.checking.outcomes import ERROR, TestReport

MINE = "def conv_forward_naive(x):\n    return x, None"
OTHER = "def convolve2d(x):\n    return -x"
WHY = "Because *I* say so."


@pytest.fixture
def submission():
    """Both functions and one written question answered, nbgrader's metadata untouched."""
    return answered(conv_forward_naive_code=MINE, convolve2d_code=OTHER, written_why=WHY)


def sources(notebook) -> dict[str, str]:
    return {
        c.metadata.nbgrader.grade_id: c.source for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")
    }


def check(notebook) -> None:
    """What nbgrader asks of an autograded notebook."""
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    ids = [c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata]
    assert ids == [c.metadata.nbgrader.grade_id for c in release().cells if "nbgrader" in c.metadata]
    for cell in notebook.cells:
        if is_locked(cell):
            assert compute_checksum(cell) == cell.metadata.nbgrader.checksum


def stripped(notebook):
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()
    return notebook


@pytest.mark.parametrize("change", [lambda n: n, stripped], ids=["as handed out", "metadata stripped"])
def test_answers_come_back(submission, change):
    """Answers are found by grade_id, and without any metadata."""
    notebook = restore(release(), cells_of(change(submission)))
    check(notebook)
    assert sources(notebook) == {
        "conv_forward_naive_code": MINE, "convolve2d_code": OTHER, "written_why": WHY, "written_how": ANSWER,
    }  # fmt: skip
    assert len(notebook.cells) == len(release().cells)


@pytest.mark.parametrize("change", [lambda n: n, stripped], ids=["as handed out", "metadata stripped"])
def test_nothing_answered_is_the_release(change):
    """Each stub is found in its own place, those that are equal too."""
    notebook = restore(release(), cells_of(change(release())))
    check(notebook)
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in release().cells]


def test_equal_stubs_without_metadata_are_one_cell_each():
    """One of them deleted: it is put back once, and the other is not taken twice."""
    given = [cell for cell in cells_of(stripped(release())) if cell.kind == "code" or cell.source == ANSWER][:-1]
    notebook = restore(release(), given)
    check(notebook)
    assert [cell.source for cell in notebook.cells].count(PUT_BACK) == 1


def test_a_function_of_another_name_stays_in_its_cell():
    """Nothing defines the stub's function: the cell that has its grade_id is what was written there."""
    misspelt = "def conv_forward(x):\n    return x"
    notebook = restore(release(), cells_of(answered(conv_forward_naive_code=misspelt)))
    check(notebook)
    assert sources(notebook)["conv_forward_naive_code"] == misspelt
    assert [cell.source for cell in notebook.cells].count(misspelt) == 1


def test_what_a_script_has_not_is_told():
    """Its written answers may be in comments: a person has to look. Code that is not there is not there."""
    notebook = restore(release(), [Cell(1, "code", MINE)], is_script=True)
    check(notebook)
    found, stubs = sources(notebook), sources(release())
    assert found["conv_forward_naive_code"] == MINE and found["convolve2d_code"] == stubs["convolve2d_code"]
    assert found["written_why"] == found["written_how"] == IN_SCRIPT
    assert [cell.source for cell in notebook.cells].count(PUT_BACK) == 1


def test_order_does_not_matter(submission):
    """Cells in the reverse order are put back into the release's."""
    submission.cells.reverse()
    notebook = restore(release(), cells_of(stripped(submission)))
    check(notebook)
    assert sources(notebook)["conv_forward_naive_code"] == MINE
    assert sources(notebook)["convolve2d_code"] == OTHER


def test_deleted_cells_are_put_back(submission):
    """What is gone comes back from the release, with a sentence above it."""
    kept = [cell for cell in submission.cells if cell.source in (MINE, WHY)]
    notebook = restore(release(), [Cell(i, c.cell_type, c.source) for i, c in enumerate(kept)])
    check(notebook)
    places = [i for i, cell in enumerate(notebook.cells) if cell.source == PUT_BACK]
    assert notebook.cells[places[0] + 1].metadata.nbgrader.grade_id == "convolve2d_code"
    assert sources(notebook)["conv_forward_naive_code"] == MINE


def test_merged_cells(submission):
    """Two functions in one cell: the second stub says where its function is."""
    notebook = restore(release(), [Cell(1, "code", f"{MINE}\n\n{OTHER}")])
    check(notebook)
    assert sources(notebook)["conv_forward_naive_code"] == f"{MINE}\n\n{OTHER}"
    assert any("convolve2d was handed in together" in cell.source for cell in notebook.cells)


def test_the_last_definition_counts(submission):
    """As in the judge: a function defined again further down is the answer, the first one stays visible."""
    better = "def conv_forward_naive(x):\n    return 2 * x, None"
    submission.cells.append(code(better))
    notebook = restore(release(), cells_of(submission))
    check(notebook)
    assert sources(notebook)["conv_forward_naive_code"] == better
    assert [cell.source for cell in notebook.cells].count(MINE) == 1


def test_duplicated_grade_ids(submission):
    """A copied cell has the same grade_id: the answered one wins over the stub, and ids stay unique."""
    submission.cells.append(text(ANSWER, "written_why", solution=True, grade=True, points=5))
    notebook = restore(release(), cells_of(submission))
    check(notebook)
    assert sources(notebook)["written_why"] == WHY


def test_cells_of_the_students_own_stay(submission):
    """An added cell stands after the cell it was added after, without outputs or nbgrader metadata."""
    submission.cells.insert(4, code("helper = 1"))
    notebook = restore(release(), cells_of(submission))
    check(notebook)
    place = [cell.source for cell in notebook.cells].index("helper = 1")
    assert notebook.cells[place - 1].source == MINE
    assert notebook.cells[place].metadata == {} and notebook.cells[place].outputs == []


def test_a_written_answer_in_the_questions_cell():
    """An answer typed into the question's own cell is found."""
    cells = [Cell(1, "markdown", f"### written_why\n\nSay it.\n\n{WHY}")]
    assert WHY in sources(restore(release(), cells))["written_why"]


def test_changed_tests_do_not_count(submission):
    """A test cell that a student changed is ours again; what they wrote is shown beside it."""
    submission.cells[4].source = "print('full marks')"
    notebook = restore(release(), cells_of(submission))
    check(notebook)
    assert 'cnnlab.check("conv_forward_naive")' in [cell.source for cell in notebook.cells if is_grade(cell)]
    assert [cell.source for cell in notebook.cells].count("print('full marks')") == 1


def test_raw_cells_become_text():
    """The HTML of a raw cell would reach the page unchanged: it is quoted."""
    notebook = restore(release(), [Cell(1, "raw", "<script>alert(1)</script>")])
    assert {cell.cell_type for cell in notebook.cells} == {"code", "markdown"}
    assert "    <script>alert(1)</script>" in [cell.source for cell in notebook.cells]


def test_endless_cells_are_cut():
    """A cell of megabytes is cut, and says so."""
    notebook = restore(release(), [Cell(1, "code", MINE + "\n#" + "x" * (2 * MOST_CHARACTERS))])
    answer = sources(notebook)["conv_forward_naive_code"]
    assert len(answer) < MOST_CHARACTERS + 100 and answer.endswith("characters more, in the submitted file")
    left_out = len(MINE) + 2 + MOST_CHARACTERS
    assert f"# ... and {left_out} characters more" in answer


def test_unreadable_is_the_release():
    """Without cells the release stays as it is, and the summary gives the reason."""
    result = make_result("amy", status="unreadable", reason="a1.ipynb is empty")
    for question in result.questions:
        question.tests = []
    notebook = embed(restore(release(), None), result)
    check(notebook)
    assert "a1.ipynb is empty" in notebook.cells[0].outputs[0].data["text/html"]
    assert [determine_grade(cell)[0] for cell in notebook.cells if is_grade(cell)] == [0, 0, 0, 0]


@pytest.mark.parametrize("points", [0.0, 0.25, 6.0, 10.0])
def test_nbgrader_reads_exactly_these_points(submission, points):
    """nbgrader's determine_grade finds the result's points in the outputs; written answers stay open."""
    notebook = embed(restore(release(), cells_of(submission)), make_result("amy", forward=points))
    check(notebook)
    grades = {c.metadata.nbgrader.grade_id: determine_grade(c) for c in notebook.cells if is_grade(c)}
    assert grades["conv_forward_naive"] == (points, 10.0)
    assert grades["convolve2d"] == (0.0, 4.0)
    assert grades["written_why"] == (None, 5.0) and grades["written_how"] == (0, 5.0)


def test_messages_in_the_outputs(submission):
    """A failed test shows called, returned, expected, hint and a picture, as text and as HTML, before what passed."""
    notebook = embed(restore(release(), cells_of(submission)), make_result("amy"))
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "conv_forward_naive")
    data = cell.outputs[1].data
    for part in ("out of shape (2, 4, 3, 2)", "looks like: output width computed from the height", "stride 2, pad 0"):
        assert part in data["text/html"] and part in data["text/plain"]
    assert data["text/plain"].splitlines()[0] == "conv_forward_naive · 6 of 10 points"
    assert "<svg" in data["text/html"]
    assert data["text/html"].index("right output") < data["text/html"].index("right shape")


def test_outputs_are_escaped(submission):
    """Nothing a student can choose becomes HTML: names, messages, traces, what was printed."""
    evil = "<script>alert(1)</script>"
    result = make_result("amy", output=evil, notes=[evil], reason=evil, status="partial", file=evil)
    result.questions[0].tests[1] = TestReport(
        "conv_forward_naive", "t", evil, 4.0, ERROR, text=evil, returned=evil, hint=evil, trace=[evil]
    )
    notebook = embed(restore(release(), cells_of(submission)), result)
    pages = [o.data["text/html"] for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert all("<script" not in page for page in pages)
    assert "&lt;script&gt;" in pages[0]


def test_tests_and_notebook_must_agree():
    """Other questions or other points than the notebook's are an error of the course, said in a sentence."""
    result = make_result("amy")
    result.questions[1].name = "convolve3d"
    with pytest.raises(CourseError, match=f"{NAME}: tests and notebook do not agree on convolve2d, convolve3d"):
        embed(release(), result)
    result = make_result("amy")
    result.questions[0].max_points = 11
    with pytest.raises(CourseError, match="conv_forward_naive has other points in the notebook"):
        embed(release(), result)
