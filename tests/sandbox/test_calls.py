"""What an honest program gets: its functions called with plain data, its errors reported, its limits kept."""

from __future__ import annotations

import os
from types import SimpleNamespace

import numpy as np
import pytest
from programs import QUICK, function, program

from autograder import REPOSITORY
from autograder.sandbox import CodeRaised, Handle, Sandbox, SandboxUnavailable, Tensor


def test_a_call_returns_the_value_and_the_arguments_after_it(start):
    one = start(
        """
        def f(x, y, scale=1):
            x += scale
            y["seen"] = True
            return x.sum(), [x, (scale, None)]
        """
    )
    x, untouched = np.zeros((2, 3)), np.ones(2)
    reply = one.call("f", (x, {"old": untouched}), {"scale": 2})
    assert reply.value[0] == 12 and reply.value[1][1] == (2, None)
    np.testing.assert_array_equal(reply.args[0], np.full((2, 3), 2.0))
    assert reply.args[1]["seen"] is True and x.sum() == 0
    assert reply.kwargs == {"scale": 2} and 0 < reply.seconds < QUICK.call_seconds


def test_arguments_arrive_fresh_and_unchanged_ones_do_not_travel_back(start):
    one = start("def f(x, y): return x.flags.writeable, x.flags.c_contiguous, x.flags.owndata, x is y, x.tolist()")
    x = np.arange(6).reshape(2, 3)
    x.flags.writeable = False
    reply = one.call("f", (x, x))
    assert reply.value == (True, True, True, False, x.tolist())
    assert reply.args[0] is x and reply.args[1] is x


LAYOUTS = {
    "Fortran order": np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)),
    "transposed": np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1),
    "backwards": np.arange(24).reshape(4, 6)[::-1, ::2],
    "every other": np.arange(48, dtype=np.float32).reshape(6, 8)[::2, 1::3],
    "the middle of a padded one": np.arange(400.0).reshape(2, 2, 10, 10)[:, :, 2:-2, 2:-2],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_array_arrives_laid_out_as_the_test_made_it(start, layout):
    one = start(
        """
        def look(x): return x.strides, x.flags.writeable, x
        def double(x): x *= 2
        def flat(x): x.reshape(-1)[:] = 0  # writes to a copy, unless it is contiguous
        """
    )
    x = LAYOUTS[layout]
    strides, writeable, same = one.call("look", (x,)).value
    assert strides == x.strides and writeable and same.flags.c_contiguous
    np.testing.assert_array_equal(same, x)
    assert one.call("look", (x,)).args[0] is x
    np.testing.assert_array_equal(one.call("double", (x,)).args[0], 2 * x)
    assert one.call("flat", (x,)).args[0] is x
    assert not one.call("flat", (np.ascontiguousarray(x),)).args[0].any()


@pytest.mark.parametrize(
    "array", [np.broadcast_to(np.arange(3.0), (4, 3)), np.arange(1000.0)[::100], np.ones((2, 0, 3)).T]
)
def test_views_of_no_use_arrive_contiguous(start, array):
    """Of shared items, of far more memory than they have, of nothing."""
    flags, same = start("def f(x): return x.flags.c_contiguous, x").call("f", (array,)).value
    assert flags and same.shape == array.shape and same.tolist() == array.tolist()


REMEMBERED = """
buffer = np.zeros(3)
def reused(x):
    buffer[:] = x
    return buffer, x.sum()
def fresh(x, scale=1): return x * scale
def handed_back(x): return x.reshape(3, 1)
"""


def test_a_result_can_be_looked_at_again_where_it_lies(start):
    one = start(REMEMBERED)
    first, second = one.call("reused", (np.ones(3),), remember=True), one.call("reused", (np.zeros(3),), remember=True)
    assert first.value[0].tolist() == [1, 1, 1] and one.look(first.kept, [2, 0]).tolist() == [0, 0, 0]
    assert one.overlap((first.kept, [2, 0]), (second.kept, [2, 0]))
    other = one.call("fresh", (np.ones(3),), {"scale": 2}, remember=True)
    assert one.look(other.kept, [2]).tolist() == [2, 2, 2] and one.look(other.kept, [1, 0]) == 2
    assert not one.overlap((other.kept, [2]), (other.kept, [0, 0]))
    back = one.call("handed_back", (np.ones(3),), remember=True)
    assert one.overlap((back.kept, [2]), (back.kept, [0, 0]))
    assert one.call("fresh", (np.ones(3),)).kept is None


TRUSTED = """
import cnnlab.checking.probes
cnnlab.checking.probes.probe_attribute = lambda *args: "a lie"
probe_attribute = lambda *args: "a lie"
def make(): return __import__("types").SimpleNamespace(truth=42)
"""


def test_a_trusted_function_is_what_it_was_before_the_program_ran(box):
    with box.start(program(TRUSTED), QUICK, "cnnlab.checking.probes") as one:
        assert not one.load_errors
        assert one.call("probe_attribute", (one.call("make").value, "truth")).value == 42
    with pytest.raises(SandboxUnavailable, match="cnnlab.nothing could not be loaded: ModuleNotFoundError"):
        box.start(program(TRUSTED), QUICK, "cnnlab.nothing")


