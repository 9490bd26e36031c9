"""What code of a student's may hold that becomes a mistake of the bank: there it runs in the judge, unlike a student's.

So nothing stands here by which code could reach a file, a process, another module or Python's own insides, and nothing
that can run for ever. What is missing can be written into the bank by hand.
"""

from __future__ import annotations

import ast

MODULES = {"numpy": "np", "math": "math", "itertools": "itertools", "functools": "functools", "operator": "operator"}

BUILTINS = frozenset(
    "abs all any bool complex dict divmod enumerate filter float int isinstance len list map max min pow range "
    "reversed round set slice sorted sum tuple zip ArithmeticError AssertionError Exception IndexError KeyError "
    "TypeError ValueError ZeroDivisionError True False None".split()
)

# Of arrays, lists, dicts, and of the modules above. `as_strided` reads whatever lies in memory; `random`, `load`,
# `save`, `memmap`, `ctypeslib` and the like are not needed to compute anything.
ATTRIBUTES = frozenset(
    "T abs absolute accumulate add all allclose amax amin any append apply_along_axis arange argmax argmin argsort "
    "array array_equal array_split asarray ascontiguousarray astype at atleast_1d atleast_2d average bincount bool_ "
    "broadcast_to ceil chain clip column_stack combinations concatenate conj convolve copy copyto correlate cosh "
    "count count_nonzero cumprod cumsum diag diff divide divmod dot dstack dtype e einsum empty empty_like equal "
    "exp expand_dims expm1 extend eye fill flat flatten flip fliplr flipud float16 float32 float64 floor "
    "floor_divide floordiv full full_like get greater greater_equal hstack imag indices inf inner insert int16 "
    "int32 int64 int8 intp isclose isfinite isinf isnan item items ix_ keys kron less less_equal lib linalg "
    "linspace log log1p log2 logical_and logical_not logical_or matmul max maximum mean median meshgrid min minimum "
    "mod moveaxis mul multiply nan nan_to_num ndarray ndenumerate ndim ndindex negative newaxis nonzero norm "
    "not_equal ones ones_like outer pad partial pi pop power prod product put put_along_axis ravel "
    "ravel_multi_index real reciprocal reduce remainder repeat reshape resize reverse rint roll rollaxis rot90 "
    "round searchsorted setdefault shape sign sinh size sliding_window_view sort split sqrt square squeeze stack "
    "std stride_tricks sub subtract sum swapaxes take take_along_axis tanh tensordot tile tolist transpose tril "
    "triu true_divide truediv trunc uint8 unique unravel_index update values var vectorize vstack where zeros "
    "zeros_like zip_longest".split()
)

KEYWORDS = frozenset(
    "axis keepdims dtype ddof mode constant_values axes out where initial order shape step start stop num endpoint "
    "repeat key default optimize a_min a_max copy side return_index fill_value window_shape reverse".split()
)

STRINGS = frozenset("constant edge reflect symmetric wrap empty C F A K float64 float32 float16 int64".split())

NODES: tuple[type[ast.AST], ...] = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.AugAssign, ast.For, ast.If),
    *(ast.Expr, ast.Raise, ast.Try, ast.ExceptHandler, ast.Break, ast.Continue, ast.Pass, ast.Assert, ast.Delete),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.keyword, ast.Attribute, ast.Subscript, ast.Slice),
    *(ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.GeneratorExp, ast.DictComp),
    *(ast.SetComp, ast.comprehension, ast.IfExp, ast.Lambda, ast.Starred, ast.expr_context, ast.operator),
    *(ast.unaryop, ast.boolop, ast.cmpop),
)
IN_WORDS = {
    "While": "a while loop, which might never end on other inputs",
    "ClassDef": "a class",
    "Global": "a global variable",
    "Nonlocal": "a nonlocal variable",
    "With": "a with statement",
    "Yield": "a generator",
    "YieldFrom": "a generator",
}
