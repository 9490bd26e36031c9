"""What an assignment forbids is not there to be found: not by import, not by path, not by any other way."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest
from programs import QUICK, function, program

from autograder.course.course import REPOSITORY, load_course
from autograder.sandbox import CodeRaised, Limits, Sandbox, view
from cnnlab.checking.numpy_only import FORBIDDEN as FORBIDDEN_IN_SOURCE

FORBIDDEN = ("torch", "scipy", "cffi", "email")  # email: a package that the server has loaded itself
SITE = Path(sysconfig.get_path("purelib"))


@pytest.fixture(scope="module")
def strict(box, tier):
    """A sandbox for an assignment that forbids these, and would have PyTorch loaded otherwise."""
    with Sandbox(tier=tier, torch=True, forbidden=FORBIDDEN) as one:
        yield one


@pytest.fixture
def attack(strict):
    """attack(body, *args): what a student's function with this body returns."""
    workers = []

    def attack(body, *args):
        cells = ("import ctypes, gc, importlib, importlib.util, os, sys\nfrom pathlib import Path", function(body))
        workers.append(strict.start(program(*cells), Limits(call_seconds=30)))
        return workers[-1].call("attack", args).value

    yield attack
    for one in workers:
        one.close()


@pytest.mark.parametrize("package", ["torch", "scipy.signal", "email.charset"])
def test_an_honest_import_is_refused_with_a_sentence(attack, package):
    with pytest.raises(CodeRaised, match=f"ImportError: {package.split('.')[0]} is not allowed in this assignment"):
        attack(f"import {package}")
    with pytest.raises(CodeRaised, match="is not allowed in this assignment"):
        attack("return __import__('to' + 'rch')")


def test_the_server_has_not_loaded_it(attack):
    assert attack("return [name for name in sys.modules if name.split('.')[0] in ('torch', 'scipy')]") == []
    body = "return [o.__name__ for o in gc.get_objects() if isinstance(o, type(sys)) and o.__name__ == 'torch']"
    assert attack(body) == []


TRICKS = {
    "without the finder": "sys.meta_path[:] = [f for f in sys.meta_path if 'Forbidden' not in repr(f)]\n{use}",
    "the path finder itself": """
        import importlib.machinery
        spec = importlib.machinery.PathFinder.find_spec("torch", args[0])
        module = importlib.util.module_from_spec(spec)
        sys.modules["torch"] = module
        spec.loader.exec_module(module)
        return module.nn
    """,
    "a loader with a path": """
        import importlib.machinery
        loader = importlib.machinery.SourceFileLoader("torch", args[0][0] + "/torch/__init__.py")
        return loader.load_module().nn
    """,
    "its compiled module": """
        import importlib.machinery
        path = next(Path(args[0][0]).glob("torch/_C*.so"))
        return importlib.machinery.ExtensionFileLoader("torch._C", str(path)).load_module()
    """,
    "zipimport": "import zipimport\nreturn zipimport.zipimporter(args[0][0] + '/torch')",
    "its library": "return ctypes.CDLL(args[0][0] + '/torch/lib/libtorch_cpu.so')",
    "its library by name": "return ctypes.CDLL('libtorch_cpu.so')",
    "runpy": "import runpy\nreturn runpy.run_path(args[0][0] + '/torch/__init__.py')",
    "its source": "return open(args[0][0] + '/torch/__init__.py').read()",
    "exec": "exec(compile(open(args[0][0] + '/torch/functional.py').read(), 'f', 'exec'))",
    "another name for the folder": "sys.path.insert(0, args[0][0].replace('/lib/', '/lib64/'))\n{use}",
    "a link": "os.symlink(args[0][0] + '/torch', 'mytorch')\nreturn open('mytorch/__init__.py').read()",
    "through /proc": "return open('/proc/self/root' + args[0][0] + '/torch/__init__.py').read()",
    "pkgutil": "import pkgutil\nreturn pkgutil.get_data('torch', '__init__.py').decode()",
    "importlib.resources": "import importlib.resources\nreturn importlib.resources.read_text('torch', 'x')",
}
USE = "sys.modules.pop('torch', None)\nimport torch\nreturn torch.nn.functional.conv2d"


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_finds_it(attack, trick):
    pytest.importorskip("torch")
    with pytest.raises(CodeRaised):
        attack(TRICKS[trick].replace("{use}", USE), [str(SITE)])