@pytest.mark.parametrize("change", ["x.shape = (3, 2)", "x.dtype = 'int64'", "x[0] = float('nan')", "x[...] = -x"])
def test_every_change_in_place_is_seen(start, change):
    x = np.zeros((2, 3))
    after = start(f"def f(x):\n    {change}").call("f", (x,)).args[0]
    assert after.shape != x.shape or after.dtype != x.dtype or after.tobytes() != x.tobytes()


def test_a_kept_item_stays_in_the_worker_and_can_be_passed_back_and_called(start):
    one = start(
        """
        class Cache:
            x = 5
        def forward(x): return x, Cache()
        def backward(dout, cache): return dout * cache.x
        def listed(x): return [x, (x, lambda: 7)]
        def second(cache): return cache[1]
        """
    )
    out, cache = one.call("forward", (np.ones(2),)).value
    assert isinstance(cache, Handle) and cache.type_name == "Cache"
    for _ in range(2):
        assert one.call("backward", (np.ones(2), cache)).value.tolist() == [5, 5]
    out, cache = one.call("listed", (np.ones(2),), keep=(1, 9)).value
    assert isinstance(cache, Handle) and cache.type_name == "tuple"
    reply = one.call("second", (cache,))
    assert reply.args == (cache,) and one.call(reply.value).value == 7


def test_arrays_without_axes_and_without_items_cross(start):
    reply = start("def f(*xs): return [x.shape for x in xs]").call(
        "f", (np.array(3.0), np.zeros((0, 4)), np.array(True))
    )
    assert reply.value == [(), (0, 4), ()]
    assert [after.shape for after in reply.args] == [(), (0, 4), ()]


def test_a_handle_belongs_to_one_worker(start):
    first, second = start("def f(): return object()"), start("def g(x): return 1")
    with pytest.raises(ValueError, match="another worker"):
        second.call("g", (first.call("f").value,))
    assert second.alive and second.call("g", (1,)).value == 1


def test_a_value_is_freed_when_the_judge_drops_its_handle(start):
    one = start(
        """
        freed = []
        class C:
            def __del__(self): freed.append(1)
        def make(): return C()
        def count(): return len(freed)
        """
    )
    handle = one.call("make").value
    assert one.call("count").value == 0
    del handle
    assert one.call("count").value == 1


def test_a_mistake_of_the_judge_does_not_cost_the_worker(start):
    one = start("def f(x): return x")
    with pytest.raises(TypeError, match="^a object can't be sent to the student's code$"):
        one.call("f", (object(),))
    loop: list = []
    loop.append(loop)
    with pytest.raises(TypeError, match="^a list can't be sent to the student's code: nested too deeply$"):
        one.call("f", (loop,))
    assert one.call("f", (1,)).value == 1


def test_cnnlab_is_importable_and_the_autograder_is_not(attack):
    if not (REPOSITORY / "cnnlab" / "__init__.py").exists():
        pytest.skip("no cnnlab here")
    assert attack("import cnnlab; return cnnlab.__name__") == "cnnlab"
    for module in ("autograder", "autograder.sandbox", "autograder.hidden_tests", "tests"):
        assert attack(f"return outcome(lambda: __import__('{module}'))") == ["stopped", "ModuleNotFoundError"]


def test_statements_run_on_after_one_that_raises_and_errors_name_cell_and_line(box):
    statements = program("x = 1", "\n\ny = undefined", "import nothing_of_that_name", "def f(): return x")
    statements[1].line = 7
    with box.start(statements, QUICK) as one:
        assert [error[:3] for error in one.load_errors] == [(2, 7, "NameError"), (3, 1, "ModuleNotFoundError")]
        assert one.load_errors[0].message == "name 'undefined' is not defined"
        assert one.call("f").value == 1 and one.load_seconds > 0


def test_a_future_import_holds_for_the_statements_after_it(start):
    one = start("from __future__ import annotations", "def f(x: not_defined_anywhere): return 3")
    assert one.call("f", (1,)).value == 3


def test_a_traceback_has_the_frames_of_the_students_code_only(box):
    source = "def inner(x):\n    return np.linalg.inv(x)\n\ndef outer(x):\n    return inner(x)"
    statements = [*program("import numpy as np"), SimpleNamespace(source=source, cell=4, line=11)]
    with box.start(statements, QUICK) as one, pytest.raises(CodeRaised, match="^LinAlgError: Singular") as caught:
        one.call("outer", (np.zeros((2, 2)),))
    assert caught.value.trace == [(4, 15, "return inner(x)", "outer"), (4, 12, "return np.linalg.inv(x)", "inner")]


