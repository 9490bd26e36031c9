"""A student's code as it may go into the bank: nothing in it says whose it was, and nothing but arithmetic is in it.

Comments, docstrings, annotations, printed and spoken texts go; names are the course's own or numbered; of texts only
those stay that the course or NumPy knows. What is then left has to be in `vocabulary.py`, or it is refused.
"""

from __future__ import annotations

import ast
import builtins
import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from autograder import AutograderError
from autograder.collecting.class_list import Student
from autograder.course.course import Assignment
from autograder.course.reference import solution_source
from autograder.learning.vocabulary import ATTRIBUTES, BUILTINS, IN_WORDS, KEYWORDS, MODULES, NODES, STRINGS
from autograder.mistakes import HONEST
from cnnlab.signatures import SIGNATURES, graded_names

MOST_DIGITS = 5  # of a number: more may be an id
SUBSCRIPTS = re.compile(r"[A-Za-z.,\s]*(?:->[A-Za-z.\s]*)?")  # of einsum


class NotAnonymous(AutograderError):
    """Code that can't become a mistake of the bank; the text is the end of a sentence: what is in it."""


def anonymous(source: str, imports: str, assignment: Assignment) -> str:
    """The code with nothing of its author's in it.

    Args:
        source: functions and constants, without imports.
        imports: the import statements of the program that it is from.

    Raises:
        NotAnonymous: something in it can't be made so, or may not run in the judge.
    """
    try:
        tree = Bare(aliases_of(imports)).visit(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotAnonymous("it is no Python that can be read") from None
    tree.body = [node for node in tree.body if not isinstance(node, ast.Pass)]
    renaming = Renaming(tree, assignment)
    tree = ast.parse(ast.unparse(ast.fix_missing_locations(renaming.visit(tree))))
    require_harmless(tree, assignment)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - bound_in(tree)
    needed = [f"import {name}" for name in sorted({*MODULES.values()} - {"np"}) if name in used]
    return "\n".join([*needed, "\n\n".join(ast.unparse(node) for node in tree.body)]) + "\n"


def aliases_of(imports: str) -> dict[str, str]:
    """Names that imports bind -> what they are here: `numpy as n` -> np, `from numpy import pad as p` -> np.pad."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(imports)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                module = MODULES.get(alias.name.partition(".")[0], "")
                found[alias.asname or alias.name.partition(".")[0]] = module or alias.name
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            found |= {alias.asname or alias.name: f"{MODULES[node.module]}.{alias.name}" for alias in node.names}
    return found


class Bare(ast.NodeTransformer):
    """Drops what says something to people and computes nothing, and writes modules as the course does."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self._aliases = dict(aliases)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if node.decorator_list:
            raise NotAnonymous("a decorator is in it")
        node.returns, node.type_comment = None, None
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(node.arg)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.visit(ast.Assign([node.target], node.value))

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Docstrings, and what is printed."""
        is_print = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "print"
        return None if is_print or isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST:
        return self._filled(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._filled(node)

    def visit_Try(self, node: ast.Try) -> ast.AST:
        return self._filled(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        return self._filled(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """The class of the exception, without its words."""
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return ast.Raise(raised, None)

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return self.generic_visit(ast.Assert(node.test, None))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        known = self._aliases.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return node if known is None else ast.parse(known, mode="eval").body

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return ast.Constant("")

    def _filled(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        if not node.body:  # type: ignore[attr-defined]
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
        return node


class Renaming(ast.NodeTransformer):
    """Every name becomes one of the course's, or a number: each function has names of its own."""

    def __init__(self, tree: ast.Module, assignment: Assignment) -> None:
        self._words = words_of(assignment)
        self._graded = set(graded_names(assignment.name))
        self._texts: dict[str, str] = {}
        self._subscripts: set[int] = set()  # of einsum: texts that are letters already
        self._functions: dict[str, dict[str, str]] = {}  # of each function at the top: its own names, anew
        self._local: dict[str, str] = {}
        self._globals: dict[str, str] = {}
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        for node in functions:
            if node.name not in self._graded:
                self._globals[node.name] = f"helper_{len(self._globals) + 1}"
        constants = sorted({name for node in tree.body if node not in functions for name in stored_in(node)})
        self._globals |= {name: f"value_{number}" for number, name in enumerate(constants, 1)}
        for node in functions:
            self._functions[node.name] = self._names_in(node)

    def _names_in(self, node: ast.FunctionDef) -> dict[str, str]:
        """Of one function, what each of its own names becomes."""
        parameters = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
        wanted = SIGNATURES[node.name].parameters if node.name in self._graded else ()
        wanted = tuple(name.strip("*") for name in wanted)
        found = dict(zip(parameters, wanted)) if len(parameters) == len(wanted) else {}
        taken = {*found.values(), *self._globals.values(), *self._graded, *MODULES.values(), *BUILTINS}
        for name in [*parameters, *stored_in(node)]:
            if name not in found:
                new = name if name in self._words and name not in taken else self._number(taken)
                found[name] = new
                taken.add(new)
        return found

    @staticmethod
    def _number(taken: set[str]) -> str:
        return next(name for number in range(1, len(taken) + 2) if (name := f"v{number}") not in taken)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if self._local:  # one within another
            node.name = self._local.get(node.name, node.name)
            self.generic_visit(node)
            return node
        self._local = self._functions[node.name]
        node.name = self._globals.get(node.name, node.name)
        self.generic_visit(node)
        self._local = {}
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._new(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._new(node.arg)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        node.name = None if node.name is None else self._new(node.name)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        callee = node.func.id if isinstance(node.func, ast.Name) else ""
        theirs = self._functions.get(callee, self._local if callee in self._local else {})
        for keyword in node.keywords:
            if keyword.arg is not None:
                keyword.arg = theirs.get(keyword.arg, keyword.arg)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "einsum" and node.args:
            node.args[0] = subscripts(node.args[0])
            self._subscripts.add(id(node.args[0]))
        self.generic_visit(node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """Texts that only the student knows are numbered, alike where they are alike: they may be keys."""
        value = node.value
        if isinstance(value, str) and id(node) not in self._subscripts and value not in self._words | STRINGS:
            return ast.Constant(self._texts.setdefault(value, f"text {len(self._texts) + 1}"))
        return node

    def _new(self, name: str) -> str:
        new = self._local.get(name, self._globals.get(name, name))
        known = {*self._graded, *MODULES.values(), *BUILTINS}
        if new == name and name not in known and name not in self._local and hasattr(builtins, name):
            raise NotAnonymous(f"the name {name} is in it, which is not among what may run in the judge")
        return new if new != name or name in known or name in self._local else "not_defined"


def subscripts(node: ast.expr) -> ast.expr:
    """einsum's letters in the order in which they occur."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return node
    text = "".join(node.value.split())
    if not SUBSCRIPTS.fullmatch(text) or ("." in text and "->" not in text):
        raise NotAnonymous("an einsum is in it that can't be read")
    letters = list(dict.fromkeys(filter(str.isalpha, text)))
    if "->" not in text:  # NumPy then takes the letters that occur once, in the order of the alphabet
        text = f"{text}->{''.join(sorted(letter for letter in letters if text.count(letter) == 1))}"
    new = dict(zip(letters, string.ascii_letters))
    return ast.Constant("".join(new.get(character, character) for character in text))


def stored_in(node: ast.AST) -> list[str]:
    """The names that a statement binds, wherever in it, but for its own."""
    names = []
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            names.append(part.id)
        elif isinstance(part, ast.arg):
            names.append(part.arg)
        elif isinstance(part, ast.ExceptHandler) and part.name:
            names.append(part.name)
        elif isinstance(part, ast.FunctionDef) and part is not node:
            names.append(part.name)
    return list(dict.fromkeys(names))


def bound_in(tree: ast.Module) -> set[str]:
    return {name for node in tree.body for name in stored_in(node)}


@cache
def words_of(assignment: Assignment) -> frozenset[str]:
    """The names and texts that the course itself uses in an assignment: they say nothing of a student."""
    texts = [solution_source(assignment.source), *(p.read_text() for p in (HONEST / assignment.name).glob("*.py"))]
    parameters = {name for signature in SIGNATURES.values() for name in signature.parameters}
    found = {name.strip("*") for name in parameters}
    for node in (node for text in texts for node in ast.walk(ast.parse(text))):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            found.add(node.value)
    return frozenset(found)


# --- what may not be in it ------------------------------------------------------------------------------------------


def require_harmless(tree: ast.AST, assignment: Assignment) -> None:
    """NotAnonymous, with the first thing that may not be in code of the bank."""
    for problem in problems_of(tree, assignment):
        raise NotAnonymous(problem)


def problems_of(tree: ast.AST, assignment: Assignment) -> Iterator[str]:
    known = {*BUILTINS, *MODULES.values(), *graded_names(assignment.name), "not_defined"}
    bound = {name for node in ast.iter_child_nodes(tree) for name in stored_in(node)}
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if not isinstance(node, NODES):
            kind = type(node).__name__
            yield f"{IN_WORDS.get(kind, f'a thing that Python calls {kind}')} is in it"
        elif isinstance(node, ast.Attribute) and node.attr not in ATTRIBUTES:
            yield f"“.{node.attr}” is in it, which is not among what may run in the judge"
        elif isinstance(node, ast.Name) and node.id not in known | bound:
            yield f"the name {node.id} is in it, which is not among what may run in the judge"
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and node.id in known:
            yield f"it gives the name {node.id} another meaning"
        elif isinstance(node, ast.keyword) and not may_be_keyword(node.arg, bound):
            yield f"the argument {node.arg}= is in it, which is not among what may run in the judge"
        elif isinstance(node, ast.Constant) and has_many_digits(node.value):
            yield "a number with many digits is in it"
        elif isinstance(node, ast.FunctionDef) and node.decorator_list:
            yield "a decorator is in it"


def may_be_keyword(name: str | None, bound: set[str]) -> bool:
    parameters = {parameter for signature in SIGNATURES.values() for parameter in signature.parameters}
    return name is None or name in KEYWORDS | bound | parameters


def has_many_digits(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, complex)):
        return isinstance(value, bytes)
    digits = re.sub(r"[^0-9]", "", re.split("e", f"{value!r}")[0]).strip("0")
    return len(digits) > MOST_DIGITS


def names_told(text: str, people: Iterable[Student], apart: Sequence[str] = ()) -> str:
    """What a text says of somebody's identity: an id, an e-mail address, a name; "" if nothing.

    Args:
        apart: words that are nobody's name here.
    """
    words = set(re.findall(r"[^\W_]+", text)) - set(apart)
    folded = text.casefold()
    for person in people:
        for long in (person.email, f"{person.first_name} {person.last_name}".strip(), *person.aliases):
            if len(long) > 2 and long.casefold() in folded:
                return long
        for short in (person.id, person.lms_id, *person.first_name.split(), *person.last_name.split()):
            if len(short) > 2 and short in words:
                return short
    return ""
