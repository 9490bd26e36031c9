"""Frames: what crosses, what does not, and that no bytes can do more than be refused."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest

from autograder.sandbox import Tensor, wire
from autograder.sandbox.decoder import Decoder
from autograder.sandbox.encoder import Encoder, Unsendable
from autograder.sandbox.wire import WireError

LIMIT = 1 << 20


def opaque(value, note):
    return ["handle", 7, type(value).__name__, note]


def refuse(value, note):
    raise Unsendable(note)


def pack(value, limit=LIMIT):
    encoder = Encoder(opaque, limit)
    node = encoder.encode(value)
    return b"".join(bytes(part) for part in encoder.frame({"value": node}))


def unpack(frame, limit=LIMIT):
    header_size, payload_size = wire.read_prefix(frame[:16], limit)
    header = wire.read_header(frame[16 : 16 + header_size])
    payload = np.frombuffer(frame[16 + header_size :], np.uint8)
    if len(payload) != payload_size:
        raise WireError("cut off")
    decoder = Decoder(payload, lambda *fields: ("handle", *fields))
    value = decoder.value(header.get("value"))
    decoder.finish()
    return value


def forge(header, payload=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return wire.PREFIX.pack(wire.MAGIC, len(text), len(payload)) + text + payload


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 0, -1, 2**63 - 1, -(2**63), 2**63, -(2**200), 0.1, -0.0, math.inf, -math.inf, 5e-324),
        *(
            "",
            "x",
            "naïve ∂x",
            "a" * 10_000,
            'quote " and \\ and \x00',
            b"",
            b"\x00\xff",
            1 + 2j,
            complex(-0.0, math.inf),
        ),
        *([], (), {}, [1, (2, [3.5, None])], (1,), {"stride": 2, "pad": (1, [2])}, {1: "a", "1": "b", -5: None}),
        *(["handle"], ("array", "list"), {"handle": "tuple"}),
    ],
)
def test_plain_values_come_back_as_they_were(value):
    back = unpack(pack(value))
    assert back == value and type(back) is type(value)
    assert repr(back) == repr(value)  # -0.0, and the types inside


def test_nan_comes_back_as_nan():
    assert math.isnan(unpack(pack(math.nan))) and math.isnan(unpack(pack([np.float32("nan")]))[0])


@pytest.mark.parametrize("name", sorted(wire.DTYPES))
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 5), (2, 3, 4), (1,) * 32])
def test_arrays_come_back_equal_and_contiguous(name, shape):
    array = np.asarray(np.arange(math.prod(shape)).reshape(shape) % 2, name)
    back = unpack(pack([array, array]))
    for copy in back:
        assert type(copy) is np.ndarray and copy.dtype == array.dtype and copy.shape == array.shape
        np.testing.assert_array_equal(copy, array)
        assert copy.flags.c_contiguous


@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1),
        np.arange(10)[::-3],
        np.broadcast_to(np.float32(2), (3, 4)),
        np.arange(5, dtype=">f8"),
        np.arange(6, dtype=">i2").reshape(2, 3).T,
        np.ma.masked_array([1.0, 2.0], [0, 1]),
    ],
)
def test_the_judge_gets_any_memory_order_byte_order_and_subclass_as_the_plain_array(array):
    back = unpack(pack(array))
    assert back.flags.c_contiguous
    assert type(back) is np.ndarray and back.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back, np.asarray(array))


@pytest.mark.parametrize(
    "number", [np.float32(0.1), np.float64(0.1), np.int8(-3), np.uint64(2**64 - 1), np.bool_(True)]
)
def test_numpy_numbers_keep_their_type(number):
    back = unpack(pack(number))
    assert type(back) is type(number) and back == number


def test_complex_numpy_numbers_and_tensors_cross():
    assert unpack(pack(np.complex64(1 - 2j))) == np.complex64(1 - 2j)
    tensor = unpack(pack(Tensor(np.ones((2, 3), np.float16), requires_grad=True)))
    assert isinstance(tensor, Tensor) and tensor.requires_grad and tensor.array.dtype == np.float16


def test_a_torch_tensor_arrives_as_an_array_that_says_so():
    torch = pytest.importorskip("torch")
    for tensor in (
        torch.arange(6.0).reshape(2, 3).T,
        torch.ones(2, requires_grad=True),
        torch.zeros(3, dtype=torch.int64),
    ):
        back = unpack(pack(tensor))
        np.testing.assert_array_equal(back.array, tensor.detach().numpy())
        assert back.requires_grad == tensor.requires_grad and back.dtype == ""
    back = unpack(pack(torch.ones(2, dtype=torch.bfloat16)))
    assert back.dtype == "bfloat16" and back.array.tolist() == [1, 1]
    assert unpack(pack(torch.eye(2).to_sparse()))[0] == "handle"


class Liar(np.ndarray):
    def __array__(self, *args, **kwargs):
        raise RuntimeError("no")

    def __eq__(self, other):
        return True

    def tobytes(self, order="C"):
        return b"forged"

    shape = property(lambda self: (9, 9))
    dtype = property(lambda self: np.dtype("int8"))
    nbytes = property(lambda self: 1)


def test_an_array_that_lies_about_itself_is_sent_as_it_is():
    back = unpack(pack(np.arange(3.0).view(Liar)))
    assert type(back) is np.ndarray and back.tolist() == [0, 1, 2]


class Text(str):
    def __str__(self):
        return "lie"

    def __len__(self):
        return 10**9


class Number(int):
    def __add__(self, other):
        return 42

    def bit_length(self):
        return 1


def test_numbers_and_texts_that_lie_about_themselves_are_sent_as_they_are():
    assert unpack(pack([Text("truth"), Number(3), Number(2**100)])) == ["truth", 3, 2**100]


def cyclic():
    loop: list = []
    loop += [loop, loop]
    return loop


def nested(depth):
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "note"),
    [
        (object(), ""),
        ({1, 2}, ""),
        (lambda: 0, ""),
        (np.datetime64("2026-01-01"), ""),
        (np.longdouble(1), ""),
        (np.array([object()]), "an array of object"),
        (np.array(["text"]), "an array of str"),
        (np.zeros(2, [("a", "f8")]), "an array of void"),
        (np.zeros(1, np.longdouble), "an array of"),
        (np.broadcast_to(1.0, (10**6, 10**6)), "larger than 1 MB"),
        (np.zeros(LIMIT + 8, np.uint8), "larger than 1 MB"),
        (b"x" * (LIMIT + 100), "larger than 1 MB"),
        ("x" * (2 << 20), "a text of more than 1 MB"),
        pytest.param(1 << 20_000, "an integer of more than a thousand digits", id="long"),
        ({(1, 2): 3}, "it has a key that is a tuple"),
        (cyclic(), "nested too deeply"),
        (nested(100), "nested too deeply"),
        ([0] * 200_000, "too many items"),
    ],
)
def test_what_cannot_travel_becomes_a_handle_with_the_reason(value, note):
    tag, number, type_name, said = unpack(pack(value))
    assert (tag, number, type_name) == ("handle", 7, type(value).__name__)
    assert note in said


@pytest.mark.parametrize(
    "largest, beyond",
    [
        (nested(31), nested(32)),
        ([0] * 99_999, [0] * 100_000),
        (2 ** (4 * 1023) - 1, 2 ** (4 * 1023)),
        (-(2 ** (4 * 1023)) + 1, -(2 ** (4 * 1023))),
        ("x" * LIMIT, "x" * (LIMIT + 1)),
        (b"x" * LIMIT, b"x" * (LIMIT + 17)),
        (np.zeros(LIMIT, np.uint8), np.zeros(LIMIT + 1, np.uint8)),
    ],
    ids=["depth", "items", "integer", "negative", "text", "bytes", "array"],
)
def test_both_sides_agree_on_the_largest_value_that_travels(largest, beyond):
    back = unpack(pack(largest))
    assert type(back) is type(largest) and (back == largest if type(back) is not np.ndarray else len(back) == LIMIT)
    assert unpack(pack(beyond))[0] == "handle"


def test_small_integers_are_numbers_and_long_ones_are_digits():
    encode = Encoder(opaque, LIMIT).encode
    for value in (2**63 - 1, -(2**63)):
        assert encode(value) == value
    for value in (2**63, -(2**63) - 1):
        assert encode(value) == ["int", format(value, "x")]


def test_kinds_of_text_and_numbers_arrive_as_what_they_are_made_from():
    class Real(float):
        def __mul__(self, other):
            return 42

    back = unpack(pack([np.str_("text"), np.bytes_(b"bytes"), Real(0.1), np.float64(0.1)]))
    assert back == ["text", b"bytes", 0.1, 0.1]
    assert [type(value) for value in back] == [str, bytes, float, np.float64]


def test_a_value_with_something_opaque_inside_still_crosses():
    something = object()
    value = unpack(pack((np.ones(2), {"f": something, "n": 3})))
    assert value[1] == {"f": ("handle", 7, "object", ""), "n": 3}


def test_what_is_refused_leaves_nothing_in_the_frame():
    encoder = Encoder(opaque, LIMIT)
    encoder.encode([np.ones(10), nested(100)])
    assert encoder.size == 0 and not encoder.parts
    with pytest.raises(Unsendable, match="nested"):
        Encoder(refuse, LIMIT).encode(nested(100))


def test_what_is_refused_moves_no_other_value():
    """Bytes follow in the order of the nodes: one array too many, and every later one is another."""
    encoder = Encoder(opaque, LIMIT)
    nodes = [encoder.encode(value) for value in (np.full(3, 1.0), [np.full(9, 2.0), nested(100)], np.full(5, 3.0))]
    frame = b"".join(bytes(part) for part in encoder.frame({"value": ["list", *nodes]}))
    first, refused, last = unpack(frame)
    assert first.tolist() == [1] * 3 and refused[0] == "handle" and last.tolist() == [3] * 5


def test_a_copying_decoder_gives_arrays_that_own_their_memory():
    encoder = Encoder(opaque, LIMIT)
    encoder.encode(np.arange(4.0))
    payload = np.frombuffer(b"".join(bytes(part) for part in encoder.parts), np.uint8)
    array = Decoder(payload, opaque, copy=True).value(["array", "float64", [4]])
    array[:] = 9
    assert array.flags.owndata and payload.view(np.float64).tolist() == [0, 1, 2, 3]


def views(rng):
    """Views of random arrays: axes in any order, parts, backwards, in steps."""
    shape = [rng.randrange(1, 6) for _ in range(rng.randrange(1, 5))]
    array = np.arange(math.prod(shape), dtype=rng.choice(["int8", "float32", "float64", "complex128"])).reshape(shape)
    array = array.transpose(rng.sample(range(array.ndim), array.ndim))
    parts = []
    for length in array.shape:
        start, stop = rng.randrange(length), rng.randrange(1, length + 1)
        parts.append(slice(min(start, stop - 1), stop, rng.choice([1, 1, 2])))
    return array[tuple(parts)][tuple(slice(None, None, rng.choice([1, -1])) for _ in parts)]


def test_a_copying_decoder_lays_arrays_out_as_they_were():
    rng = random.Random(7)
    for _ in range(500):
        array = views(rng)
        encoder = Encoder(opaque, LIMIT)
        node = encoder.encode(array)
        payload = np.frombuffer(b"".join(bytes(part) for part in encoder.parts), np.uint8)
        back = Decoder(payload, opaque, copy=True).value(node)
        np.testing.assert_array_equal(back, array)
        again = Encoder(opaque, LIMIT)
        assert again.encode(back) == node and again.parts == encoder.parts  # so that an unchanged one is known as such
        if wire.read_steps(array) and not array.flags.c_contiguous:
            assert back.strides == array.strides


def test_a_lone_surrogate_is_replaced_because_no_file_can_hold_it():
    for text in ("a\ud800b", "a\ud800b" * 500):
        assert unpack(pack(text)).encode("utf-8").decode() == unpack(pack(text))


def test_clean_takes_out_what_a_terminal_obeys():
    assert wire.clean("tab\there\nred \x1b[31m bell \x07 \x9b \ud800") == "tab\there\nred �[31m bell � � �"
    assert wire.clean("plain ∂x") == "plain ∂x" and wire.clean("\u202egnp.") == "�gnp."


DEEP = b'{"value":' + b"[" * 300_000 + b"]" * 300_000 + b"}"


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (b"\x80\x04\x95" + bytes(40), "bytes that are no frame"),
        (wire.PREFIX.pack(b"cnn1", 1 << 31, 0), "a frame of 2,147,483,648 bytes"),
        (wire.PREFIX.pack(b"cnn1", 10, 1 << 60), "a frame of"),
        (wire.PREFIX.pack(b"cnn1", (4 << 20) + 1, 0), "a frame of 4,194,305 bytes"),
        (wire.PREFIX.pack(b"cnn1", 10, LIMIT + 17), "a frame of 1,048,603 bytes"),
        (forge(b'{"value": ' + b"1" * 21 + b"}"), "a header that is no JSON"),
        (forge(b'{"value": 0.' + b"1" * 39 + b"}"), "a header that is no JSON"),
        (forge({"value": ["int", "f" * 1026]}), "a malformed integer"),
        (forge({"value": ["text", LIMIT + 1]}), "a text of more than 1 MB"),
        (forge(b"not json"), "a header that is no JSON"),
        (forge(b"\xff\xfe"), "a header that is no JSON"),
        (forge(b"[1, 2]"), "a header that is no JSON object"),
        (forge(b'{"value": ' + b"9" * 1000 + b"}"), "a header that is no JSON"),
        (forge(DEEP), "a header that is no JSON"),
        (forge(b'{"value":["list"' + b",[]" * 900_000 + b"]}"), "too many values"),
        (forge({"value": ["list", 0] * 100 + [[["list"]]]}), "a value of unknown kind"),
        (forge({"value": {"a": 1}}), "a node that is a JSON object"),
        (forge({"value": []}), "a value of unknown kind"),
        (forge({"value": [["list"]]}), "a value of unknown kind"),
        (forge({"value": ["pickle", "x"]}), "a value of unknown kind"),
        (forge({"value": ["__class__"]}), "a value of unknown kind"),
        (forge({"value": ["dict", "a"]}), "a malformed dict"),
        (forge({"value": ["dict", ["list"], 1]}), "a malformed dict"),
        (forge({"value": ["array", "object", [1]]}, bytes(16)), "an array of unknown type or shape"),
        (forge({"value": ["array", "O", [1]]}, bytes(16)), "an array of unknown type or shape"),
        (forge({"value": ["array", ["float64"], [1]]}, bytes(16)), "a value with wrong fields"),
        (forge({"value": ["array", "float64", [1], "F"]}, bytes(16)), "a value with wrong fields"),
        (forge({"value": ["array", "float64", [1], [1], [1]]}, bytes(16)), "a value with wrong fields"),
        (forge({"value": ["array", "float64", [-1]]}), "an array of unknown type or shape"),
        (forge({"value": ["array", "float64", [True]]}, bytes(16)), "an array of unknown type or shape"),
        (forge({"value": ["array", "float64", [2.0]]}, bytes(16)), "an array of unknown type or shape"),
        (forge({"value": ["array", "float64", [1 << 62]]}), "an array of unknown type or shape"),
        (forge({"value": ["array", "float64", [1 << 39, 1 << 39]]}), "a value larger than its frame"),
        (forge({"value": ["array", "float64", [1] * 33]}, bytes(16)), "an array of unknown type or shape"),
        (forge({"value": ["array", "float64", [0, *[1 << 39] * 20]]}), "a malformed value"),
        (forge({"value": ["array", "float64", [3]]}, bytes(16)), "a value larger than its frame"),
        (forge({"value": ["array", "float64", [1]]}, bytes(32)), "bytes that belong to no value"),
        (forge({"value": 1}, bytes(16)), "bytes that belong to no value"),
        (forge({"value": ["scalar", "float64"]}), "a malformed"),
        (forge({"value": ["scalar", "float64", "1"]}), "a malformed number"),
        (forge({"value": ["scalar", "complex64", 1.0, "x"]}), "a malformed number"),
        (forge({"value": ["scalar", "int8", 300]}), "a malformed value"),
        (forge({"value": ["scalar", ["x"], 300]}), "a malformed value"),
        (forge({"value": ["tensor", "float64", [0], 1, ""]}), "a value with wrong fields"),
        (forge({"value": ["tensor", "float64", [0], True, "os.system"]}), "a tensor of unknown type"),
        (forge({"value": ["int", "zz"]}), "a malformed integer"),
        (forge({"value": ["int", "0x1f"]}), "a malformed integer"),
        (forge({"value": ["int", "f" * 5000]}), "a malformed integer"),
        (forge({"value": ["complex", 1, 2]}), "a value with wrong fields"),
        (forge({"value": ["bytes", -1]}), "a value larger than its frame"),
        (forge({"value": ["bytes", 1 << 62]}), "a value larger than its frame"),
        (forge({"value": ["text", 1 << 30]}), "a text of more than 1 MB"),
        (forge({"value": ["text", "a"]}), "a value with wrong fields"),
        (forge({"value": json.loads("[" * 40 + "]" * 40)}), "a value of unknown kind"),
        (forge(b'{"value":' + b'["list",' * 60 + b"0" + b"]" * 60 + b"}"), "values nested too deeply"),
    ],
)
def test_a_forged_frame_is_refused_with_a_sentence(frame, sentence):
    with pytest.raises(WireError, match="^" + sentence):
        unpack(frame)


def test_the_largest_of_all_that_is_counted_is_read():
    assert wire.read_prefix(wire.PREFIX.pack(b"cnn1", 4 << 20, LIMIT + 16), LIMIT) == (4 << 20, LIMIT + 16)
    assert unpack(forge(b'{"value": ' + b"1" * 20 + b"}")) == int("1" * 20)
    assert unpack(forge(b'{"value": 0.' + b"1" * 38 + b"}")) == float("0." + "1" * 38)
    assert unpack(forge({"value": ["int", "-" + "f" * 1024]})) == -(16**1024) + 1
    with pytest.raises(WireError, match="^too many values"):
        unpack(forge(b'{"value":["list"' + b",0" * 1_199_999 + b"]}"))  # with two brackets: one too many
    assert len(unpack(forge(b'{"value":["list"' + b",0" * 1_199_998 + b"]}"))) == 1_199_998


@pytest.mark.parametrize(
    "array, steps",
    [
        (np.zeros((3, 4)), [4, 1]),
        (np.zeros((3, 4)).T, [1, 4]),
        (np.zeros(10)[::-3], [-3]),
        (np.zeros((1, 4)), [4, 1]),
        (np.broadcast_to(np.zeros(1), (3,)), []),  # shared memory
        (np.lib.stride_tricks.as_strided(np.zeros(9), (3, 3), (8, 16)), []),  # neighbours overlap
        (np.zeros((0, 3)), []),
        (np.zeros(2, "f4, f8")["f1"], []),  # between items
        (np.zeros(31)[::30], [30]),  # the most memory that two items may be a view of
        (np.zeros(33)[::32], []),
    ],
)
def test_the_steps_of_an_array(array, steps):
    assert wire.read_steps(array) == steps


def test_a_forged_layout_is_of_no_use():
    """The judge keeps no layout: what a worker says about it is not even looked at."""
    for steps in ([1 << 60], [-9], ["x"], [], [[]], [None]):
        assert unpack(forge({"value": ["array", "float64", [2], steps]}, bytes(16))).tolist() == [0, 0]


def test_a_bool_that_is_neither_true_nor_false_becomes_true():
    array = unpack(forge({"value": ["array", "bool", [3]]}, b"\x00\x01\x07" + bytes(13)))
    assert array.tolist() == [False, True, True] and array.view(np.uint8).max() == 1


def test_random_bytes_and_damaged_frames_are_read_or_refused_and_nothing_else():
    rng = random.Random(231)
    good = pack({"x": [np.arange(5.0), "text", 1 + 2j, (None, 2**70)], "t": Tensor(np.ones(2)), "long": "y" * 300})
    read = 0
    for round_ in range(3000):
        frame = bytearray(good if round_ % 3 else rng.randbytes(rng.randrange(16, 200)))
        for _ in range(rng.randrange(1, 4)):
            frame[rng.randrange(len(frame))] = rng.randrange(256)
        if round_ % 5 == 0:
            del frame[rng.randrange(16, len(frame) + 1) :]
        try:
            unpack(bytes(frame))
            read += 1
        except WireError:
            pass
    assert 0 < read < 2000  # some damage is only another number; most is seen


def test_random_headers_are_read_or_refused_and_nothing_else():
    rng = random.Random(498)
    words = [
        "list",
        "tuple",
        "dict",
        "array",
        "scalar",
        "tensor",
        "int",
        "complex",
        "bytes",
        "text",
        "handle",
        "float64",
        "bool",
    ]

    def node(depth):
        choice = rng.randrange(12)
        if choice < 5 and depth:
            return [rng.choice(words), *(node(depth - 1) for _ in range(rng.randrange(5)))]
        if choice == 5 and depth:
            return {"a": node(depth - 1)}
        if choice < 8:
            return rng.choice(words)
        return rng.choice([0, 1, -1, 2**40, 1.5, math.nan, math.inf, True, None, 10**19, [], [2], "\ud800"])

    read = 0
    for _ in range(5000):
        try:
            unpack(forge({"value": node(4)}, bytes(16 * rng.randrange(3))))
            read += 1
        except WireError:
            pass
    assert 0 < read < 5000  # both happen
