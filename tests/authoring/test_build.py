"""solutions/ -> assignments/: what is built, that it is the same every time, and each problem that the check names."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from autograder.authoring import build
from autograder.authoring.hints import check_hints, hints_path
from autograder.authoring.points import check_points, points_path, write_points
from autograder.course import course, questions
from autograder.course.course import CourseError, load_course
from autograder.course.edition import Edition
from autograder.course.stubs import BEGIN, CODE_STUB, TEXT_STUB
from cnnlab.signatures import COURSE

NAME = "a1_convolution"
NUMBERS = load_course().variations


@pytest.fixture(scope="module")
def assignment():
    return load_course().assignment(NAME)


@pytest.fixture
def workshop(assignment, tmp_path, monkeypatch):
    """The assignment in a repository of its own, to change things in."""
    for folder in ("solutions", "assignments"):
        shutil.copytree(course.REPOSITORY / folder / NAME, tmp_path / folder / NAME)
    hidden = tmp_path / "autograder" / "hidden_tests" / NAME / "test_planes.py"
    hidden.parent.mkdir(parents=True)
    hidden.write_text("import numpy as np\n\ndef test_something_secret_about_padding(student):\n    pass\n")
    hints = tmp_path / "cnnlab" / "hints.json"
    hints.parent.mkdir()
    shutil.copy(course.REPOSITORY / "cnnlab" / "hints.json", hints)
    monkeypatch.setattr(course, "REPOSITORY", tmp_path)
    write_points(course_of(assignment))
    return assignment


def course_of(assignment):
    """A course of one assignment, with the numbers of this term."""
    return course.Course(course.REPOSITORY, "Course", "2026-fall", "seed", (assignment,), variations=NUMBERS)


def edit(path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def cells_with(notebook, key: str) -> list:
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get(key)]


# --- what is built ----------------------------------------------------------------------------------------------


def test_the_committed_notebook_is_what_the_source_gives(assignment, tmp_path):
    first = build.build(assignment, tmp_path / "one").read_bytes()
    assert first == build.build(assignment, tmp_path / "two").read_bytes()
    assert first == assignment.notebook.read_bytes()


def test_a_second_build_touches_nothing(workshop):
    shop = course_of(workshop)
    build.build_all(shop)
    before = workshop.notebook.stat().st_ino
    assert build.build_all(shop) == []
    assert workshop.notebook.stat().st_ino == before
    workshop.notebook.unlink()
    points_path().unlink()
    assert build.build_all(shop) == [workshop.notebook, points_path()]


def test_points_of_the_course_are_what_the_sources_give(workshop):
    shop = course_of(workshop)
    build.build_all(shop)
    assert check_points(shop) == []
    points_path().write_text("{}")
    assert check_points(shop) == [
        "cnnlab/points.json is not what the sources give: run `make build` and commit the result."
    ]


def hints_now():
    """What the file says now."""
    return json.loads(hints_path().read_text())[NAME]


def test_hints_are_made_of_what_has_changed(workshop, monkeypatch):
    """Other numbers concern the question that has them; another bank concerns them all."""
    shop = course_of(workshop)
    build.build_all(shop)
    before = hints_now()
    assert check_hints(shop) == [] and list(before) == list(COURSE[NAME])
    stale = "cnnlab/hints.json is not what the banks of mistakes and the visible checks give"
    other = replace(shop, variations={**NUMBERS, "cost_filters": 6})
    assert check_hints(other) == [f"{stale}: run `make build` and commit the result."]
    assert build.build_all(other) == [hints_path()] and check_hints(other) == []
    changed = {name for name, entry in hints_now().items() if entry != before[name]}
    assert changed == {"conv_cost"}
    monkeypatch.setattr("autograder.mistakes.a1_convolution.BANK", ())
    assert len(check_hints(other)) == 1
    build.build_all(other)
    assert all(entry["hints"] == {} for entry in hints_now().values())
    hints_path().unlink()
    assert len(check_hints(other)) == 1


def test_a_term_has_its_names_in_the_set_up_cell(workshop):
    """and nowhere else: otherwise all its notebooks are the same"""
    term = Edition("2031-fall", "3.1.4", "https://example.org/cnnlab-3.1.4-py3-none-any.whl")
    ours, theirs = build.student_notebook(workshop), build.student_notebook(workshop, term)
    differing = [(a.source, b.source) for a, b in zip(ours.cells, theirs.cells) if a != b]
    assert len(differing) == 1
    assert 'ASSIGNMENT, TERM, VERSION = "a1_convolution", "2031-fall", "3.1.4"' in differing[0][1]
    assert 'WHEEL = "https://example.org/cnnlab-3.1.4-py3-none-any.whl"' in differing[0][1]
    assert theirs.metadata.cnnlab.term == "2031-fall" and theirs.metadata.cnnlab.version == "3.1.4"
    assert "{" not in differing[0][1].split("try:")[0]
    assert [path.name for path in workshop.notebook.parent.iterdir()] == [workshop.notebook.name]


def test_students_get_stubs_with_signature_and_docstring(assignment):
    notebook = build.student_notebook(assignment)
    for cell in cells_with(notebook, "solution"):
        if cell.cell_type == "code":
            name = cell.metadata.nbgrader.grade_id.removesuffix("_code")
            assert cell.source.startswith(f"def {name}(") and '"""' in cell.source
            assert cell.source.rstrip().endswith(f"    {CODE_STUB}")
        else:
            assert cell.source == TEXT_STUB


