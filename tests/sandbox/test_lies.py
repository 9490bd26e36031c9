"""What a lie gains: forged frames end the worker, odd objects are only wrong answers, patches hurt their author."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest
from programs import function, still_works

from autograder.sandbox import CodeRaised, Handle, WorkerDied


@pytest.mark.parametrize(
    "forged",
    [
        "b'garbage that is no frame at all'",
        "b'\\x80\\x04\\x95' + bytes(64)",
        "pack('<4sIQ', b'cnn1', 1 << 31, 0)",
        "pack('<4sIQ', b'cnn1', 2, 1 << 60) + b'{}'",
        "pack('<4sIQ', b'cnn1', 2, 0) + b'{}'",
        "pack('<4sIQ', b'cnn1', 2, 0) + b'[]'",
        "pack('<4sIQ', b'cnn1', 2, 0) + b'{}' + b'more'",
        "pack('<4sIQ', b'cnn1', 16, 0) + b'{\"value\": 1      }'",
        "pack('<4sIQ', b'cnn1', 9000, 0) + b'[' * 9000",
    ],
)
def test_a_forged_frame_ends_the_worker_and_nothing_else(box, start, forged):
    one = start(function(f"from struct import pack\nos.write(3, {forged})"))
    with pytest.raises(WorkerDied, match="^sent a malformed reply: "):
        one.call("attack")
    assert not one.alive and still_works(box)


FORGE = """
import gc, json
from struct import pack
question = next(d for d in gc.get_objects() if type(d) is dict and "token" in d and "target" in d)
text = json.dumps({{"token": question["token"], **json.loads('{reply}')}}).encode()
os.write(3, pack("<4sIQ", b"cnn1", len(text), 0) + text)
threading.Event().wait()
"""


@pytest.mark.parametrize(
    "reply",
    [
        *('{"value": 1}', '{"value": 1, "args": []}', '{"value": 1, "args": [1, 2]}', '{"value": 1, "args": {"a": 1}}'),
        *('{"done": true}', '{"error": 5}', '{"error": null}', '{"error": {"a": 1}}', '{"error": ["E", [1, 2], []]}'),
        *('{"error": ["E", "m", 7, []]}', '{"error": ["E", "m", [[1, 2]], []]}', '{"error": ["E", "m", []]}'),
        *('{"error": ["E", "m", [["1", 2, "s", "f"]], []]}', '{"error": ["E", "m", [[1, 2, ["s"], "f"]], []]}'),
        *('{"error": ["E", "m", [], 5]}', '{"error": ["E", "m", [], [5]]}', '{"error": ["E", "m", [], {"a": "b"}]}'),
        '{"value": ["handle", "1", 2], "args": [["same"]]}',
        '{"value": ["array", "object", [1]], "args": [["same"]]}',
        '{"value": ["array", "float64", [1]], "args": [["same"]]}',
    ],
)
def test_a_forged_answer_with_the_right_token_is_checked_as_well(start, reply):
    one = start(function(FORGE.format(reply=reply)))
    with pytest.raises(WorkerDied, match="^sent a malformed reply: "):
        one.call("attack", (1,))


def test_a_well_forged_answer_is_an_answer_of_the_student(start):
    one = start(function(FORGE.format(reply='{"value": 5, "args": [["same"]]}')))
    assert one.call("attack", (1,)).value == 5
    with pytest.raises(Exception, match="took longer"):
        one.call("attack", (1,), seconds=0.1)


def test_an_answer_sent_before_the_question_is_refused(start):
    body = """
        from struct import pack
        text = b'{"token": 1, "value": 1, "args": []}'
        threading.Timer(0.01, lambda: os.write(3, pack("<4sIQ", b"cnn1", len(text), 0) + text)).start()
        return 1
    """
    one = start(function(body))
    with pytest.raises(WorkerDied, match="malformed reply: (an answer to another question|more bytes than its frame)"):
        for _ in range(1000):
            one.call("attack")


@pytest.mark.parametrize(
    "token",
    [
        "{}",
        "{'token': None}",
        "{'token': 0}",
        "{'token': True}",
        "{'token': str(now)}",
        "{'token': [now]}",
        "{'token': -now}",
        "{'token': now + 1}",
        "{'token': seen[0]}",
        "{'token': 2 * seen[0] - seen[1]}",
        "{'tokens': now}",
    ],
)
def test_an_answer_without_the_token_of_its_question_is_refused(start, token):
    """Missing, wrong, of another type, or of an earlier question: the rest of the answer is as it should be."""
    forge = f"""
        now = next(d for d in gc.get_objects() if type(d) is dict and "target" in d)["token"]
        seen.insert(0, now)
        if len(seen) < 3:
            return 1
        seen.pop(0)
        text = json.dumps({{"value": 1, "args": [], **{token}}}).encode()
        os.write(3, pack("<4sIQ", b"cnn1", len(text), 0) + text)
        threading.Event().wait()
    """
    one = start("import gc, json\nfrom struct import pack\nseen = []\n" + function(forge))
    assert [one.call("attack").value for _ in range(2)] == [1, 1]
    with pytest.raises(WorkerDied, match="^sent a malformed reply: an answer to another question$"):
        one.call("attack")
    assert not one.alive


def test_no_two_questions_have_the_same_token_nor_can_the_next_one_be_told(start):
    one = start(
        "import gc\n"
        + function('return next(d for d in gc.get_objects() if type(d) is dict and "target" in d)["token"]')
    )
    tokens = [one.call("attack").value for _ in range(20)]
    steps = [after - before for before, after in zip(tokens, tokens[1:])]
    assert len({*tokens}) == 20 and len({*steps}) == 19 and max(tokens) >= 1 << 40


def test_objects_that_equal_everything_are_handles_or_plain_data(start):
    one = start(
        """
        class Always:
            def __eq__(self, other): return True
            def __getattr__(self, name): return self
            def __float__(self): return 1.0
            def __array__(self, *a, **k): return np.ones(3)
            __class__ = np.ndarray
        class Liar(np.ndarray):
            def __eq__(self, other): return True
            def __array__(self, *a, **k): return np.ones(3)
            def __array_function__(self, *a): return True
            def __array_ufunc__(self, *a, **k): return True
            def tobytes(self, *a): return b""
            shape = property(lambda self: (1, 2, 3))
            dtype = property(lambda self: np.dtype("float32"))
        class Number(float):
            def __eq__(self, other): return True
        def always(): return Always()
        def liar(): return np.zeros(3).view(Liar)
        def number(): return [Number(5)]
        """
    )
    assert isinstance(one.call("always").value, Handle)
    value = one.call("liar").value
    assert (
        type(value) is np.ndarray and value.shape == (3,) and value.dtype == np.float64 and value.tolist() == [0, 0, 0]
    )
    value = one.call("number").value
    assert type(value[0]) is float and value != [1]


PATCHES = """
import builtins, json, struct, socket, random, warnings, linecache, select, io
for module in (np, json, struct, socket, random, warnings, linecache, select, io, np.random, np.testing):
    for name in list(vars(module)):
        if not name.startswith("__"):
            try: setattr(module, name, lambda *a, **k: True)
            except Exception: pass
