"""The set-up cell: it installs cnnlab where it is missing, touches nothing else, and says what it found."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from student_notebooks import ASSIGNMENT, put_colab

import cnnlab
from autograder.course.edition import DEVELOPMENT, Edition, setup_cell
from cnnlab.notebooks import places, requirements, session

WHEEL = "cnnlab-2.0.0-py3-none-any.whl"
TERM = Edition("2026-fall", "2.0.0", f"https://example.org/{WHEEL}")
PACKAGE = """
__version__ = {version!r}
def at_least(version): return __version__ >= version
def set_up(*args): print("set up", *args, "with", __version__)
"""
# in the place of pip: says what it was asked for, and puts version 2.0.0 into the folder, or fails
PIP = """
import pathlib, sys
folder = pathlib.Path(__file__).parent.parent
(folder / "asked.txt").write_text(" ".join(sys.argv[1:]))
if (folder / "no_network").exists():
    sys.exit("ERROR: no route to example.org")
(folder / "cnnlab").mkdir(exist_ok=True)
(folder / "cnnlab" / "__init__.py").write_text({package!r})
"""


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.setattr(session, "current", session.Session())
    monkeypatch.delenv(places.DATA_VARIABLE, raising=False)


@pytest.fixture
def machine(tmp_path):
    """A Python without cnnlab, whose pip is a stand-in; runs the set-up cell, gives what it printed and raised."""
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").touch()
    (tmp_path / "pip" / "__main__.py").write_text(PIP.format(package=PACKAGE.format(version="2.0.0")))

    def run(cell: str = setup_cell(ASSIGNMENT, TERM)) -> str:
        (tmp_path / "cell.py").write_text(cell)
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONNOUSERSITE": "1"}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1"}  # both versions are as long, and written in the same second
        command = [sys.executable, "-P", "cell.py"] if sys.version_info >= (3, 11) else [sys.executable, "cell.py"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        return done.stdout + done.stderr

    return SimpleNamespace(run=run, folder=tmp_path, asked=lambda: (tmp_path / "asked.txt").read_text().split())


def put_package(folder, version):
    (folder / "cnnlab").mkdir()
    (folder / "cnnlab" / "__init__.py").write_text(PACKAGE.format(version=version))


@pytest.mark.parametrize("version", ["2.0.0", "2.0.1"])
def test_what_is_there_is_used(machine, version):
    put_package(machine.folder, version)
    assert machine.run() == f"set up a1_convolution 2026-fall 2.0.0 with {version}\n"
    assert not (machine.folder / "asked.txt").exists()


def test_an_older_version_gives_way_in_the_same_kernel(machine):
    put_package(machine.folder, "1.9.0")
    said = machine.run()
    assert "set up a1_convolution 2026-fall 2.0.0 with 2.0.0" in said
    assert machine.asked()[-1] == TERM.wheel
    assert "--no-deps" in machine.asked()  # so that pip can replace nothing but cnnlab


def test_a_wheel_beside_the_notebook_is_taken_before_the_network(machine):
    put_package(machine.folder, "1.9.0")
    (machine.folder / WHEEL).touch()
    assert f"Installing {WHEEL} ..." in machine.run()
    assert machine.asked()[-1] == WHEEL


def test_without_network_the_cell_says_what_to_do(machine):
    put_package(machine.folder, "1.9.0")
    (machine.folder / "no_network").touch()
    said = machine.run()
    assert f"cnnlab was not installed. Without a network, put {WHEEL} beside this notebook and run this again." in said
    assert "ERROR: no route to example.org" in said and "During handling" not in said


def test_the_cell_is_short():
    lines = setup_cell(ASSIGNMENT, DEVELOPMENT).splitlines()
    assert len(lines) <= 25 and max(map(len, lines)) <= 120
    assert "{" not in "".join(line for line in lines[:6])


# --- what it says -------------------------------------------------------------------------------------------------


def test_it_says_what_it_found(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(places.DATA_VARIABLE, str(tmp_path / "data"))
    (tmp_path / "lenet.safetensors").touch()
    cnnlab.set_up("a1_convolution", "2026-fall", cnnlab.__version__)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"cnnlab   {cnnlab.__version__}, assignment a1_convolution, term 2026-fall"
    assert lines[1].startswith(f"Python   {sys.version.split()[0]}, NumPy ") and "torch" in lines[1]
    assert lines[2] == "GPU      not needed here"
    assert lines[3].startswith("Data     CIFAR-10 is not here yet; assignment 4 fetches it (170 MB) into ")
    assert lines[4] == f"Files    kept in {tmp_path}; there already: lenet.safetensors"


def test_it_finds_the_data_and_the_gpu(monkeypatch, capsys, tmp_path):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: "Tesla T4")
    monkeypatch.setenv(places.DATA_VARIABLE, str(tmp_path))
    (tmp_path / "cifar-10-train.npz").touch()
    cnnlab.set_up("a4_lenet", "2026-fall", cnnlab.__version__)
    said = capsys.readouterr().out
    assert "GPU      Tesla T4" in said and f"CIFAR-10 is in {tmp_path}" in said


def test_no_gpu_and_no_torch(monkeypatch, capsys):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert session.gpu().startswith("none, torch computes on the CPU (in Colab: Runtime")
    monkeypatch.setitem(sys.modules, "torch", None)
    assert session.gpu() == "unknown, torch is not installed"
    monkeypatch.setattr(session.importlib.metadata, "version", missing)
    assert session.version_of("torch") == "not installed (a2 and a4 need it: pip install torch)"


def missing(name):
    raise session.importlib.metadata.PackageNotFoundError(name)


def test_a_kernel_that_still_runs_an_older_version_says_so(capsys):
    cnnlab.set_up("a1_convolution", "2026-fall", "99.0")
    assert "is still running, not 99.0: restart the kernel, run this again." in capsys.readouterr().out


def test_importing_costs_nothing():
    code = "import sys, cnnlab; print(*sys.modules); cnnlab.check; print(*sys.modules)"
    root = ASSIGNMENT.source.parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    at_first, with_checks = map(set, map(str.split, done.stdout.splitlines()))
    assert "cnnlab" in at_first and not {"numpy", "pytest", "torch", "matplotlib", "IPython"} & at_first
    assert "pytest" in with_checks and not {"torch", "matplotlib"} & with_checks


def test_what_the_package_offers():
    assert dir(cnnlab).count("submit") == 1 and not hasattr(cnnlab, "nothing")


# --- packages -----------------------------------------------------------------------------------------------------


@pytest.fixture
def pip(monkeypatch):
    """Packages that are there, those that cnnlab needs, and a pip that says what it was asked for."""
    state = SimpleNamespace(there={"numpy": "2.1.0", "odd": "1.0ubuntu1"}, needed=[], asked=[], held="", fails="")

    def run(command, **options):
        state.asked.append(command[command.index("install") + 1 :])
        state.held = open(command[command.index("-c") + 1]).read()
        state.there |= {"numpy": "9.9"} if state.fails == "changes numpy" else {}
        return SimpleNamespace(returncode=int(state.fails == "no network"), stderr="a\nERROR: no network\n")

    monkeypatch.setattr(requirements, "installed", lambda: dict(state.there))
    monkeypatch.setattr(requirements, "requirements", lambda: state.needed)
    monkeypatch.setattr(requirements.subprocess, "run", run)
    return state


def test_nothing_missing_asks_for_nothing(pip):
    pip.needed = [("numpy", "1.26")]
    assert requirements.install_missing() == [] and pip.asked == []


def test_what_is_missing_is_installed_and_the_rest_held(pip, capsys):
    pip.needed = [("numpy", "1.26"), ("safetensors", "0.4"), ("tqdm", "")]
    assert requirements.install_missing() == []
    assert pip.asked[0][-2:] == ["safetensors>=0.4", "tqdm"] and "--upgrade" not in pip.asked[0]
    assert pip.held == "numpy==2.1.0\n"  # pip would not read the odd one
    assert capsys.readouterr().out == "Installing safetensors>=0.4, tqdm ...\n"


def test_what_is_too_old_is_left_and_said(pip):
    pip.needed = [("numpy", "2.3")]
    (note,) = requirements.install_missing()
    assert note.startswith("numpy 2.1.0 is older than 2.3, which cnnlab needs. It is left as it is") and not pip.asked


def test_a_pip_that_fails_is_said(pip):
    pip.needed, pip.fails = [("tqdm", "")], "no network"
    (note,) = requirements.install_missing()
    assert note == "tqdm could not be installed (ERROR: no network). By hand: pip install tqdm"


def test_a_change_of_what_was_there_is_said(pip):
    pip.needed, pip.fails = [("tqdm", "")], "changes numpy"
    (note,) = requirements.install_missing()
    assert note == "pip changed numpy 2.1.0 → 9.9: restart the kernel and run this cell again."


def test_the_real_list_of_packages(monkeypatch):
    lines = ["numpy>=1.26", "Pooch >= 1.8", "tqdm", 'torch>=2.2; extra == "staff"']
    monkeypatch.setattr(requirements.importlib.metadata, "requires", lambda name: lines)
    assert requirements.requirements() == [("numpy", "1.26"), ("pooch", "1.8"), ("tqdm", "")]
    monkeypatch.setattr(requirements.importlib.metadata, "requires", missing)
    assert requirements.requirements() == []
    assert requirements.installed()["numpy"][0].isdigit()


# --- places -------------------------------------------------------------------------------------------------------


def test_google_drive_keeps_data_and_weights(monkeypatch, tmp_path, capsys):
    """Weights that were saved before it was mounted are taken along."""
    put_colab(monkeypatch, None)
    runtime, drive = tmp_path / "content", tmp_path / "drive"
    runtime.mkdir()
    monkeypatch.chdir(runtime)
    monkeypatch.setattr(places, "DRIVE", drive)
    assert "lost when Colab disconnects" in places.describe_folder("a4_lenet")
    places.weights_path("lenet").write_bytes(b"trained")
    assert (runtime / "lenet.safetensors").exists()
    drive.mkdir()
    cnnlab.set_up("a4_lenet", "2026-fall", cnnlab.__version__)
    assert os.environ[places.DATA_VARIABLE] == str(drive / "cnnlab" / "data")
    assert places.weights_path("lenet") == drive / "cnnlab" / "a4_lenet" / "lenet.safetensors"
    assert places.weights_path("lenet").read_bytes() == b"trained"
    (runtime / "lenet.safetensors").write_bytes(b"older")
    assert places.weights_path("lenet").read_bytes() == b"trained"
    said = capsys.readouterr().out
    assert f"Files    kept in {drive / 'cnnlab' / 'a4_lenet'}" in said and "lost when" not in said


def test_a_data_folder_of_ones_own_stays(monkeypatch, tmp_path):
    monkeypatch.setattr(places, "DRIVE", tmp_path)
    monkeypatch.setenv(places.DATA_VARIABLE, "/somewhere")
    places.use_drive()
    assert os.environ[places.DATA_VARIABLE] == "/somewhere"


def test_a_data_folder_that_is_a_file(monkeypatch, tmp_path):
    (tmp_path / "data").touch()
    monkeypatch.setenv(places.DATA_VARIABLE, str(tmp_path / "data"))
    assert "is a file" in places.describe_data()
