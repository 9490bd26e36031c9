"""cnnlab.submit(): what it packs, what the grader reads of it, and what it says when something is missing."""

import hashlib
import importlib.util
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from student_notebooks import ASSIGNMENT, NAME, codes, notebook, put_colab, put_history, run, solutions, written

import cnnlab
from autograder.course.course import load_course
from autograder.grading.grade import Grader
from autograder.reading.notebook import find_notebook, read_notebook
from autograder.reading.program import slice_program
from autograder.reading.weights import find_weights, read_weights
from cnnlab.checking.trained import LENET
from cnnlab.networks.weights import save_weights
from cnnlab.notebooks import session
from cnnlab.notebooks.document import Document
from cnnlab.notebooks.requirements import COLAB_ONLY
from cnnlab.signatures import graded_names
from cnnlab.submitting import packing
from cnnlab.submitting.inspection import inspect_weights

GRADED = graded_names(NAME)
FORWARD = "conv_forward_naive"


@pytest.fixture(autouse=True)
def desk(monkeypatch, tmp_path):
    """A folder of the student's own, in a notebook that was set up for a1."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(session, "current", session.Session(NAME, "2026-fall"))
    return tmp_path


@pytest.fixture
def student(monkeypatch, desk):
    """Saves a notebook under a name, runs its functions, gives what the kernel then holds."""

    def work(answers: dict[str, str], name: str = f"{NAME}.ipynb", saved: dict | None = None) -> dict:
        filled = notebook(answers)
        (desk / name).write_text(json.dumps(saved or filled), encoding="utf-8")
        put_history(monkeypatch, [*codes(filled), "cnnlab.submit()"])
        return run(filled)

    return work


def without(*names: str) -> dict[str, str]:
    """The solution, but for some questions that stay as they were given out."""
    return {key: text for key, text in solutions().items() if key.removesuffix("_code") not in names} | written()


def code_cell(source: str) -> dict:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}


# --- what is packed -----------------------------------------------------------------------------------------------


def test_the_zip_holds_the_notebook_and_a_manifest(student, desk):
    receipt = cnnlab.submit(namespace=student(without()))
    assert receipt.passed and receipt.path == desk / f"{NAME}.zip"
    with zipfile.ZipFile(receipt.path) as archive:
        assert archive.namelist() == [f"{NAME}.ipynb", "manifest.json"]
        data = archive.read(f"{NAME}.ipynb")
        manifest = json.loads(archive.read("manifest.json"))
    assert data == (desk / f"{NAME}.ipynb").read_bytes()
    assert manifest == {
        "format_version": 1,
        "assignment": NAME,
        "term": "2026-fall",
        "cnnlab": cnnlab.__version__,
        "files": {f"{NAME}.ipynb": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}},
    }
    said = repr(receipt)
    assert said.startswith(f"{NAME}.zip ({round(receipt.path.stat().st_size / 1000)} kB) is ready to hand in.")
    assert "11 of 11 questions pass all their checks (85 of 85 points are on them)." in said
    assert (
        "saved less than a minute ago" in said
        and f"Now upload this one file on your course's page: {receipt.path}" in said
    )
    assert receipt.headline in receipt._repr_html_()


def test_the_same_answers_give_the_same_bytes(student, desk):
    names = student(without())
    first = cnnlab.submit(namespace=names).path.read_bytes()
    assert cnnlab.submit(namespace=names).path.read_bytes() == first
    assert sorted(path.name for path in desk.iterdir()) == [f"{NAME}.ipynb", f"{NAME}.zip"]


@pytest.mark.parametrize("missing", [(), ("convolve2d",), (FORWARD, "conv_cost")])
def test_the_graders_reader_finds_the_same(student, desk, missing):
    """The grader takes the zip as it is, and both agree on the graded names and on what is still a stub."""
    receipt = cnnlab.submit(namespace=student(without(*missing)))
    (desk / f"{NAME}.ipynb").unlink()
    choice = find_notebook(desk, NAME, GRADED)
    path, notes = choice.path, choice.notes
    assert path == receipt.path / f"{NAME}.ipynb" and notes == []
    found = slice_program(read_notebook(path).cells, GRADED).definitions
    document = Document(receipt.files[f"{NAME}.ipynb"], "a1")
    assert {name: definition.cell for name, definition in found.items()} == {
        name: cells[-1][0] for name, cells in document.definitions.items() if name in GRADED
    }
    stubs = [name for name, definition in found.items() if "raise NotImplementedError(" in definition.source]
    assert sorted(document.stubs(GRADED)) == sorted(stubs) == sorted(missing) == sorted(receipt.stubs)


def test_the_zip_is_graded_without_change(student, desk):
    cnnlab.submit(namespace=student(without("conv3d_forward")))
    (desk / f"{NAME}.ipynb").unlink()
    with Grader(load_course(), ASSIGNMENT) as grader:
        result = grader.grade("ada", desk)
    lost = [question.name for question in result.questions if question.points < question.max_points]
    assert result.status == "graded" and lost == ["conv3d_forward"]


# --- what is said -------------------------------------------------------------------------------------------------


def test_what_is_missing_is_said(student):
    answers = without("convolve2d") | {
        "written_padding": "*Replace this line with your answer.*",
        "written_stacking": "",
    }
    answers["conv_cost_code"] = "def conv_cost(*args, **kwargs):\n    return {}"
    answers["receptive_field_code"] = "# I left it out"
    receipt = cnnlab.submit(namespace=student(answers))
    for said in (repr(receipt), receipt._repr_html_()):
        assert "convolve2d: not attempted yet" in said and "conv_cost: 0 of " in said
        assert "not answered yet: written_stacking, written_padding" in said
        assert "Not in the notebook at all: receptive_field. The grader looks for these names." in said
    assert not receipt.passed


def test_cells_that_were_not_run_are_said(student):
    student(without("convolve2d"))
    said = repr(cnnlab.submit(namespace={}))
    assert "conv_cost: not defined yet: run its cell" in said and "convolve2d: not attempted yet" in said


def test_a_cell_that_is_not_python_is_said(student, desk):
    saved = notebook(without())
    saved["cells"].append(
        {"cell_type": "code", "metadata": {}, "source": "%%time\nx = 1\nfor in range(3):", "outputs": []}
    )
    said = repr(cnnlab.submit(namespace=student(without(), saved=saved)))
    assert f"Cell {len(saved['cells'])} is not valid Python (line" in said and "the grader leaves that part out" in said


def test_two_definitions_are_said(student):
    answers = without()
    twice = answers["convolve2d_code"] + "\n\n" + answers["convolve2d_code"].replace("k[::-1, ::-1]", "k")
    said = repr(cnnlab.submit(namespace=student(answers | {"convolve2d_code": twice})))
    assert "convolve2d is defined in cells " in said and "the last one counts." in said


@pytest.mark.parametrize(
    "answer, file",
    [
        ("import helpers as H\nconv_cost = H.conv_cost", "helpers.py"),
        ("%run -i mine/helpers.py\nconv_cost = conv_cost", "mine/helpers.py"),
        ("exec(open('helpers.py').read())\nconv_cost = conv_cost", "helpers.py"),
        ("from package.layers import conv_cost", "the folder package"),
    ],
)
def test_code_in_another_file_is_said(student, desk, answer, file):
    (desk / "helpers.py").write_text(solutions()["conv_cost_code"])
    (desk / "package").mkdir()
    (desk / "package" / "__init__.py").touch()
    names = student(without())
    saved = notebook(without() | {"conv_cost_code": answer})
    saved["cells"].append(code_cell("%%writefile written.py\nx = 1"))
    student(without() | {"conv_cost_code": answer}, saved=saved)
    (said,) = [line for line in repr(cnnlab.submit(namespace=names)).splitlines() if "taken along" in line]
    assert said.startswith(f"  ! {file} is not taken along, only the notebook is: paste its code into a cell,")


def test_a_module_that_a_cell_writes_is_no_other_file(student):
    """The grader reads such cells."""
    saved = notebook(without() | {"conv_cost_code": "from written import conv_cost"})
    saved["cells"].append(code_cell("%%writefile written.py\n" + solutions()["conv_cost_code"]))
    assert "taken along" not in repr(cnnlab.submit(namespace=student(without(), saved=saved)))


def test_packages_that_the_grader_has_not_are_said(student, desk):
    (desk / "pandas.py").touch()  # one's own file of that name is not the package
    saved = notebook(without())
    saved["cells"].append(code_cell("import scipy, tqdm, pandas\nfrom jax import numpy as jnp\nimport cv2"))
    said = repr(cnnlab.submit(namespace=student(without(), saved=saved)))
    assert "The grader does not have cv2, jax: a function that needs it can't be tested and waits for a person." in said


def test_the_list_of_packages_is_true():
    """Where the staff's packages are installed, none of the list is there, and what it is compared with is."""
    assert [name for name in COLAB_ONLY if importlib.util.find_spec(name)] == []
    assert all(map(importlib.util.find_spec, "numpy scipy einops matplotlib torch sympy PIL tqdm".split()))


