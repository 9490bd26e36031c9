"""Code that goes into the bank: nothing says whose it was, and nothing but arithmetic is in it."""

from __future__ import annotations

import ast

import pytest

from autograder.collecting.class_list import Student
from autograder.course.course import load_course
from autograder.learning.anonymous import NotAnonymous, anonymous, names_told, problems_of
from autograder.learning.vocabulary import ATTRIBUTES, BUILTINS, KEYWORDS
from autograder.proving.check import bank_of

COURSE = load_course()
A1 = COURSE.assignment("a1_convolution")
ADA = Student("120037", "Ada", "Lovelace", "ada.lovelace@example.org", "77001", aliases=("alove",))
IDENTITY = ("ada", "lovelace", "120037", "example", "77001", "alove")


def made(source: str, imports: str = "import numpy as np") -> str:
    return anonymous(source, imports, A1)


def body(text: str) -> str:
    """The line after `def f(layers):`."""
    return made(f"def receptive_field(layers):\n    {text}\n").splitlines()[-1].strip()


@pytest.mark.parametrize(
    "planted",
    [
        '"""Written by Ada Lovelace, 120037."""\n    return 1',
        "# ada.lovelace@example.org\n    return 1",
        "ada_lovelace = 1\n    return ada_lovelace",
        "def ada(lovelace):\n        return lovelace\n    return ada(lovelace=1)",
        "return (lambda ada: ada)(1)",
        "return [ada for ada in layers]",
        'note = "Ada Lovelace"\n    return 1',
        'note = f"by {layers} of ada"\n    return 1',
        'print("120037")\n    return 1',
        'x = {"ada": 1}\n    return x["ada"]',
        'raise ValueError("Ada Lovelace says no")',
        'assert layers, "ada"\n    return 1',
        'raise ValueError(f"{layers} ada")',
        'try:\n        return 1\n    except ValueError as ada:\n        return "lovelace"',
        "x: 'Ada Lovelace' = 1\n    return x",
        'return np.einsum("ada->d", layers)',
        "for ada, lovelace in layers:\n        pass\n    return ada",
        "(ada := 1)\n    return 1",
        'x = "ada"\n    return 1',
        "return ada_is_not_defined",
    ],
)
def test_nothing_of_an_identity_is_left(planted):
    """Whatever could hold it: a comment, a text, a name; or the code is refused."""
    try:
        text = made(f"def receptive_field(layers, ada=1) -> 'Ada':\n    {planted}\n").casefold()
    except NotAnonymous:
        return
    assert not any(word in text for word in IDENTITY), text


def test_helpers_constants_and_parameters_get_the_courses_names_or_numbers():
    text = made(
        "ADA = 3\n\ndef lovelace(ada, times=2):\n    return ada * times\n\n"
        "def cross_correlate2d(bild, kern):\n    W = ADA\n    mine = lovelace(ada=W, times=1)\n"
        "    return bild * mine + kern\n"
    )
    assert text.strip() == (
        "value_1 = 3\n\ndef helper_1(v1, v2=2):\n    return v1 * v2\n\n"
        "def cross_correlate2d(x, k):\n    W = value_1\n    v1 = helper_1(v1=W, v2=1)\n    return x * v1 + k"
    )


def test_modules_are_called_as_the_course_calls_them():
    text = made(
        "def receptive_field(layers):\n    return n.sum(pad(layers, 1)) + m.prod(layers) + it.chain(layers)\n",
        "import numpy as n\nfrom numpy import pad\nimport math as m, itertools as it",
    )
    assert "np.sum(np.pad(layers, 1)) + math.prod(layers) + itertools.chain(layers)" in text
    assert text.startswith("import itertools\nimport math\n")


def test_texts_that_are_keys_stay_alike():
    text = made('def receptive_field(layers):\n    c = {"mein": 1, "stride": 2}\n    return c["mein"] + c["stride"]\n')
    assert "{'text 1': 1, 'stride': 2}" in text and "['text 1'] + " in text and "['stride']" in text


def test_einsum_keeps_its_meaning():
    assert body('return np.einsum("zaq, qb", layers, layers)') == "return np.einsum('abc,cd->bda', layers, layers)"


