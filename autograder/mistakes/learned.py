"""Mistakes that a class has shown: `mistakes/<assignment>/learned/<name>.toml`, written by `make learn`.

They are in the bank like those written by hand, and `make check` proves them with the others. The code in them was a
student's once, and the judge runs it: `learning/anonymous.py` says what it may hold.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from autograder.mistakes import Mistake
from cnnlab.signatures import COURSE, names_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MISTAKES = Path(__file__).resolve().parent
QUOTES = "'''"  # a text between them stands as it is


def learned_folder(assignment: str) -> Path:
    return MISTAKES / assignment / "learned"


def learned(assignment: str, folder: Path | None = None) -> tuple[Mistake, ...]:
    """The learned mistakes of an assignment, by the names of their files.

    Raises:
        ValueError: a file is not as `to_toml` writes it; with its name.
    """
    folder = folder or learned_folder(assignment)
    return tuple(read_learned(assignment, path) for path in sorted(folder.glob("*.toml")))


def read_learned(assignment: str, path: Path) -> Mistake:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        functions = names_of(COURSE[assignment][table["question"]])
        hint, source, loses = table["hint"], table["source"], tuple(table["loses"])
        return Mistake(path.stem, table["question"], hint, source, loses, redefines=functions)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is no learned mistake ({type(error).__name__}: {error})") from None


def to_toml(mistake: Mistake) -> str:
    """The file of a learned mistake."""
    loses = "".join(f"  {quoted(test)},\n" for test in mistake.loses)
    head = f"question = {quoted(mistake.question)}\nhint = {quoted(mistake.hint)}\nloses = [\n{loses}]\n"
    return f"{head}source = {QUOTES}\n{mistake.source.strip()}\n{QUOTES}\n"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def name_of(hint: str) -> str:
    """The file's name for a mistake: the first words of its hint."""
    words = re.findall(r"[a-z0-9]+", hint.casefold())
    return "-".join(words)[:60].strip("-")