def test_a_function_that_no_text_defines_is_said(student):
    """The kernel has it, and its checks pass; the grader reads the notebook."""
    names = student(without())
    student(without() | {"conv_cost_code": "exec(text)"})
    said = repr(cnnlab.submit(namespace=names))
    assert "11 of 11 questions pass" in said
    assert (
        "No def or assignment in the notebook defines conv_cost: the grader reads the notebook and may not find" in said
    )
    assert "Not in the notebook at all" not in said


def test_large_outputs_are_said(student, desk, monkeypatch):
    monkeypatch.setattr("cnnlab.submitting.inspection.LARGE", 1000)
    assert "clear the outputs that are so large." in repr(cnnlab.submit(namespace=student(without())))


# --- an older file ------------------------------------------------------------------------------------------------


def test_a_file_older_than_the_last_edit_is_not_packed(student, desk):
    """The kernel has run a definition that the file does not hold."""
    names = student(without(), saved=notebook(without(FORWARD)))
    said = repr(cnnlab.submit(namespace=names))
    assert said.startswith(f"Nothing was packed. {NAME}.ipynb does not hold what you ran last of {FORWARD}: save the")
    assert not (desk / f"{NAME}.zip").exists()
    student(without())
    assert cnnlab.submit(namespace=names).passed


