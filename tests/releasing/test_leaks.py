"""Every kind of leak, planted in a release: it is found, and its place is said."""

import io
import json
import shutil
import tarfile
import zipfile

import pytest
from workshop import NAME

from autograder.course.course import load_course
from autograder.releasing.leaks import find_leaks, read_secrets
from autograder.releasing.release import read_manifest


@pytest.fixture(scope="module")
def secrets(shop):
    return read_secrets(load_course(shop, shop / "course.toml"), shop)


@pytest.fixture
def going_out(fall, tmp_path):
    """A release to plant something in, and the files that belong to it."""
    shutil.copytree(fall, tmp_path / "out")
    return tmp_path / "out", read_manifest(fall)


def test_a_clean_release_has_no_leak(going_out, secrets):
    assert find_leaks(*going_out, secrets) == []


def in_notebook(change):
    def plant(folder):
        path = folder / NAME / f"{NAME}.ipynb"
        notebook = json.loads(path.read_text())
        change(notebook, next(cell for cell in notebook["cells"] if cell["cell_type"] == "code"))
        path.write_text(json.dumps(notebook))

    return plant


def line(text):
    return in_notebook(lambda notebook, cell: cell["source"].append(f"\n{text}"))


def in_readme(text):
    return lambda folder: (folder / "README.md").write_text(text)


def in_wheel(name, text):
    def plant(folder):
        rewrite_wheel(folder, name, lambda data: data + f"\n{text}\n".encode())

    return plant


def rewrite_wheel(folder, name, change):
    """Put another content in the place of a member's."""
    path = folder / "cnnlab-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    members[name] = change(members.get(name, b""))
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)


def in_sdist(name, text):
    def plant(folder):
        path, out = folder / "cnnlab-1.0.0.tar.gz", io.BytesIO()
        with tarfile.open(path) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
            for member in old:
                new.addfile(member, old.extractfile(member))
            entry = tarfile.TarInfo(f"cnnlab-1.0.0/{name}")
            entry.size = len(text)
            new.addfile(entry, io.BytesIO(text.encode()))
        path.write_bytes(out.getvalue())

    return plant


def in_hints(sentence):
    """One sentence changed in the file of hints, which else keeps its form."""

    def change(data):
        table = json.loads(data)
        hints = table[NAME]["conv_forward_naive"]["hints"]
        hints[next(iter(hints))] = sentence
        return (json.dumps(table, indent=1) + "\n").encode()

    return lambda folder: rewrite_wheel(folder, "cnnlab/hints.json", change)


def hidden_test(name):
    """The text of a hidden test, under a harmless name."""
    texts = [path.read_text() for path in load_course().assignment(NAME).hidden_tests.glob("*.py")]
    (text,) = [text for text in texts if f"def {name}" in text]
    return text[text.index(f"def {name}") :].split("\n\n\n")[0].replace(f"def {name}", "def test_something")


BOOK = f"{NAME}/{NAME}.ipynb: it shows "
PICTURE = "cnnlab/checking/picture.py"
SOLUTION = "    window = x_pad[n, :, top : top + HH, left : left + WW]"
HIDDEN = "    drawn = [(int(rng.integers(20, 40)), k, 1, 0, d) for k, d in ((4, 2), (5, 3), (1, 3))]"
HINTS = "more than hashes and sentences that nobody can read"
ANSWER = "def convolve2d(x, k):\n    pass"


def jupytext_metadata(notebook, cell):
    notebook["metadata"]["jupytext"] = {}


def output(notebook, cell):
    cell["execution_count"] = 3


def no_notebook(folder):
    (folder / NAME / f"{NAME}.ipynb").write_text("[]")


def link(folder):
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to("/etc/hostname")


def binary(folder):
    (folder / "README.md").write_bytes(b"\xff\xfe\x00")


LEAKS = {
    "solution line": (line(SOLUTION), f"{BOOK}a line of a solution or a hidden test: 'window = x_pad"),
    "hidden line": (line(HIDDEN), f"{BOOK}a line of a solution or a hidden test: 'drawn = [("),
    "solution marker": (line("### END SOLUTION"), f"{BOOK}the staff marker 'END SOLUTION' (cell "),
    "staff marker": (line("# STAFF ONLY: another one next year"), f"{BOOK}the staff marker 'STAFF ONLY'"),
    "hidden name": (line("# see test_size_padding"), f"{BOOK}the name of a hidden test: test_size_padding."),
    "jupytext block": (in_notebook(jupytext_metadata), f"{BOOK}a jupytext block in its metadata."),
    "output": (in_notebook(output), f"{BOOK}an output (cell "),
    "no notebook": (no_notebook, f"{BOOK}no cells: it is not a notebook"),
    "seed": (in_readme("the seed of the winter term"), "README.md: it shows 'the seed of the winter term', a seed"),
    "absolute path": (in_readme("see /home/ada/notes"), "README.md: it shows the absolute path '/home/ada'"),
    "stray file": (lambda folder: (folder / ".DS_Store").touch(), ".DS_Store: a stray file, no part of a release."),
    "link": (link, "README.md: a stray file, no part of a release."),
    "binary": (binary, "README.md: not a text, so nobody can say what is in it."),
    "header in wheel": (in_wheel(PICTURE, "# jupyter:\n#   jupytext:\n"), "picture.py: it shows a jupytext block"),
    "import in wheel": (
        in_wheel(PICTURE, "from autograder.grading import grade"),
        "an import of staff code: 'from autograder'",
    ),
    "staff file in wheel": (
        in_wheel("autograder/grading/grade.py", ""),
        ".whl, autograder/grading/grade.py: a stray file",
    ),
    "data in wheel": (
        in_wheel("cnnlab/notes.txt", ""),
        ".whl, cnnlab/notes.txt: a stray file, no part of the package.",
    ),
    "no Python in wheel": (in_wheel(PICTURE, "def"), "cnnlab/checking/picture.py: it shows no valid Python."),
    "answer in wheel": (in_wheel(PICTURE, ANSWER), "a definition of convolve2d, which students write"),
    "test in wheel": (in_wheel(f"cnnlab/checks/{NAME}.py", hidden_test("test_size_no_fit")), "lines of a hidden test"),
    "name in sdist": (
        in_sdist("cnnlab/more.py", "# test_size_padding"),
        "cnnlab/more.py: it shows the name of a hidden",
    ),
    "words in hints": (in_wheel("cnnlab/hints.json", ""), f"cnnlab/hints.json: it shows {HINTS}."),
    "sentence in hints": (in_hints("add with +=, where windows overlap"), f"cnnlab/hints.json: it shows {HINTS}."),
    "code in hints": (in_hints(b"x_pad[:, :, i : i + HH]".hex()), f"cnnlab/hints.json: it shows {HINTS}."),
    "staff file in sdist": (in_sdist("tests/x.py", ""), ".tar.gz, cnnlab-1.0.0/tests/x.py: a stray file"),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_a_planted_leak_is_found_with_its_place(going_out, secrets, kind):
    plant, sentence = LEAKS[kind]
    plant(going_out[0])
    found = find_leaks(*going_out, secrets)
    assert any(sentence in problem for problem in found), found