def test_no_file_of_it_can_be_read_anywhere(attack):
    """Libraries beside a package, compiled modules at the top, metadata: what its distribution has installed."""
    own = [entry for entry in SITE.iterdir() if entry.name.split("-")[0] in ("torch", "scipy", "cffi", "scipy.libs")]
    own += [*SITE.glob("_cffi_backend*.so")]
    files = [
        str(file) for entry in own for file in ([entry] if entry.is_file() else entry.rglob("*")) if file.is_file()
    ]
    body = """
        found = []
        for path in args[0]:
            try:
                with open(path, "rb") as file:
                    found += [path] if file.read(1) else []
            except OSError:
                pass
        return found
    """
    assert len(files) > 3
    assert attack(body, files[:2000]) == []


def test_all_else_is_there(attack):
    assert attack("import numpy.linalg, matplotlib.pyplot, json\nreturn numpy.linalg.det(numpy.eye(2))") == 1


def test_what_the_rule_on_the_source_refuses_is_not_there():
    """But for modules of Python and NumPy themselves, what matplotlib needs, and what has more uses than the rule's."""
    kept = {"numpy", "matplotlib", "PIL", "pandas", "setuptools", "mypyc", "joblib", "ray"}
    course = load_course(REPOSITORY)
    forbidden = next(set(each.forbidden) for each in course.assignments if each.name == "a2_fast_layers")
    packages = {name.split(".")[0] for name in FORBIDDEN_IN_SOURCE} - sys.stdlib_module_names
    assert packages - forbidden == kept


def installed(folder, name, files):
    """A distribution in a folder of packages."""
    record = folder / f"{name}-1.0.dist-info" / "RECORD"
    for file in [*files, f"{record.parent.name}/METADATA"]:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("x")
    record.write_text("".join(f"{file},sha256=x,1\n" for file in [*files, f"{record.parent.name}/RECORD"]))


def test_what_belongs_to_a_package_goes_by_what_it_has_installed(tmp_path):
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    system = tmp_path / "usr" / "lib" / "python3" / "dist-packages"
    machine = tmp_path / "usr" / "lib" / "x86_64-linux-gnu"
    files = [
        "cv2/__init__.py",
        "cv2/cv2.abi3.so",
        "opencv_python.libs/libx.so",
        "__pycache__/cv2_helper.pyc",
        "../../bin/cv",
    ]
    installed(site, "opencv_python", files)
    installed(site, "numpy", ["numpy/__init__.py", "numpy.libs/liby.so", "__pycache__/numpy_helper.pyc"])
    installed(site, "Cython", ["Cython/__init__.py", "cython.py", "pyximport/__init__.py", "__pycache__/cython.pyc"])
    for path in (system / "cv2.cpython-311.so", machine / "libopencv_core.so.4.6", machine / "libc.so.6"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "lib64").symlink_to("lib")
    paths = [str(tmp_path / name) for name in ("lib", "lib64", "usr/lib")]
    gone = {str(Path(path).relative_to(tmp_path)) for path in view.absent(paths, ("cv2", "Cython"))}
    both = {"cv2", "opencv_python.libs", "opencv_python-1.0.dist-info", "__pycache__/cv2_helper.pyc", "Cython"}
    both |= {"cython.py", "pyximport", "Cython-1.0.dist-info", "__pycache__/cython.pyc"}
    assert gone == {f"{lib}/python3.11/site-packages/{name}" for lib in ("lib", "lib64") for name in both} | {
        "usr/lib/python3/dist-packages/cv2.cpython-311.so",
        "usr/lib/x86_64-linux-gnu/libopencv_core.so.4.6",
    }
    left = view.without(paths, [str(tmp_path / path) for path in gone])
    assert str(site / "numpy") in left and str(machine / "libc.so.6") in left and str(site / "cv2") not in left
    assert not [path for path in left for other in gone if (tmp_path / other).is_relative_to(path)]
    assert view.absent(paths, ()) == []


def test_a_link_among_the_packages_opens_no_other_folder(tmp_path):
    site, secret = tmp_path / "lib" / "site-packages", tmp_path / "secret"
    installed(site, "torch", ["torch/__init__.py"])
    secret.mkdir()
    (site / "innocent").symlink_to(secret)
    gone = view.absent([str(tmp_path / "lib")], ("torch",))
    assert not [path for path in view.without([str(tmp_path / "lib")], gone) if "secret" in path or "innocent" in path]


def test_without_isolation_only_the_import_is_refused():
    """Code that means to can get at it, with all rights of the judge: the layers, and so every result, say "none"."""
    with Sandbox(isolate=False, torch=False, forbidden=("scipy",)) as box:
        assert box.layers == "none"
        with box.start(program("def f(): import scipy"), QUICK) as one, pytest.raises(CodeRaised) as caught:
            one.call("f")
        assert caught.value.message == "scipy is not allowed in this assignment"