def test_an_older_helper_is_found_too(student, desk):
    answers = without()
    answers[f"{FORWARD}_code"] = "def helper():\n    return 1\n\n\n" + answers[f"{FORWARD}_code"]
    saved = notebook(answers | {f"{FORWARD}_code": answers[f"{FORWARD}_code"].replace("return 1", "return 2")})
    assert "what you ran last of helper:" in repr(cnnlab.submit(namespace=student(answers, saved=saved)))


def test_spaces_and_comments_are_no_edit(student):
    saved = notebook({key: text + "\n# done\n" for key, text in without().items()})
    assert cnnlab.submit(namespace=student(without(), saved=saved)).path.exists()


# --- which file ---------------------------------------------------------------------------------------------------


def test_a_renamed_notebook_among_others_is_found(student, desk):
    """It is the one with the cells that were run here; other assignments and other files are passed over."""
    (desk / "another.ipynb").write_text(json.dumps(notebook()))
    (desk / "broken.ipynb").write_text("{")
    other = notebook(without())
    other["metadata"]["cnnlab"]["assignment"] = "a2_fast_layers"
    (desk / "a2.ipynb").write_text(json.dumps(other))
    receipt = cnnlab.submit(namespace=student(without(), "Copy of a1 (2).ipynb"))
    assert receipt.origin.startswith("Copy of a1 (2).ipynb, saved") and receipt.passed


@pytest.mark.parametrize("told_by", ["Jupyter", "VS Code"])
def test_the_program_tells_the_file(student, desk, monkeypatch, told_by):
    (desk / "elsewhere").mkdir()
    names = student(without(), "elsewhere/mine.ipynb")
    if told_by == "Jupyter":
        monkeypatch.setenv("JPY_SESSION_NAME", str(desk / "elsewhere" / "mine.ipynb"))
    else:
        names["__vsc_ipynb_file__"] = str(desk / "elsewhere" / "mine.ipynb")
    assert cnnlab.submit(namespace=names).path == desk / "elsewhere" / f"{NAME}.zip"