def test_students_get_locked_check_cells(assignment):
    notebook = build.student_notebook(assignment)
    locked = [cell for cell in cells_with(notebook, "grade") if cell.metadata.nbgrader.locked]
    assert [cell.source for cell in locked] == [f'cnnlab.check("{name}")' for name in COURSE[NAME]]
    assert all(cell.metadata.editable is False and cell.metadata.nbgrader.checksum for cell in locked)


def test_the_file_says_in_its_first_lines_what_it_was_made_from(assignment):
    head = assignment.notebook.read_text(encoding="utf-8")[:400]
    assert "Made by `make build` from solutions/a1_convolution/a1_convolution.py" in head


def test_cell_ids_are_names_and_places(assignment):
    ids = [cell["id"] for cell in json.loads(assignment.notebook.read_text(encoding="utf-8"))["cells"]]
    assert len(ids) == len(set(ids)) and ids[0] == "start-1" and {"convolve2d", "convolve2d_code"} <= set(ids)


def test_every_code_cell_of_the_built_notebook_parses(assignment):
    for cell in build.student_notebook(assignment).cells:
        if cell.cell_type == "code":
            compile(cell.source, cell.id, "exec")
            assert cell.outputs == [] and cell.execution_count is None


def test_the_solved_notebook_is_the_released_one_filled_in(assignment):
    solved, released = build.solution_notebook(assignment), build.student_notebook(assignment)
    assert [cell.id for cell in solved.cells] == [cell.id for cell in released.cells]
    text = build.notebook_text(solved)
    assert "SOLUTION" not in text and CODE_STUB not in text and TEXT_STUB not in text
    assert "out[n, f, i, j] = np.sum(window * w[f]) + b[f]" in text


# --- points -----------------------------------------------------------------------------------------------------


def test_points_of_every_question(assignment):
    points = questions.points_of_questions(assignment)
    assert list(points) == list(COURSE[NAME]) and sum(points.values()) == 85
    by_hand = {"written_stacking": 5, "written_padding": 5, "written_fully_connected": 5}
    assert questions.points_of_questions(assignment, by_hand=True) == by_hand