os.write = os.readv = os.writev = lambda *a, **k: 0
builtins.isinstance = lambda *a: True
sys.modules["numpy"] = None
def attack(x): return x
"""


def test_patches_of_numpy_and_the_standard_library_hurt_their_author_only(box, start):
    try:
        assert start(PATCHES).call("attack", (np.arange(3.0),)).value.tolist() == [0, 1, 2]
    except (CodeRaised, WorkerDied):
        pass
    assert still_works(box) and not np.allclose(1, 2)


def test_an_innocent_patch_costs_nothing(start):
    one = start(
        """
        import json, random, warnings
        np.random.seed = random.seed = 5
        np.bool, np.float, np.int, np.seterr = bool, float, int, None
        os.write = json.dumps = warnings.resetwarnings = None
        isinstance = len = str = None
        def f(x): return x * 2
        """
    )
    assert one.call("f", (np.ones(2),)).value.tolist() == [2, 2]


@pytest.mark.parametrize(
    "value",
    ["x = []; x.append(x)", "x = {}; x['x'] = [x, x]", "x = [[]]; [x.append(x) for _ in range(9)]", "x = [0] * 10**6"],
)
def test_cycles_and_monsters_stay_in_the_worker(start, value):
    one = start(
        value
        + textwrap.dedent("""
        def f(): return x
        def g(y): y.append(x)
    """)
    )
    assert isinstance(one.call("f").value, Handle)
    reply = one.call("g", ([1],))
    assert isinstance(reply.args[0], Handle) and one.alive