def test_a_file_can_be_named(student, desk):
    names = student(without(), "mine.ipynb")
    assert cnnlab.submit("mine.ipynb", namespace=names).origin.startswith("mine.ipynb")


def refused(**options) -> str:
    said = repr(cnnlab.submit(**options))
    assert said.startswith("Nothing was packed. ")
    return said.removeprefix("Nothing was packed. ")


def test_no_file_is_found(desk):
    assert refused(namespace={}).startswith(f"This notebook's file was not found in {desk}: call cnnlab.submit(")
    assert (
        refused(notebook="nowhere.ipynb", namespace={}) == "nowhere.ipynb could not be read: No such file or directory."
    )


def test_a_file_that_is_no_notebook(desk):
    (desk / "a.ipynb").write_text('{"cells": [')
    assert refused(notebook="a.ipynb", namespace={}).startswith("a.ipynb is not a whole notebook (JSONDecodeError):")
    (desk / "b.ipynb").write_text('{"cells": []}')
    assert refused(notebook="b.ipynb", namespace={}) == "b.ipynb has no code cell with anything in it."


def test_another_assignments_file(desk):
    other = notebook(without())
    other["metadata"]["cnnlab"]["assignment"] = "a2_fast_layers"
    (desk / "a2.ipynb").write_text(json.dumps(other))
    said = refused(notebook="a2.ipynb", namespace={})
    assert said == "a2.ipynb is a2_fast_layers, but this notebook was set up as a1_convolution."


def test_nothing_is_answered(student, desk):
    names = student({})
    assert refused(namespace=names).startswith(f"No question of {NAME}.ipynb is answered yet; if you did answer some:")
    assert cnnlab.submit(namespace=student(written())).path.exists()


def test_a_notebook_that_was_not_set_up(monkeypatch):
    monkeypatch.setattr(session, "current", session.Session())
    assert refused(namespace={}).startswith("Which assignment is this? Run the set-up cell")


def test_a_full_disk_leaves_no_half_file(student, desk, monkeypatch):
    names = student(without())
    cnnlab.submit(namespace=names)
    before = (desk / f"{NAME}.zip").read_bytes()

    def replace(*paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packing.os, "replace", replace)
    assert refused(namespace=names) == (
        f"{desk / NAME}.zip could not be written: No space left on device. Is the disk full?"
    )
    assert (desk / f"{NAME}.zip").read_bytes() == before and not list(desk.glob(".*"))


# --- Colab --------------------------------------------------------------------------------------------------------


def test_in_colab_the_window_is_packed_and_downloaded(monkeypatch, desk):
    filled = notebook(without())
    downloads = put_colab(monkeypatch, filled)
    put_history(monkeypatch, codes(filled))
    receipt = cnnlab.submit(namespace=run(filled))
    assert receipt.passed and downloads == [str(desk / f"{NAME}.zip")]
    assert "as it stands in this window" in repr(receipt)
    assert f"Your browser is downloading {NAME}.zip: upload that one file" in repr(receipt)
    assert json.loads(receipt.files[f"{NAME}.ipynb"])["cells"] == filled["cells"]


def test_in_colab_an_edit_that_was_not_run_is_said(monkeypatch):
    """The window is the newest there is: it is packed, but the checks are of what was run before."""
    put_colab(monkeypatch, notebook(without()))
    earlier = notebook(without(FORWARD))
    put_history(monkeypatch, codes(earlier))
    receipt = cnnlab.submit(namespace=run(earlier))
    assert f"Changed since it was last run: {FORWARD}. These checks are of the older version." in repr(receipt)


def test_colab_gives_no_answer(monkeypatch):
    put_colab(monkeypatch, None)
    assert refused(namespace={}).startswith("Colab did not give the notebook out. Run this cell again;")


def test_a_download_that_fails_names_the_file(monkeypatch, desk):
    filled = notebook(without())
    put_colab(monkeypatch, filled)
    import google.colab.files

    monkeypatch.delattr(google.colab.files, "download")
    assert f"Now upload this one file on your course's page: {desk / NAME}.zip" in repr(
        cnnlab.submit(namespace=run(filled))
    )


