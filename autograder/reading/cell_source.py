"""The text of one code cell as Python statements, with IPython's magics out of the way and the line numbers kept."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from typing import cast

from autograder.reading.budget import Budget, count_tokens
from autograder.reading.newer import Newer, find_newer
from autograder.reading.older import FAILURES, respell
from autograder.reading.trees import last_line

PYTHON_MAGICS = ("time", "capture", "prun", "memit", "debug", "snakeviz", "pyinstrument")  # their bodies run as Python
SHELL_WORDS = frozenset(
    "pip pip3 conda mamba cd ls ll pwd cat cp mv rm mkdir rmdir man less more clear who whos".split()
)
MAX_CELL = 1_000_000  # characters; a longer cell is not parsed: its tree would take hundreds of megabytes
MAX_TOKENS = 100_000_000  # bytes of them: Python 3.12's tokenizer gives each token a copy of its line
MAX_WORK = 150_000  # lines looked through again and again while a cell is repaired
BLOCK_START = re.compile(r"[^\s#)\]}]")
CONTINUES = re.compile(r"(?:else|elif|except|finally)\b")
AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # legal in a notebook's cell


@dataclass(frozen=True)
class Mistake:
    """A place that was left out: its line in the cell, why, the lines (first, last), and whether it was looked at.

    What was looked at is not valid Python, or that of a newer one (which may have been respelled, so that nothing is
    left out); what was not is too much.
    """

    line: int
    reason: str
    first: int
    last: int
    unread: bool = False
    newer: Newer | None = None
    respelled: bool = False


def parse_cell(source: str, budget: Budget | None = None) -> tuple[str, list[ast.stmt], list[Mistake]]:
    """Parse a cell without running it.

    Returns the text that was parsed (line for line the cell's, magics replaced), its top-level statements, and what was
    left out: where a cell does not parse, its failing blocks are left out one by one and the others still count.
    """
    budget = budget or Budget()
    if len(source) > MAX_CELL or not budget.take_text(source):
        long = len(source) > MAX_CELL
        reason = f"it is longer than {MAX_CELL:,} characters" if long else "the hand-in holds too much code"
        return "", [], [Mistake(1, reason, 1, source.count("\n") + 1, unread=True)]
    tree = _try_parse(source)
    if isinstance(tree, Exception):
        source = _replace_magics(source, budget)
        tree = _try_parse(source)
    tokens = count_tokens(source) if isinstance(tree, Exception) else 0
    mistakes: list[Mistake] = []
    rounds = _count_rounds(source.count("\n"))
    while isinstance(tree, Exception):
        error = tree
        rounds = rounds - 1 if budget.take_repair(tokens) else -1
        lines = source.split("\n")
        first, last = _find_block(lines, error)
        if rounds < 0 or not any(line.strip() for line in lines[first - 1 : last]):
            first, last = 1, len(lines)
        block, kept = lines[first - 1 : last], None
        if not _is_shell_line(block):
            newer = find_newer(textwrap.dedent("\n".join(block))) if budget.take_process() else None
            kept = respell("\n".join(block)) if newer else None
            line = getattr(error, "lineno", None) or first
            mistakes.append(Mistake(line, explain(error), first, last, False, newer, kept is not None))
        source = "\n".join([*lines[: first - 1], *(kept.split("\n") if kept else [""] * len(block)), *lines[last:]])
        tree = _try_parse(source)
    body, refused = _refuse_uncompilable(tree)
    return source, body, mistakes + refused


def _try_parse(source: str) -> ast.Module | Exception:
    try:
        return ast.parse(source)
    except FAILURES as error:
        return error


def _count_rounds(lines: int) -> int:
    return max(20, min(100, MAX_WORK // (lines + 1)))


def _refuse_uncompilable(tree: ast.Module) -> tuple[list[ast.stmt], list[Mistake]]:
    """Leave out what parses and still is no program, such as `return` outside a function."""
    if _compile_error(tree) is None:
        return tree.body, []
    errors = [(node, _compile_error(ast.Module([node], []))) for node in tree.body]
    refused = [
        Mistake(getattr(error, "lineno", None) or node.lineno, explain(error), node.lineno, last_line(node))
        for node, error in errors
        if error is not None
    ]
    return [node for node, error in errors if error is None], refused


def _compile_error(tree: ast.Module) -> Exception | None:
    try:
        compile(tree, "<cell>", "exec", flags=AWAIT, dont_inherit=True)
    except FAILURES as error:
        return error
    return None


def explain(error: Exception) -> str:
    if isinstance(error, (RecursionError, MemoryError)):
        return "too deeply nested for Python's parser"
    return error.msg if isinstance(error, SyntaxError) else str(error).split(";")[0]


def _find_block(lines: list[str], error: Exception) -> tuple[int, int]:
    """The first and last line (from 1) of the top-level statement that an error lies in; the whole cell if unknown."""
    starts = [
        index
        for index, line in enumerate(lines, start=1)
        if BLOCK_START.match(line)
        and not CONTINUES.match(line)
        and not (index > 1 and lines[index - 2].startswith("@"))
    ]
    at = getattr(error, "lineno", None)
    if at is None or not starts:
        return 1, len(lines)
    message = getattr(error, "msg", "")
    if found := re.search(r"expected an indented block after .* on line (\d+)", message):
        at = int(found[1])  # the parser notices only at the statement that follows
    elif message.startswith("expected 'except'") and at in starts:
        at -= 1
    first = max((start for start in starts if start <= at), default=1)
    return first, min((start for start in starts if start > at), default=len(lines) + 1) - 1


def _is_shell_line(lines: list[str]) -> bool:
    """`pip install x` and `cd folder` without a `!`: IPython runs them, Python does not know them."""
    words = " ".join(lines).split()
    return bool(words) and words[0] in SHELL_WORDS and sum(bool(line.strip()) for line in lines) == 1


# --- magics ---------------------------------------------------------------------------------------------------------


def _replace_magics(source: str, budget: Budget) -> str:
    """Every magic, shell and help line becomes `pass` on the same line; the rest stays as it is."""
    from IPython.core.inputtransformer2 import classic_prompt, ipython_prompt  # 60 ms, and few cells need it

    lines = [line + "\n" for line in source.split("\n")]
    if not _drop_cell_magics(lines):
        return "\n" * source.count("\n")
    filled = next((line for line in lines if line.strip()), "")
    if filled[:1].isspace():
        lines = [line + "\n" for line in textwrap.dedent("".join(lines)).split("\n")[:-1]]
    lines = ipython_prompt(classic_prompt(lines))
    return "".join(_replace_line_magics(lines, budget))[:-1]


def _drop_cell_magics(lines: list[str]) -> bool:
    """Blank `%%time` and its like, in place; False for a cell in another language, such as `%%bash`."""
    for index, line in enumerate(lines):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = re.match(r"%%(\w*)", line)
        if not found:
            return True
        if found[1] not in PYTHON_MAGICS:
            return False
        lines[index] = "\n"
    return True


def _replace_line_magics(lines: list[str], budget: Budget) -> list[str]:
    """IPython's own finders tell a magic from a line of a string or an expression; each may uncover the next."""
    from IPython.core.inputtransformer2 import TokenTransformBase, TransformerManager, make_tokens_by_line

    if sum(len(line) ** 2 for line in lines) > MAX_TOKENS:
        return lines
    finders = cast("list[type[TokenTransformBase]]", TransformerManager().token_transformers)
    size = count_tokens("".join(lines))
    for _ in range(_count_rounds(len(lines))):
        if not budget.take_repair(2 * size):
            break
        try:
            tokens = make_tokens_by_line(lines)
            found = [transformer for transformer in (finder.find(tokens) for finder in finders) if transformer]
            if not found:
                break
            first = min(found, key=lambda transformer: transformer.sortby())
            lines = _replace(lines, first.start_line, first.transform(lines))
        except (SyntaxError, IndexError, RecursionError, ValueError):  # the parser then says what is wrong
            break
    return lines


def _replace(lines: list[str], at: int, transformed: list[str]) -> list[str]:
    timed = re.sub(r"(^|=)(\s*)%time\s+(?=\S)", r"\1\2", lines[at])  # `%time f()` runs f() in the notebook's namespace
    if timed != lines[at]:
        return [*lines[:at], timed, *lines[at + 1 :]]
    indent = transformed[at][: len(transformed[at]) - len(transformed[at].lstrip())]
    shorter = len(lines) - len(transformed)
    return [*lines[:at], f"{indent}pass\n", *["\n"] * shorter, *transformed[at + 1 :]]
