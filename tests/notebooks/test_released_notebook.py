"""A released notebook where a student runs it: in a kernel, with the wheel's files only, without a network."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest
from jupyter_client import KernelManager
from nbclient import NotebookClient
from student_notebooks import ASSIGNMENT, COURSE, NAME, notebook, solutions, written

from autograder.course.course import REPOSITORY
from autograder.course.reference import load_functions, solution_source
from cnnlab.networks.weights import save_weights
from cnnlab.signatures import COURSE as COURSES

# runs when the kernel's Python starts: no way out of this machine, and Colab's module if there is a notebook for it
START = """
import os, socket, sys, types

connect = socket.socket.connect
def stay_here(self, address):
    if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "localhost", "::1"):
        raise OSError("the network is cut")
    return connect(self, address)
socket.socket.connect = stay_here

if "SHOWN_IN_COLAB" in os.environ:
    import json
    google, colab = types.ModuleType("google"), types.ModuleType("google.colab")
    colab._message, colab.files = types.ModuleType("google.colab._message"), types.ModuleType("google.colab.files")
    shown = json.load(open(os.environ["SHOWN_IN_COLAB"]))
    colab._message.blocking_request = lambda kind, request="", timeout_sec=5, parent=None: {"ipynb": shown}
    colab.files.download = lambda path: print("downloading", path)
    google.colab = colab
    sys.modules |= {"google": google, "google.colab": colab, "google.colab._message": colab._message}
    sys.modules["google.colab.files"] = colab.files
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel's files, unpacked, as pip would install them."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("cnnlab", "pyproject.toml", "README.md", "LICENSE"):  # a copy: building leaves traces in its folder
        path = REPOSITORY / name
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, folder / "source" / name if path.is_dir() else folder / "source")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(folder / "source")], check=True)
    (built,) = folder.glob("cnnlab-*.whl")
    zipfile.ZipFile(built).extractall(folder / "installed")
    (folder / "installed" / "sitecustomize.py").write_text(START)
    return folder / "installed"


@pytest.fixture
def play(wheel, tmp_path):
    """Runs a notebook in a folder of its own; its outputs as text, by the source of their cells."""

    def play(filled: dict, colab: bool = False) -> dict[str, str]:
        path = tmp_path / f"{filled['metadata']['cnnlab']['assignment']}.ipynb"
        path.write_text(json.dumps(filled))
        environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "JPY_SESSION_NAME")}
        environment |= {"PYTHONPATH": str(wheel), "HOME": str(tmp_path), "PIP_NO_INDEX": "1", "OMP_NUM_THREADS": "1"}
        environment |= {"CNNLAB_DATASET": "synthetic", "CNNLAB_DATA": str(tmp_path)}
        environment |= {"SHOWN_IN_COLAB": str(path)} if colab else {}
        shown = nbformat.read(path, as_version=4)
        manager = KernelManager(kernel_name="python3")
        client = NotebookClient(shown, km=manager, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
        client.execute(env=environment)
        return {cell.source: "\n".join(map(text_of, cell.get("outputs", ()))) for cell in shown.cells}

    return play


def text_of(output) -> str:
    return output.get("text") or output.get("data", {}).get("text/plain", "")


@pytest.mark.parametrize("name", COURSES)
def test_an_untouched_notebook_runs_to_its_end(play, tmp_path, name):
    filled = notebook(name=name)
    said = play(filled | {"cells": [*filled["cells"], code("print(cnnlab.__file__)")]})
    (set_up,) = [text for source, text in said.items() if source.startswith("# Set-up")]
    assert f"assignment {name}, term development" in set_up and "!" not in set_up
    assert f"0 of {len(COURSES[name])} questions pass" in said["cnnlab.progress()"]
    assert said["cnnlab.submit()"].startswith(f"Nothing was packed. No question of {name}.ipynb is answered yet")
    assert "✗" not in "".join(said.values()) and "Error" not in "".join(said.values())
    assert str(REPOSITORY) not in said["print(cnnlab.__file__)"]
    assert not (tmp_path / f"{name}.zip").exists()


@pytest.mark.long
@pytest.mark.parametrize("name, colab", [("a1_convolution", False), *((name, True) for name in COURSES)])
def test_a_solved_notebook_is_packed(play, tmp_path, name, colab):
    if name == "a4_lenet":
        put_untrained_networks(tmp_path)
    said = play(notebook(solutions(name) | written(name), name), colab)
    assert "No picture yet" not in "".join(said.values())
    receipt = said["cnnlab.submit()"]
    assert f"{name}.zip" in receipt and "is ready to hand in." in receipt and "not answered yet" not in receipt
    assert (f"downloading {tmp_path / name}.zip" in receipt) is colab
    assert ("as it stands in this window" in receipt) is colab
    assert (tmp_path / f"{name}.zip").exists()
    bad = re.findall("✗ (\\w+)", said["cnnlab.progress()"])
    assert bad == (["cifar10_accuracy", "convnet"] if name == "a4_lenet" else [])  # their networks know nothing


def put_untrained_networks(folder) -> None:
    """Files of weights, so that the notebook has nothing to train."""
    functions = load_functions(solution_source(COURSE.assignment("a4_lenet").source), "solution")
    for name in ("LeNet", "ConvNet"):
        save_weights(functions[name](), folder / f"{name.lower()}.safetensors", "synthetic")


def only(question: str, code_of_it: str, *more: str) -> dict:
    """The notebook cut down to its set-up, its imports, one question, and some cells more."""
    filled = notebook({f"{question}_code": code_of_it})
    wanted = ("# Set-up", "import matplotlib", code_of_it, f'cnnlab.check("{question}")')
    cells = [cell for cell in filled["cells"] if "".join(cell["source"]).startswith(wanted)]
    return filled | {"cells": [*cells, *map(code, more)]}


def code(source: str) -> dict:
    cell = {"cell_type": "code", "execution_count": None, "id": f"added-{len(source)}", "metadata": {}, "outputs": []}
    return cell | {"source": source}


def test_an_error_names_the_cell_and_its_line(play):
    broken = "def convolve2d(x, k):\n    y = x\n    return y @ undefined"
    said = play(only("convolve2d", broken))['cnnlab.check("convolve2d")']
    assert "raised NameError: name 'undefined' is not defined" in said
    assert "cell [3], line 3 in convolve2d: return y @ undefined" in said
    assert "Traceback" not in said and "site-packages" not in said


def test_running_a_cell_again_uses_the_new_definition(play):
    again = 'print(cnnlab.check("convolve2d"))'
    right = f"{solutions()['cross_correlate2d_code']}\n\n{solutions()['convolve2d_code']}"
    said = play(only("convolve2d", "def convolve2d(x, k):\n    return x", right, again))
    assert "✗" in said['cnnlab.check("convolve2d")'] and "✗" not in said[again] and "✓" in said[again]


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    top = {path.name for path in wheel.iterdir()} - {"sitecustomize.py", "__pycache__"}
    assert {name.split("-")[0] for name in top} == {"cnnlab"} and len(top) == 2
    assert (wheel / "cnnlab" / "points.json").exists() and (wheel / "cnnlab" / "checks" / f"{NAME}.py").exists()
    imports = re.compile(r"^\s*(?:from|import) autograder\b", re.MULTILINE)
    assert not [path for path in wheel.rglob("*.py") if imports.search(path.read_text(encoding="utf-8"))]
    hidden = {path.name for path in ASSIGNMENT.hidden_tests.glob("test_*.py")}
    assert hidden and not hidden & {path.name for path in wheel.rglob("*.py")}