def test_sources_are_known_to_inspect_and_the_module_is_main(start):
    one = start("import inspect\n\ndef f():\n    return inspect.getsource(f), __name__")
    assert one.call("f").value == ("def f():\n    return inspect.getsource(f), __name__\n", "__main__")


@pytest.mark.parametrize(
    ("body", "type_name", "message"),
    [
        ("raise NotImplementedError", "NotImplementedError", ""),
        ("return undefined", "NameError", "name 'undefined' is not defined"),
        ("return input('path? ')", "EOFError", "EOF when reading a line"),
        ("sys.exit(3)", "SystemExit", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("raise BaseException('bare')", "BaseException", "bare"),
        ("def deep(): return deep()\nreturn deep()", "RecursionError", "maximum recursion depth exceeded"),
        ("return np.ones(5 << 30)", "MemoryError", ""),
        ("class E(Exception):\n    def __str__(self): raise E\nraise E", "E", ""),
        ("class E(Exception):\n    def __str__(self): return 5\nraise E", "E", ""),
        ("raise ValueError('x' * 10**8)", "ValueError", "x" * 2000),
        ("raise ValueError('\\ud800 \\x1b[2J')", "ValueError", "? �[2J"),
        ("raise type('E\\x1b' * 99, (Exception,), {})", "E�" * 50, ""),
    ],
)
def test_whatever_the_student_raises_is_reported(start, body, type_name, message):
    one = start(function(body), "def fine(): return 1")
    with pytest.raises(CodeRaised) as caught:
        one.call("attack", seconds=3)
    assert caught.value.type_name == type_name
    assert caught.value.message.startswith(message) and len(caught.value.message) <= 2000
    assert len(caught.value.trace) <= 20 and len(caught.value.kinds) <= 20
    assert one.alive and one.call("fine").value == 1


def test_an_exception_names_what_it_is_made_from(start):
    one = start(function("class TooSmall(ValueError): pass\nraise TooSmall('no room')"))
    with pytest.raises(CodeRaised) as caught:
        one.call("attack")
    assert caught.value.kinds == ("ValueError", "Exception", "BaseException", "object")


def test_a_name_that_is_not_there_is_a_name_error(start):
    one = start("x = 1")
    for name in ("missing", "print", "__import__"):
        with pytest.raises(CodeRaised, match="NameError: name .* is not defined"):
            one.call(name)


def test_random_numbers_are_the_same_in_every_call(start):
    source = "import random\ndef f(): return random.random(), np.random.rand()"
    one = start(source)
    assert one.call("f").value == one.call("f").value == start(source).call("f").value


def test_warnings_never_are_errors(start):
    one = start(
        """
        import warnings
        warnings.simplefilter("error")
        np.seterr(all="raise")
        def f(x): return 1 / x
        """
    )
    assert one.call("f", (np.zeros(1),)).value == np.inf


def test_the_environment_is_of_our_making(start):
    one = start(
        """
        def f(): return dict(os.environ), sys.argv, os.getcwd()
        def peek(path): return outcome(lambda: open(path).read())[1]
        """
    )
    environment, argv, folder = one.call("f").value
    assert "GRADER_SECRET" in os.environ and "GRADER_SECRET" not in environment
    assert environment["OMP_NUM_THREADS"] == "1" and environment["HOME"] == folder and argv == [""]
    for path in ("/proc/self/environ", "/proc/1/environ", f"/proc/{os.getpid()}/environ"):
        assert "GRADER_SECRET" not in one.call("peek", (path,)).value


TORCH = """
import torch
def forward(x):
    assert type(x) is torch.Tensor
    return torch.nn.Conv2d(1, 2, 3)(x)
def step():
    layer = torch.nn.Linear(3, 1)
    torch.optim.SGD(layer.parameters(), 0.1).step()
    layer(torch.ones(1, 3)).backward()
    return layer.weight.grad, torch.get_num_threads()
"""


def test_pytorch_works_in_a_worker_and_tensors_cross():
    """One sandbox with PyTorch in its server: the layers are the same as without."""
    pytest.importorskip("torch")
    with Sandbox() as box, box.start(program(TORCH), QUICK) as one:
        value = one.call("forward", (Tensor(np.ones((1, 1, 5, 5), np.float32)),)).value
        assert isinstance(value, Tensor) and value.requires_grad and value.array.shape == (1, 2, 3, 3)
        again = one.call("forward", (Tensor(np.ones((1, 1, 5, 5), np.float32)),)).value
        np.testing.assert_array_equal(value.array, again.array)  # the weights are drawn from the same seed
        gradient, threads = one.call("step").value
        assert gradient.array.tolist() == [[1, 1, 1]] and threads == 1


def test_without_a_sandbox_the_same_calls_work_and_the_layers_say_so():
    with Sandbox(isolate=False, torch=False) as box:
        assert box.layers == "none"
        with box.start(program("def f(x): return x + 1"), QUICK) as one:
            assert one.call("f", (np.ones(2),)).value.tolist() == [2, 2]
    with pytest.raises(SandboxUnavailable, match="closed"):
        box.start([])