@pytest.mark.parametrize(
    "text, said",
    [
        ("while layers:\n        pass", "a while loop, which might never end"),
        ('return open("x")', "the name open is in it"),
        ('return eval("1")', "the name eval is in it"),
        ('return __import__("os")', "the name __import__ is in it"),
        ("return layers.__class__", "“.__class__” is in it"),
        ("return ().__class__.__base__.__subclasses__()", "is not among what may run"),
        ('return np.load("x")', "“.load” is in it"),
        ('np.save("x", layers)\n    return 1', "“.save” is in it"),
        ("return np.random.rand()", "“.rand” is in it"),
        ("return np.lib.stride_tricks.as_strided(layers)", "“.as_strided” is in it"),
        ("import os\n    return os", "a thing that Python calls Import is in it"),
        ("global x\n    x = 1", "a global variable is in it"),
        ("yield 1", "a generator is in it"),
        ("with layers:\n        pass", "a with statement is in it"),
        ("return 120037", "a number with many digits"),
        ("return 0.120037", "a number with many digits"),
        ("return np.sum(layers, ada=1)", "the argument ada= is in it"),
        ('return "{0.__class__}".format(layers)', "“.format” is in it"),
        ("return b'ada'", "a number with many digits"),
        ("return np.einsum(layers[0] + '!', layers) if 0 else np.einsum('a!', layers)", "an einsum is in it"),
        ("return (x := 1)", "a thing that Python calls NamedExpr"),
    ],
)
def test_what_may_not_run_in_the_judge_is_refused(text, said):
    with pytest.raises(NotAnonymous) as error:
        made(f"def receptive_field(layers):\n    {text}\n")
    assert said.split("is in it")[0].strip() in str(error.value)


@pytest.mark.parametrize(
    "text", ["def f(:", "@layers\ndef receptive_field(layers):\n    return 1\n", "class A:\n    x = 1\n"]
)
def test_what_is_no_function_is_refused(text):
    with pytest.raises(NotAnonymous):
        made(text)


def test_what_is_allowed_reaches_nothing():
    """No name by which code gets out of arithmetic is in the lists."""
    dangerous = {"eval", "exec", "open", "compile", "getattr", "setattr", "vars", "globals", "locals", "type", "input"}
    dangerous |= {"load", "save", "memmap", "fromfile", "tofile", "ctypeslib", "random", "format", "frompyfunc", "f2py"}
    dangerous |= {"as_strided", "loadtxt", "genfromtxt", "savetxt", "DataSource", "ctypes", "data", "base", "tobytes"}
    assert not dangerous & (ATTRIBUTES | BUILTINS | KEYWORDS)
    assert not [name for name in ATTRIBUTES | BUILTINS if name.startswith("_")]


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_what_was_learned_is_harmless(assignment):
    from autograder.mistakes.learned import learned

    for mistake in learned(assignment.name):
        tree = ast.parse(mistake.source)
        tree.body = [node for node in tree.body if not isinstance(node, ast.Import)]
        assert not [*problems_of(tree, assignment)], mistake.name


@pytest.mark.whole
def test_most_of_the_bank_could_have_been_learned():
    """What is allowed is enough for what students write."""
    possible = 0
    bank = [mistake for mistake in bank_of(A1) if not mistake.slow]
    for mistake in bank:
        tree = ast.parse(mistake.source)
        imports = "\n".join(ast.unparse(node) for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom)))
        rest = [node for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
        try:
            anonymous("\n".join(map(ast.unparse, rest)), imports, A1)
            possible += 1
        except NotAnonymous:
            pass
    assert possible > 0.8 * len(bank)


@pytest.mark.parametrize(
    "text, told",
    [
        ("the step of Ada", "Ada"),
        ("by 120037", "120037"),
        ("LMS 77001", "77001"),
        ("ask ada.lovelace@example.org", "ada.lovelace@example.org"),
        ("ada lovelace's way", "Ada Lovelace"),
        ("of alove", "alove"),
        ("the ada of it", ""),  # a word in small letters is no name
        ("the stride added twice", ""),
    ],
)
def test_names_and_ids_are_found(text, told):
    assert names_told(text, [ADA, Student("x")]) == told
