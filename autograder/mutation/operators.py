"""All operators, those first whose slip students make most often."""

from __future__ import annotations

import ast

from autograder.mutation import calls, expressions, statements
from autograder.mutation.making import Operator

# The order is that of the banks' mistakes and of what teaching this course has shown: indices, names and axes before
# types and constants. Who looks for a student's slip tries them in this order.
OPERATORS: tuple[Operator, ...] = (
    Operator("names", (ast.Name,), expressions.swap_names, "a name of the same kind"),
    Operator("operand", (ast.BinOp,), expressions.leave_out_operand, "an operand left out"),
    Operator("index", (ast.Name,), expressions.multiply_index, "an index without its stride"),
    Operator("bound", (ast.expr,), expressions.shift_bound, "a bound off by one"),
    Operator("axis", (ast.Call,), calls.change_axis, "another axis"),
    Operator("number", (ast.Constant,), expressions.shift_number, "an int off by one"),
    Operator("grouping", (ast.BinOp,), expressions.regroup, "parentheses left out"),
    Operator("assignment", (ast.AugAssign,), statements.overwrite, "`=` for `+=`"),
    Operator("accumulation", (ast.Assign,), statements.accumulate, "`+=` for `=`"),
    Operator("keepdims", (ast.Call,), calls.flip_keepdims, "keepdims left out or added"),
    Operator("sign", (ast.expr,), expressions.change_sign, "a sign"),
    Operator("arithmetic", (ast.BinOp,), expressions.swap_operators, "another arithmetic operator"),
    Operator("operands", (ast.BinOp,), expressions.swap_operands, "operands swapped"),
    Operator("comparison", (ast.Compare,), expressions.swap_bounds, "a comparison's bound or direction"),
    Operator("strings", (ast.Constant,), expressions.swap_strings, "a key or a mode of the same kind"),
    Operator("transposition", (ast.expr,), calls.transpose, "a transposition left out, added or in another order"),
    Operator("arguments", (ast.Call,), calls.swap_arguments, "arguments swapped"),
    Operator("related call", (ast.Call,), calls.call_related, "a function that is alike"),
    Operator("slice", (ast.Slice,), expressions.change_slice, "a slice's start, end or step"),
    Operator("order", (ast.Tuple, ast.List), expressions.swap_places, "neighbours swapped"),
    Operator("results", (ast.Return,), statements.reorder_results, "results swapped or left out"),
    Operator("unpacking", (ast.Assign,), statements.reorder_names, "names unpacked in the wrong order"),
    Operator("ddof", (ast.Call,), calls.change_ddof, "ddof"),
    Operator("eps", (ast.expr,), calls.move_eps, "eps outside the root, or in it"),
    Operator("weights", (ast.BinOp,), expressions.swap_weights, "the weights of a running average swapped"),
    Operator("complement", (ast.expr,), expressions.complement_weight, "`momentum` for `1 - momentum`"),
    Operator("omission", (ast.stmt,), statements.leave_out, "a statement left out"),
    Operator("call", (ast.Call,), calls.leave_out_call, "a call left out"),
    Operator("argument", (ast.Call,), calls.leave_out_argument, "an argument left out"),
    Operator("in place", (ast.Assign,), statements.work_in_place, "in place where a copy was made"),
    Operator("copy", (ast.AugAssign,), statements.work_on_copy, "a copy where the array itself was changed"),
    Operator("memory", (ast.Call,), calls.share_memory, "a view where a copy was made"),
    Operator("logic", (ast.expr,), expressions.swap_logic, "a condition turned round"),
    Operator("branches", (ast.IfExp,), expressions.swap_branches, "the branches of a condition"),
    Operator("attribute", (ast.Attribute,), expressions.swap_attributes, "an attribute of the same kind"),
    Operator("return", (ast.stmt,), statements.return_early, "`return` in the loop"),
    Operator("loop", (ast.stmt,), statements.break_off, "break and continue"),
    Operator("constant", (ast.Constant,), expressions.scale_number, "a float of another size"),
    Operator("switch", (ast.Constant,), expressions.flip_bool, "True for False"),
    Operator("type", (ast.expr,), calls.change_type, "another type of numbers"),
)
