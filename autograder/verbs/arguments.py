"""How a verb of the command line says what it takes: `@verb(ASSIGNMENT, COURSE)` above its function."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.course.course import CourseError

Verb = Callable[[argparse.Namespace], int]
Argument = tuple[tuple[str, ...], dict[str, Any]]
_verbs: dict[Verb, tuple[Argument, ...]] = {}  # in the order in which they are defined


def verb(*arguments: Argument) -> Callable[[Verb], Verb]:
    """Make a function a verb of its own name; its docstring's first line is its help."""

    def register(function: Verb) -> Verb:
        _verbs[function] = arguments
        return function

    return register


def argument(*names: str, **options: Any) -> Argument:
    """As argparse's `add_argument` takes it."""
    return names, options


def parser(description: str | None) -> argparse.ArgumentParser:
    """Of all verbs that are defined by now."""
    top = argparse.ArgumentParser(prog="python -m autograder", description=description)
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    for function, arguments in _verbs.items():
        own = verbs.add_parser(function.__name__, help=(function.__doc__ or "").partition("\n")[0])
        own.set_defaults(function=function)
        for names, options in arguments:
            own.add_argument(*names, **options)
    return top


def positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def seconds_above_0(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def course_folder(text: str | None) -> Path | None:
    """The folder that --course names.

    Raises:
        CourseError: it is not there.
    """
    if text is not None and not text.strip():
        raise CourseError("COURSE is empty: name the folder that holds submitted/, or leave it out.")
    if text is not None and not Path(text).is_dir():
        raise CourseError(f"There is no folder {text}: COURSE is the one that holds submitted/.")
    return None if text is None else Path(text)


ASSIGNMENT = argument("assignment", help="a1_convolution, for example")
ONE_OR_ALL = argument("assignment", help="a1_convolution, for example, or all")
MAYBE_ONE = argument("assignment", nargs="?", help="a1_convolution, for example (default: all)")
COURSE = argument("--course", help="folder that holds submitted/ (default: the repository)")
EARLIER_TERMS = argument(
    "--with", dest="earlier", metavar="FOLDER,...", help="folders of earlier terms that were graded"
)
TERM = argument("--term", default="", help="another term than the one that course.toml names")
STUDENTS = argument("--students", metavar="A,B,...", help="only these students")
FORCE = argument("--force", action="store_true", help="grade what has not changed, too")
JOBS = argument(
    "--jobs", type=positive, default=os.cpu_count() or 1, help="submissions graded at once (default: one a core)"
)
NO_SANDBOX = argument("--no-sandbox", action="store_true", help="run students' code unprotected; every result says so")