# --- trained weights ----------------------------------------------------------------------------------------------

CONVNET = """class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.linear = nn.Linear(3, 10)

    def forward(self, x):
        return self.linear(self.norm(x).mean(dim=(2, 3)))
"""


@pytest.fixture
def network(monkeypatch, desk):
    """A notebook of a4 with a ConvNet in it, and what its kernel holds."""
    nn = pytest.importorskip("torch").nn
    session.current.assignment = "a4_lenet"
    monkeypatch.setenv("CNNLAB_DATA", str(desk / "data"))  # where there is none
    monkeypatch.delenv("CNNLAB_CIFAR10", raising=False)
    cells = [{"cell_type": "code", "metadata": {}, "source": CONVNET, "outputs": []}]
    metadata = {"cnnlab": {"assignment": "a4_lenet"}}
    (desk / "a4_lenet.ipynb").write_text(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4}))
    put_history(monkeypatch, [CONVNET])
    names = {"nn": nn}
    exec(CONVNET, names)
    return names


def save_lenet(path, **changes):
    shapes = {f"tensor{i}": np.zeros(shape, np.float32) for i, shape in enumerate(LENET)}
    save_file(shapes | changes, path)


def test_weights_are_packed_and_found_by_the_grader(network, desk):
    save_lenet(desk / "lenet.safetensors")
    save_weights(network["ConvNet"](), desk / "convnet.safetensors")
    receipt = cnnlab.submit(namespace={})  # the checks of a network take seconds
    assert list(receipt.files) == ["a4_lenet.ipynb", "lenet.safetensors", "convnet.safetensors"]
    assert "lenet.safetensors (6.5 MB), convnet.safetensors (1 kB)" in repr(receipt)
    assert not [note for note in receipt.notes if "safetensors" in note]
    for path in (*desk.glob("*.safetensors"), desk / "a4_lenet.ipynb"):
        path.unlink()
    for name in ("lenet", "convnet"):
        found = find_weights(desk, name)
        assert found == desk / "a4_lenet.zip" / f"{name}.safetensors"
        assert read_weights(found, unpickle=None)
    assert find_notebook(desk, "a4_lenet", ["ConvNet"]).path == desk / "a4_lenet.zip" / "a4_lenet.ipynb"


def test_weights_that_are_not_there(network, desk):
    said = repr(cnnlab.submit(namespace={}))
    assert f"lenet.safetensors is missing in {desk}: train the network and save it" in said
    assert "convnet.safetensors is missing" in said


def weights_notes(network) -> str:
    paths = [path for path in (Path("lenet.safetensors"), Path("convnet.safetensors")) if path.exists()]
    return "\n".join(note for path in paths for note in inspect_weights(path.stem, path, network))


def test_weights_that_can_not_be_read(network, desk):
    (desk / "lenet.safetensors").write_bytes(b"PK nothing")
    assert "lenet.safetensors is not right: lenet.safetensors, which can't be read" in weights_notes(network)
    save_lenet(desk / "lenet.safetensors", tensor1=np.full(20, np.nan, np.float32))
    assert "lenet.safetensors is not right: tensor1 in lenet.safetensors with nan or inf" in weights_notes(network)


def test_weights_of_another_network(network, desk):
    save_lenet(desk / "lenet.safetensors", tensor0=np.zeros((6, 3, 5, 5), np.float32))
    assert "lenet.safetensors is not right: tensors of shape (6, 3, 5, 5), (20,)" in weights_notes(network)
    save_file({"linear.weight": np.zeros((10, 4), np.float32)}, desk / "convnet.safetensors")
    assert "convnet.safetensors does not fit the class ConvNet as it is now" in weights_notes(network)


def test_weights_trained_on_synthetic_images(network, desk):
    save_weights(network["ConvNet"](), desk / "convnet.safetensors", "synthetic")
    assert "convnet.safetensors was trained on synthetic images; train it on CIFAR-10" in weights_notes(network)
    del network["ConvNet"]
    assert "does not fit" not in weights_notes(network)
