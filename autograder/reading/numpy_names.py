"""Names that one NumPy has and another has not, where what they mean is certain.

A student's notebook may be written for NumPy 1.26 or for a newer one than the grader's. What it uses of this table, and
the grader's NumPy lacks, is put into the worker's NumPy before anything of the notebook runs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

import numpy

from autograder.reading.statements import Problem, Statement, Unit

OLD = {  # gone with NumPy 1.24 to 2.x → what it was
    **{name: "inf" for name in ("Inf", "Infinity", "infty", "PINF")},
    **{name: "nan" for name in ("NaN", "NAN")},
    **{"NINF": "-inf", "PZERO": "float64(0.0)", "NZERO": "float64(-0.0)"},
    **{"product": "prod", "cumproduct": "cumprod", "sometrue": "any", "alltrue": "all", "round_": "round"},
    **{"float_": "float64", "complex_": "complex128", "cfloat": "complex128", "singlecomplex": "complex64"},
    **{"longfloat": "longdouble", "longcomplex": "clongdouble", "clongfloat": "clongdouble"},
    **{"string_": "bytes_", "unicode_": "str_", "mat": "asmatrix", "row_stack": "vstack"},
    **{"bool8": "bool_", "int0": "intp", "uint0": "uintp", "object0": "object_", "str0": "str_", "bytes0": "bytes_"},
    **{"trapz": "trapezoid", "asscalar": "ndarray.item", "msort": "lambda a: numpy.sort(a, axis=0)"},
    **{"asfarray": "lambda a, dtype=float: numpy.asarray(a, dtype)"},
    **{"in1d": "lambda a, b, *args, **kwargs: numpy.isin(numpy.ravel(a), b, *args, **kwargs)"},
    **{"math": "__import__('math')"},
}
BUILTIN = ("bool", "int", "float", "complex", "object", "str")  # np.float was Python's own float
NEW = {  # in NumPy 2, and not before → what it is
    **{"concat": "concatenate", "permute_dims": "transpose", "pow": "power", "trapezoid": "trapz"},
    **{"acos": "arccos", "asin": "arcsin", "atan": "arctan", "atan2": "arctan2"},
    **{"acosh": "arccosh", "asinh": "arcsinh", "atanh": "arctanh", "bitwise_invert": "invert"},
    **{"bitwise_left_shift": "left_shift", "bitwise_right_shift": "right_shift"},
}
MEANINGS = {**OLD, **NEW}
NAMES = re.compile(rf"\b(?:{'|'.join([*MEANINGS, *BUILTIN])})\b")
WORDS = re.compile(rf"{NAMES.pattern}|\bimport\b")


def supply_names(units: Iterable[Unit]) -> tuple[list[Statement], list[Problem]]:
    """The statements that give NumPy the names which these units use and it lacks, and a note."""
    used = sorted(_find_used(units))
    given = {name: meaning for name in used if (meaning := find_meaning(name))}
    if not given:
        return [], []
    lines = [f"numpy.{name} = {meaning}" for name, meaning in given.items()]
    names = ", ".join(f"np.{name}" for name in given)
    text = f"written for another NumPy than the grader's {numpy.__version__}, which lacks {names}: supplied"
    source = "\n".join(["import numpy", *lines, "del numpy"])
    return [Statement(source, 0, 1, ())], [Problem(0, 1, text)]


def find_meaning(name: str) -> str:
    """What a name that this NumPy lacks stands for, as an expression; "" if it has it, or nobody can say."""
    if name in BUILTIN:
        return "" if name in vars(numpy) else name
    meaning = MEANINGS.get(name, "")
    if not meaning or _has(name):
        return ""
    if not meaning.lstrip("-").split("(")[0].replace(".", "").isidentifier() or meaning.startswith("__"):
        return meaning  # an expression of its own
    meaning = f"-numpy.{meaning[1:]}" if meaning[0] == "-" else f"numpy.{meaning}"
    return meaning if _has(meaning.lstrip("-").split(".")[1].split("(")[0]) else ""


def _has(name: str) -> bool:
    """Whether NumPy has a name, without the warning that asking for an old one gives."""
    return name in vars(numpy) or name in dir(numpy)


def _find_used(units: Iterable[Unit]) -> set[str]:
    """Names of the table that some statements ask NumPy for."""
    units = [unit for unit in units if WORDS.search(unit.statement.code)]
    if not any(NAMES.search(unit.statement.code) for unit in units):
        return set()
    aliases, used = {"np", "numpy"}, set()
    trees = [ast.parse(unit.statement.text) if unit.statement.text else unit.node for unit in units]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    for node in nodes:
        if isinstance(node, ast.Import):
            aliases |= {alias.asname for alias in node.names if alias.name == "numpy" and alias.asname}
        elif isinstance(node, ast.ImportFrom) and node.module == "numpy":
            used |= {alias.name for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            used.add(node.attr)
    return used & (MEANINGS.keys() | set(BUILTIN))
