"""Releases: what goes out, that it is the same every time, versions, terms that differ, and every kind of leak."""

import json
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import replace

import nbformat
import numpy
import pytest
import yaml
from workshop import FALL, NAME, WINTER, contents, git, release, run

from autograder.course.course import REPOSITORY, CourseError, load_course
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.grading.plugin import HiddenTests
from autograder.releasing import release as releasing
from autograder.releasing.links import parse_place
from autograder.releasing.versions import Record
from cnnlab.checking.outcomes import FAILED, PASSED
from cnnlab.checking.student import LocalStudent
from cnnlab.checking.testing import run_tests


def notebook_of(folder):
    return nbformat.read(folder / NAME / f"{NAME}.ipynb", as_version=4)


# --- what goes out --------------------------------------------------------------------------------------------------


def test_what_a_release_holds(fall):
    names = {"README.md", "CHANGES.md", "manifest.json", "github_classroom.yml", f"{NAME}/{NAME}.ipynb"}
    assert set(contents(fall)) == names | {"cnnlab-1.0.0-py3-none-any.whl", "cnnlab-1.0.0.tar.gz"}


def test_the_workflow_for_github_installs_this_release(fall):
    workflow = yaml.safe_load((fall / "github_classroom.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}  # a student's code runs in it
    commands = [step.get("run", "") for step in workflow["jobs"]["checks"]["steps"]]
    wheel = "https://raw.githubusercontent.com/ada/cnn-course/students/cnnlab-1.0.0-py3-none-any.whl"
    assert f'pip install --quiet ipython "{wheel}"' in commands[2] and "python -m cnnlab" in commands[3]


def test_the_notebook_names_its_term_version_and_links(fall):
    notebook = notebook_of(fall)
    colab = f"https://colab.research.google.com/github/ada/cnn-course/blob/students/{NAME}/{NAME}.ipynb"
    first = notebook.cells[0].source
    assert f"]({colab}) · 2026-fall, version 1.0.0 · due 19 October 2026, 23:59 (UTC+02:00)" in first
    assert "Made by" not in first and notebook.metadata.cnnlab == {"assignment": NAME, "term": FALL, "version": "1.0.0"}
    setup = next(cell.source for cell in notebook.cells if "setup" in cell.metadata.get("tags", ()))
    assert f'ASSIGNMENT, TERM, VERSION = "{NAME}", "2026-fall", "1.0.0"' in setup
    assert "https://raw.githubusercontent.com/ada/cnn-course/students/cnnlab-1.0.0-py3-none-any.whl" in setup


def test_a_place_that_colab_does_not_know(shop):
    notebook = notebook_of(shop / "dist" / WINTER)
    assert f"[Download](https://example.org/cnn/{NAME}/{NAME}.ipynb) · 2027-winter" in notebook.cells[0].source


@pytest.mark.parametrize(
    "address, file",
    [
        ("https://github.com/O/R", "https://raw.githubusercontent.com/O/R/students/f"),
        ("https://github.com/O/R.git", "https://raw.githubusercontent.com/O/R/students/f"),
        ("https://github.com/O/R/tree/main/2026", "https://raw.githubusercontent.com/O/R/main/2026/f"),
        ("file:///srv/cnn", "file:///srv/cnn/f"),
    ],
)
def test_addresses(address, file):
    assert parse_place(address).file("f") == file


def test_the_manifest_has_every_file_and_its_hash(fall):
    import hashlib

    table = json.loads((fall / "manifest.json").read_text())
    assert (table["term"], table["version"]) == (FALL, "1.0.0")
    assert table["tested_with"]["numpy"] == numpy.__version__  # not what is pinned, should that be another
    files = {name: data for name, data in contents(fall).items() if name != "manifest.json"}
    assert {n: f["sha256"] for n, f in table["files"].items()} == {
        n: hashlib.sha256(data).hexdigest() for n, data in files.items()
    }


def test_the_readme_says_where_everything_is(fall):
    text = (fall / "README.md").read_text()
    assert "# A course · 2026-fall" in text and f"[Convolution by hand]({NAME}/{NAME}.ipynb)" in text
    assert "pip install https://raw.githubusercontent.com/" in text and "{" not in text


def test_the_wheel_installs_and_is_the_package_alone(fall, tmp_path):
    options = ["--no-deps", "--no-index", "--quiet", "--target", str(tmp_path)]
    command = [sys.executable, "-m", "pip", "install", *options, str(fall / "cnnlab-1.0.0-py3-none-any.whl")]
    subprocess.run(command, check=True, capture_output=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cnnlab", "cnnlab-1.0.0.dist-info"]
    code = "import cnnlab, cnnlab.variations, cnnlab.signatures; print(cnnlab.__version__, cnnlab.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1.0.0", str(tmp_path / "cnnlab" / "__init__.py")]


def test_the_licences_go_along(fall):
    text = (REPOSITORY / "LICENSE").read_bytes()
    with zipfile.ZipFile(fall / "cnnlab-1.0.0-py3-none-any.whl") as wheel:
        assert wheel.read("cnnlab-1.0.0.dist-info/LICENSE") == text
        assert b"\nLicense: MIT\n" in wheel.read("cnnlab-1.0.0.dist-info/METADATA")
    with tarfile.open(fall / "cnnlab-1.0.0.tar.gz") as sdist:
        assert sdist.extractfile("cnnlab-1.0.0/LICENSE").read() == text
    assert (
        "Texts may be shared and changed under CC BY 4.0, code under the MIT licence"
        in (fall / "README.md").read_text()
    )


def test_the_sdist_builds_the_same_package(fall, tmp_path):
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--quiet", "--wheel-dir", str(tmp_path)]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(fall / "cnnlab-1.0.0.tar.gz")]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as one, zipfile.ZipFile(fall / built.name) as other:
        ours = {name for name in other.namelist() if name.startswith("cnnlab/")}
        assert {name for name in one.namelist() if name.startswith("cnnlab/")} == ours
        assert all(one.read(name) == other.read(name) for name in ours)


# --- the same bytes, and whole or not at all ------------------------------------------------------------------------


def test_the_same_course_gives_the_same_bytes(shop, fall, tmp_path):
    """Again in the same place, and from another folder."""
    before, status = contents(fall), git(shop, "status", "--short")
    done = release(shop, FALL)
    assert done.stdout.startswith("2026-fall, version 1.0.0. This goes out") and ".build" not in done.stdout
    assert "This stays here: autograder/" in done.stdout
    assert contents(fall) == before and git(shop, "status", "--short") == status
    other = tmp_path / "another place"
    git(tmp_path, "clone", "--quiet", str(shop), str(other))
    release(other, FALL)
    assert contents(other / "dist" / FALL) == before


def test_a_release_that_fails_leaves_the_old_one(shop, fall):
    """A problem in the source, and one that only the scan finds: each is said, and nothing has changed."""
    before, source = contents(fall), shop / "solutions" / NAME / f"{NAME}.py"
    text = source.read_text()
    source.write_text(text.replace("{{cost_filters}}", "{{cost_filtres}}"))
    done = release(shop, FALL)
    source.write_text(text)
    assert (
        done.returncode == 2
        and "{{cost_filtres}} can't be computed (name 'cost_filtres' is not defined)" in done.stdout
    )
    assert "Nothing was released, because `make build` found that for 2026-fall." in done.stdout
    package = shop / "cnnlab" / "checking" / "picture.py"
    text = package.read_text()
    package.write_text(text + "\n\ndef conv_forward_naive(x, w, b, conv_param):\n    return x\n")
    done = release(shop, FALL)
    package.write_text(text)
    assert (
        done.returncode == 2
        and "cnnlab/checking/picture.py: it shows a definition of conv_forward_naive" in done.stdout
    )
    assert contents(fall) == before and not list((shop / ".build").iterdir())


def test_the_old_release_comes_back_if_the_new_one_cannot_be_put_there(tmp_path):
    (tmp_path / "dist" / FALL).mkdir(parents=True)
    (tmp_path / "dist" / FALL / "old").touch()
    with pytest.raises(OSError):
        releasing.put_in_place(tmp_path / "missing", tmp_path / "dist" / FALL)
    assert (tmp_path / "dist" / FALL / "old").exists()


def test_a_file_that_git_does_not_know_goes_nowhere(shop):
    (shop / "cnnlab" / "scribbles.py").write_text("")
    done = run(shop, "release", FALL)
    (shop / "cnnlab" / "scribbles.py").unlink()
    assert done.returncode == 2 and "cnnlab/scribbles.py: git does not know this." in done.stdout


@pytest.mark.parametrize(
    "address, sentence",
    [
        ("", "course.toml: terms.2026-fall has no students_fetch_from"),
        ("https://github.com/OWNER/REPOSITORY/tree/x", "students_fetch_from still says OWNER/REPOSITORY: put your own"),
    ],
)
def test_a_term_without_a_place_for_students(shop, address, sentence):
    course = replace(load_course(shop, shop / "course.toml"), students_fetch_from=address)
    with pytest.raises(CourseError) as raised:
        releasing.release(course)
    assert sentence in str(raised.value)


def test_the_placeholder_is_told_with_its_line(shop):
    file = shop / "course.toml"
    text = file.read_text()
    file.write_text(text.replace("ada/cnn-course", "OWNER/REPOSITORY"))
    done = run(shop, "release", FALL)
    file.write_text(text)
    assert done.returncode == 2 and done.stdout.startswith("✗ course.toml, line 18: students_fetch_from still says")


# --- a trial --------------------------------------------------------------------------------------------------------


def test_a_trial_is_no_release(shop, fall):
    """It lies beside the real one, says what it is, and neither records, branch nor the real one have changed."""
    before, records, branch = contents(fall), contents(shop / "releases"), git(shop, "rev-parse", "students")
    for term in (FALL, WINTER):
        done = run(shop, "release", term, "--no-check")
        assert done.stdout.startswith("A trial: not proved, no version, not to be published. It lies in dist/"), done
        assert f"The real one: make release TERM={term}" in done.stdout and "git push" not in done.stdout
    trial = notebook_of(shop / "dist" / f"{FALL}-trial")
    assert trial.cells[0].source == notebook_of(fall).cells[0].source
    assert (contents(fall), contents(shop / "releases"), git(shop, "rev-parse", "students")) == (
        before,
        records,
        branch,
    )


def test_a_trial_is_on_no_branch(shop):
    done = run(shop, "release", FALL, "--no-check", "--branch")
    assert done.returncode == 2 and "a trial is on no branch: leave out one of the two." in done.stdout


# --- two terms ------------------------------------------------------------------------------------------------------


def test_a_terms_numbers_are_in_its_text_and_its_package(shop, fall):
    text = {term: (shop / "dist" / term / NAME / f"{NAME}.ipynb").read_text() for term in (FALL, WINTER)}
    assert "and 10 filters of" in text[FALL] and "and 6 filters of" in text[WINTER] and "(75 + 1) =\\n" in text[WINTER]
    assert "456$" in text[WINTER] and "760$" in text[FALL]
    with zipfile.ZipFile(shop / "dist" / WINTER / "cnnlab-1.1.0-py3-none-any.whl") as wheel:
        assert json.loads(wheel.read("cnnlab/variations.json")) == {"cost_size": 32, "cost_filters": 6}


HINTED = """
import cnnlab
from cnnlab.variations import VARIATIONS

def conv_cost(input_shape, out_channels, kernel_size, stride=1, pad=0, bias=True):
    channels, *sizes = input_shape
    high, wide = ((size + 2 * pad - kernel_size) // stride + 1 for size in sizes)
    weights = channels * kernel_size**2
    outputs = (out_channels, high, wide)
    macs = out_channels * high * wide * weights
    return {"output_shape": outputs, "parameters": out_channels * (weights + ONE), "macs": macs}

for ONE in (2, 1):
    print(cnnlab.check("conv_cost"))
print(VARIATIONS["cost_filters"])
"""


@pytest.mark.parametrize("term, filters", [(FALL, "10"), (WINTER, "6")])
def test_a_mistake_is_named_in_every_terms_notebooks(shop, tmp_path, term, filters):
    """The visible cases have the term's numbers, and what a mistake gives in them is made with these, too."""
    (wheel,) = (shop / "dist" / term).glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    (tmp_path / "hinted.py").write_text(HINTED)
    done = subprocess.run([sys.executable, "hinted.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split()[-1] == filters, done.stderr
    assert done.stdout.count("looks like: biases counted although bias is False") == 1


def test_changes_since_the_term_before(shop):
    text = (shop / "dist" / WINTER / "CHANGES.md").read_text()
    assert "Compared with 2026-fall, 1.0.0:" in text and f"- `{NAME}`: `conv_cost` has other text.\n" in text


QUESTION = "cross_correlate2d"


def outcomes_of(functions, seed, reference):
    tests = HiddenTests(LocalStudent(functions), seed, reference, None, [QUESTION])
    run_tests(load_course().assignment(NAME).hidden_tests, tests)
    return {report.test: report.outcome for report in tests.reports}


def test_last_terms_answers_lose(shop):
    """Somebody hands in the answers to all that was asked last term."""
    seeds = [load_course(shop, shop / "course.toml", term).seed for term in (FALL, WINTER)]
    source = load_course().assignment(NAME).source
    functions = load_functions(solution_source(source), str(source))
    reference, answers = Reference(functions), {}

    def recorded(x, k):
        answers[x.tobytes(), k.tobytes()] = functions[QUESTION](x, k)
        return answers[x.tobytes(), k.tobytes()]

    def hard_coded(x, k):
        return answers[x.tobytes(), k.tobytes()].copy()

    assert set(outcomes_of({QUESTION: recorded}, seeds[0], reference).values()) == {PASSED}
    last = outcomes_of({QUESTION: hard_coded}, seeds[0], reference)
    this = outcomes_of({QUESTION: hard_coded}, seeds[1], reference)
    assert set(last.values()) == {PASSED} and this["test_correlate_shapes"] == FAILED


# --- the branch -----------------------------------------------------------------------------------------------------


def test_the_branch_holds_the_release_and_nothing_else(shop, fall):
    assert git(shop, "rev-list", "--count", "students") == "1" and git(shop, "branch", "--show-current") == "main"
    assert git(shop, "ls-tree", "-r", "--name-only", "students").splitlines() == sorted(contents(fall))


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "config", "user.name", "Ada")
    git(tmp_path, "config", "user.email", "ada@example.org")
    for name in ("one", "staged"):
        (tmp_path / name).write_text(name)
    git(tmp_path, "add", "staged")
    return tmp_path


def test_a_branch_grows_and_keeps_earlier_wheels(repository):
    from autograder.releasing.branch import write_branch

    file = repository / "one"
    first = write_branch({"a.ipynb": file, "c-1.0.0.whl": file}, "students", "", "1.0.0", repository)
    assert write_branch({"a.ipynb": file, "c-1.0.0.whl": file}, "students", "", "again", repository) == first
    write_branch({"b.ipynb": file, "c-1.0.1.whl": file}, "students", "", "1.0.1", repository)
    write_branch({"a.ipynb": file}, "students", "next", "next term", repository)
    names = git(repository, "ls-tree", "-r", "--name-only", "students").split()
    assert git(repository, "status", "--short") == "A  staged\n?? one"  # nothing checked out has changed
    assert names == ["b.ipynb", "c-1.0.0.whl", "c-1.0.1.whl", "next/a.ipynb"]
    assert git(repository, "rev-list", "--count", "students") == "3"


def test_a_branch_that_is_not_the_students(repository):
    from autograder.releasing.branch import write_branch

    file = repository / "one"
    with pytest.raises(CourseError, match="The branch main is checked out here"):
        write_branch({"a": file}, "main", "", "m", repository)
    write_branch({"course.toml": file}, "other", "", "m", repository)
    with pytest.raises(CourseError, match="The branch other holds the course itself"):
        write_branch({"a": file}, "other", "", "m", repository)
    with pytest.raises(CourseError, match="git hash-object failed: fatal: "):
        write_branch({"a": repository / "nothing"}, "students", "", "m", repository)


def test_another_form_of_the_same_version_is_told():
    said: list[str] = []
    before = Record(FALL, {"1.0.0": {NAME: {"": {"text": "a"}}}})
    for text in ("a", "b"):
        releasing.extended([before], FALL, "1.0.0", {NAME: {"": {"text": text}}}, said.append)
    assert said == [
        "! 1.0.0 is not what it was when it was last made. If students have it already, use PATCH=1 instead."
    ]
