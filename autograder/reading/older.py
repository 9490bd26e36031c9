"""Code of a newer Python in an older spelling that means the same, line for line.

Three things are respelled, which are all that most notebooks have of Python 3.12 and later: f-strings with their own
quotes, backslashes or comments inside (PEP 701) become `"...".format(...)`; type parameters (PEP 695) are left out;
`except A, B:` (PEP 758) gets its brackets. Whoever calls this has asked a newer parser whether the text is valid.
"""

from __future__ import annotations

import ast
import re

STRING = re.compile(r"([rbuftRBUFT]{0,2})('''|\"\"\"|'|\")")
HEADER = re.compile(r"^([ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+[ \t]*)\[", re.MULTILINE)
ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(?:\[[^\]\n]*\])?[ \t]*=(?!=)", re.MULTILINE)
EXCEPT = re.compile(r"^([ \t]*except\*?[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)([ \t]*:)", re.MULTILINE)
GAP = re.compile(r"(?:[ \t\n]|\\\n|#[^\n]*\n)*")
FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
OPEN, CLOSE = "([{", ")]}"


class _NotRespelled(Exception):
    """Something that this does not know."""


def respell(source: str) -> str | None:
    """The text in an older spelling, with as many lines; None if that does not make it parse."""
    try:
        text = EXCEPT.sub(r"\1(\2)\3", ALIAS.sub(r"\1\2 =", source))
        text = _Respeller(_drop_parameters(text)).code("")[0]
        ast.parse(text)
    except (_NotRespelled, IndexError, *FAILURES):
        return None
    return text if text.count("\n") == source.count("\n") else None


def _drop_parameters(text: str) -> str:
    """`def f[T](x):` as `def f(x):`."""
    while found := HEADER.search(text):
        depth = at = 0
        for at in range(found.end() - 1, len(text)):
            depth += (text[at] in OPEN) - (text[at] in CLOSE)
            if not depth:
                break
        text = found[1].join((text[: found.start()], "\n" * text.count("\n", found.end(), at) + text[at + 1 :]))
    return text


class _Respeller:
    """Walks a text once, from the left."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def code(self, ends: str) -> tuple[str, str]:
        """Code up to one of the characters of `ends` outside of all brackets (for "" up to the text's end), and it."""
        out, depth = [], 0
        while self.at < len(self.text):
            here = self.text[self.at]
            before = self.text[self.at - 1 : self.at]
            found = None if before.isalnum() or before == "_" else STRING.match(self.text, self.at)
            if found:
                out.append(self.strings())
                continue
            if here == "#":
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                out.append("" if ends else self.text[self.at : end])
                self.at = end
                continue
            if not depth and here in ends and not (here == "!" and self.text[self.at + 1] == "="):
                return "".join(out), here
            depth += (here in OPEN) - (here in CLOSE)
            out.append(here)
            self.at += 1
        if ends:
            raise _NotRespelled
        return "".join(out), ""

    def strings(self) -> str:
        """A string, or several that stand one after the other and are one."""
        parts, respelled = [], False
        while found := STRING.match(self.text, self.at):
            prefix, quote = found[1], found[2]
            start, self.at = self.at, found.end()
            if "t" in prefix.lower():
                raise _NotRespelled
            if "f" in prefix.lower():
                respelled = True
                parts.append(self.formatted(prefix.lower().replace("f", ""), quote))
            else:
                while not self.text.startswith(quote, self.at):
                    self.at += 2 if self.text[self.at] == "\\" else 1
                self.at += len(quote)
                parts.append(self.text[start : self.at])
            gap = GAP.match(self.text, self.at)
            assert gap  # it matches nothing, too
            if not STRING.match(self.text, gap.end()):
                break
            parts.append(gap[0])
            self.at = gap.end()
        if not respelled:
            return "".join(parts)
        joined = "".join(part if i % 2 == 0 else f"{part}+ " for i, part in enumerate(parts))
        return f"({joined})" if len(parts) > 1 else joined

    def formatted(self, prefix: str, quote: str) -> str:
        """An f-string, from behind its first quote, as `"...".format(...)`."""
        template, values = self.template(quote, prefix)
        return f"{prefix}{quote}{template}{quote}.format({', '.join(f'({value})' for value in values)})"

    def template(self, end: str, prefix: str) -> tuple[str, list[str]]:
        """The text of an f-string up to `end` as a template for format(), and the values in it."""
        out, values = [], []
        while not self.text.startswith(end, self.at):
            two = self.text[self.at : self.at + 2]
            if two in ("{{", "}}") and end != "}":
                out.append(two)
                self.at += 2
            elif two[0] == "{":
                self.at += 1
                field, more = self.field(prefix)
                out.append(field)
                values += more
            elif two[0] == "\\" and "r" not in prefix:
                if two[1] in "{N":
                    raise _NotRespelled
                out.append(two)
                self.at += 2
            else:
                out.append(two[0])
                self.at += 1
        self.at += len(end)
        return "".join(out), values

    def field(self, prefix: str) -> tuple[str, list[str]]:
        """`{value!r:width}`, from behind its first brace."""
        value, end = self.code("!:}")
        if re.search(r"(?<![=!<>])=\s*$", value):  # {x=} shows its own text
            raise _NotRespelled
        shape, values = "", [value.strip("\n\t ") + "\n" * (value.count("\n") - value.strip("\n\t ").count("\n"))]
        self.at += 1
        if end == "!":
            shape += f"!{self.text[self.at]}"
            self.at += 1
            end = self.text[self.at]
            self.at += 1
        if end == ":":
            spec, more = self.template("}", prefix)
            shape, values = f"{shape}:{spec}", values + more
        return "{" + shape + "}", values