def test_points_need_no_slow_imports():
    code = (
        "import sys; from autograder.course import questions; from autograder.course.course import load_course;"
        "print(len(questions.points_of_questions(load_course().assignments[0])), *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=course.REPOSITORY)
    count, *loaded = done.stdout.split()
    assert count == str(len(COURSE[NAME])) and "autograder.course.questions" in loaded
    assert not {"jupytext", "nbformat", "nbgrader", "nbconvert"} & set(loaded)


def test_metadata_that_is_no_json_is_named_with_its_line(workshop):
    edit(workshop.source, '{"grade": true, "grade_id": "conv_cost"', '{grade: true, "grade_id": "conv_cost"')
    with pytest.raises(CourseError, match=r"a1_convolution.py, line \d+: the nbgrader metadata is not valid JSON"):
        questions.points_of_questions(workshop)


def test_a_grade_cell_without_points_is_named_with_its_line(workshop):
    edit(workshop.source, '"points": 16, ', "")
    with pytest.raises(CourseError, match=r'line \d+: a grade cell needs a "grade_id" and "points"'):
        questions.points_of_questions(workshop)


def test_an_assignment_without_a_source(workshop):
    workshop.source.unlink()
    message = "a1_convolution has no source: write solutions/a1_convolution/a1_convolution.py."
    with pytest.raises(CourseError, match=message):
        questions.points_of_questions(workshop)
    assert build.check_built(workshop) == [message]


# --- what the check finds ---------------------------------------------------------------------------------------


def test_nothing_is_wrong_with_what_is_committed(assignment):
    assert build.check_built(assignment) == []


def test_a_missing_notebook(workshop):
    workshop.notebook.unlink()
    where = f"assignments/{NAME}/{NAME}.ipynb"
    assert build.check_built(workshop) == [f"{where} is missing: run `make build` and commit the result."]


def test_a_notebook_that_is_not_what_its_source_gives(workshop):
    edit(workshop.source, "# # Assignment 1", "# # Assignment One")
    where = f"assignments/{NAME}/{NAME}.ipynb"
    assert build.check_built(workshop) == [
        f"{where} is not what its source gives: run `make build` and commit the result."
    ]


SECOND_GRADE_CELL = '"grade_id": "conv_cost", "locked": true'
METADATA = [
    (SECOND_GRADE_CELL, '"grade_id": "conv_output_size", "locked": true', "'conv_output_size' is used 2 times"),
    (
        SECOND_GRADE_CELL,
        '"grade_id": "conv_price", "locked": true',
        "conv_cost has no grade cell, but it is a question",
    ),
    (SECOND_GRADE_CELL, '"grade_id": "conv_price", "locked": true', "'conv_price', but no such question in cnnlab"),
    ('"grade_id": "conv_cost_code"', '"grade_id": "conv_cost_x"', "no solution cell with the grade_id conv_cost_code"),
    ('"points": 16, ', "", 'the grade cell conv_forward_naive has no "points"'),
    ('"points": 16, ', '"points": 12, ', "no heading says “`conv_forward_naive` (12 points)”"),
    ('cnnlab.check("conv_cost")', 'cnnlab.check("convolve2d")', 'conv_cost must say just cnnlab.check("conv_cost")'),
    (f"    {BEGIN}\n    C, H, W", "    C, H, W", f"the solution cell conv_cost_code has no {BEGIN}"),
    ('"grade_id": "written_padding", ', "", "a cell with nbgrader metadata has no grade_id"),
]


@pytest.mark.parametrize("old, new, problem", METADATA)
def test_metadata_problems_are_named(workshop, old, new, problem):
    edit(workshop.source, old, new)
    assert any(problem in found for found in build.check_built(workshop)), build.check_built(workshop)


def test_what_nbgrader_refuses_is_said_in_its_words(workshop):
    edit(workshop.source, f"    {BEGIN}\n    C, H, W", f"    {BEGIN}\n    {BEGIN}\n    C, H, W")
    (problem,) = build.check_built(workshop)
    assert problem.startswith("nbgrader could not generate a1_convolution: ") and "nested begin solution" in problem


def plant(workshop, change) -> list[str]:
    """Problems that say "shows", after `change` was made to the committed notebook's first code cell and metadata."""
    notebook = json.loads(workshop.notebook.read_text(encoding="utf-8"))
    change(notebook, next(cell for cell in notebook["cells"] if cell["cell_type"] == "code"))
    workshop.notebook.write_text(json.dumps(notebook), encoding="utf-8")
    found = build.check_built(workshop)
    assert any("not what its source gives" in problem for problem in found)
    return found


@pytest.mark.parametrize(
    "line, problem",
    [
        ("    window = x_pad[n, :, top : top + HH, left : left + WW]", "a line of a solution: 'window = x_pad[n, :, "),
        ("### END SOLUTION", "cell 2: it shows the marker 'END SOLUTION'"),
        ("### BEGIN HIDDEN TESTS", "the marker 'BEGIN HIDDEN TESTS'"),
        ("def test_something_secret_about_padding(student):", "a line of the hidden tests: 'def test_something_secret"),
    ],
)
def test_a_leaked_line_is_found(workshop, line, problem):
    found = plant(workshop, lambda notebook, cell: cell["source"].append("\n" + line))
    assert any(problem in text for text in found), found


def test_a_leaked_model_answer_is_found(workshop):
    cells = build.solution_notebook(workshop).cells
    answer = next(cell for cell in cells if cell.id == "written_fully_connected").source.splitlines()[0]
    found = plant(workshop, lambda notebook, cell: cell["source"].append(f"\n{answer}"))
    assert any("a line of a solution" in text for text in found), found


def test_outputs_and_jupytext_blocks_are_found(workshop):
    def change(notebook, cell):
        cell["execution_count"] = 3
        notebook["metadata"]["jupytext"] = {}

    found = plant(workshop, change)
    assert any("it shows an output" in text for text in found) and any("jupytext block" in text for text in found)


def test_a_file_that_is_no_notebook(workshop):
    workshop.notebook.write_text("[]", encoding="utf-8")
    assert f"assignments/{NAME}/{NAME}.ipynb is not a notebook: run `make build`." in build.check_built(workshop)
