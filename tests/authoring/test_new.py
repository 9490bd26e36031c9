"""An instructor's own work: a new assignment, a source opened in JupyterLab, numbers that vary by term."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupytext.sync_contentsmanager import build_sync_jupytext_contents_manager_class
from workshop import WINTER, make_workshop, run

from autograder.authoring.new import new_assignment
from autograder.course import variation
from autograder.course.course import REPOSITORY, CourseError, load_course

SOURCES = sorted((REPOSITORY / "solutions").glob("a*/a*.py"))
PROVE = """
from autograder.authoring.build import check_built
from autograder.proving.check import bank_of, cases_to_prove, prove
from autograder.proving.suite_check import check_suite
from autograder.course.course import load_course
if __name__ == "__main__":
    course = load_course()
    assignment = course.assignment("a5_resnet")
    cases = list(cases_to_prove(assignment))
    lacks = check_built(assignment) + check_suite(assignment, bank_of(assignment))
    print(len(cases), lacks + prove(course, assignment, cases, 1, True))
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return make_workshop(tmp_path_factory.mktemp("new") / "course")


def test_a_new_assignment_passes_at_once(shop):
    """Through the real sandbox: the solution, three honest answers, two that earn nothing, three mistakes."""
    done = run(shop, "new", "a5_resnet")
    assert done.returncode == 0 and "solutions/a5_resnet/a5_resnet.py" in done.stdout, done.stdout
    (shop / "prove.py").write_text(PROVE)
    proved = subprocess.run([sys.executable, "prove.py"], cwd=shop, capture_output=True, text=True)
    assert proved.stdout.strip() == "9 []", proved.stdout + proved.stderr
    names = [assignment.name for assignment in load_course(shop, shop / "course.toml").assignments]
    assert names == ["a1_convolution", "a5_resnet"]
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--config",
        str(REPOSITORY / "pyproject.toml"),
        "autograder",
        "cnnlab",
    ]
    assert subprocess.run(command, cwd=shop, capture_output=True, text=True).stdout.count("a5_resnet") == 0


@pytest.mark.parametrize(
    "name, sentence",
    [
        (
            "resnet",
            'ASSIGNMENT must be a name such as "a1_convolution": a, a number, an underscore, small letters, not',
        ),
        ("a1_convolution", "solutions/a1_convolution/a1_convolution.py is there already: choose another name"),
    ],
)
def test_a_name_that_will_not_do(shop, name, sentence):
    before = (shop / "course.toml").read_text()
    with pytest.raises(CourseError) as raised:
        new_assignment(name, shop)
    assert sentence in str(raised.value) and (shop / "course.toml").read_text() == before


def test_a_contract_that_cannot_be_extended(shop):
    path = shop / "cnnlab" / "signatures.py"
    text = path.read_text()
    path.write_text("COURSE = {}\n")
    with pytest.raises(CourseError, match="signatures.py has no line 'COURSE: .*: enter the questions of a6_more"):
        new_assignment("a6_more", shop)
    path.write_text(text)
    assert not (shop / "solutions" / "a6_more").exists()


# --- JupyterLab -----------------------------------------------------------------------------------------------------


def open_in_lab(root: Path):
    """What JupyterLab opens and saves files with, once jupytext is installed."""
    manager = build_sync_jupytext_contents_manager_class(LargeFileManager)()
    manager.root_dir = str(root)
    return manager


def save(manager, path: str, notebook) -> None:
    """As JupyterLab does: with its kernel, language, outputs and marks of its own in the metadata."""
    notebook["metadata"]["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.11.7", "file_extension": ".py"}
    for cell in notebook["cells"]:
        cell["metadata"].update(trusted=True, editable=True)
        if cell["cell_type"] == "code":
            cell["execution_count"] = 1
    manager.save({"type": "notebook", "format": "json", "content": notebook}, path)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_source_saved_in_jupyterlab_is_the_same(source, tmp_path):
    """And an edit of one cell changes that cell's lines alone."""
    text = source.read_text(encoding="utf-8")
    (tmp_path / "jupytext.toml").write_text((REPOSITORY / "jupytext.toml").read_text())
    (tmp_path / source.name).write_text(text, encoding="utf-8")
    manager = open_in_lab(tmp_path)
    notebook = manager.get(source.name, type="notebook", content=True)["content"]
    save(manager, source.name, notebook)
    assert (tmp_path / source.name).read_text(encoding="utf-8") == text
    assert notebook["cells"][0]["cell_type"] == "markdown" and notebook["cells"][0]["source"].startswith("# ")
    notebook["cells"][0]["source"] += "\n\nOne more sentence."
    save(manager, source.name, notebook)
    after = (tmp_path / source.name).read_text(encoding="utf-8")
    assert after.replace("#\n# One more sentence.\n", "", 1) == text


# --- numbers that vary ----------------------------------------------------------------------------------------------


@pytest.fixture
def numbers(monkeypatch):
    monkeypatch.setattr(variation.variations, "VARIATIONS", {"filters": 10, "channels": (20, 50)})


def test_expressions_are_filled_in(numbers):
    text = r"{{filters}} filters, ${{ grouped(filters * 76_000) }}$, {{channels[1]}}; $x_{f(\frac{1}{2})}$ stays"
    assert variation.fill(text, "x") == r"10 filters, $760\,000$, 50; $x_{f(\frac{1}{2})}$ stays"


def test_numbers_in_code(numbers):
    """The source runs as it is; students see numbers."""
    code = 'from cnnlab.variations import VARIATIONS\nsize = VARIATIONS["channels"][0]  # {{commas(filters * 100)}}'
    assert variation.fill_code(code, "x") == "size = (20, 50)[0]  # 1,000"
    with pytest.raises(CourseError, match="name 'filtres' is not defined"):
        variation.fill_code('VARIATIONS["filtres"]', "x.py")


def test_an_expression_that_cannot_be_computed(numbers):
    sentence = r"x.py: \{\{filtres\}\} can't be computed \(name 'filtres' is not defined\).*has: filters, channels."
    with pytest.raises(CourseError, match=sentence):
        variation.fill("{{filtres}}", "x.py")


def test_numbers_that_were_not_built(shop):
    course = load_course(shop, shop / "course.toml", WINTER)
    assert variation.difference_of_variations(load_course()) == []
    (problem,) = variation.difference_of_variations(course)
    assert problem.startswith("cnnlab/variations.json is not what course.toml gives for 2027-winter: run `make build`")


def test_nothing_is_graded_with_another_terms_numbers(shop):
    text = (shop / "course.toml").read_text()
    (shop / "course.toml").write_text(text.replace('term = "2026-fall"', 'term = "2027-winter"'))
    done = run(shop, "grade", "a1_convolution")
    (shop / "course.toml").write_text(text)
    assert done.returncode == 2 and "cnnlab/variations.json is not what course.toml gives" in done.stdout
