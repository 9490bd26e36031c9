"""Names of students: which can be an id (ids become folders and files), which are the same, and how to show any."""

from __future__ import annotations

import re
import unicodedata

MOST_CHARACTERS = 128  # nbgrader's gradebook takes no more
MOST_BYTES = 200  # a file's name may have 255, and results and scratch files add theirs
CONTROL = {"Cc", "Cs", "Zl", "Zp"}  # categories of Unicode that drive a terminal or can't be written
MARKUP = frozenset('<>"')
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")  # show a text in another order than it has
RESERVED = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$", re.IGNORECASE)  # no file of Windows' may have it
ROUNDED = re.compile(r"^\d(?:[.,]\d+)?e\+?\d+$", re.IGNORECASE)


def problem_of(name: str) -> str:
    """Why a name can't be a student's id, as the end of a sentence ("is empty"); "" if it can."""
    if not name.strip():
        return "is empty"
    if name.strip(". ") == "" or name.startswith(".") or name.startswith("__MACOSX"):
        return "begins as names do that are hidden"
    if "/" in name or "\\" in name:
        return "has a slash in it, so it is a path and no name"
    if not MARKUP.isdisjoint(name):
        return (
            f"has one of the characters {' '.join(sorted(MARKUP))} in it, which formgrader would take for a page's own"
        )
    if any(unicodedata.category(character) in CONTROL for character in name) or TURNING.search(name):
        return "has characters that can't be written or that are invisible"
    if len(name) > MOST_CHARACTERS or len(name.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        return f"is longer than {MOST_CHARACTERS} characters"
    if RESERVED.match(name):
        return "is a name that Windows keeps for itself"
    return ""


def same_student(name: str) -> str:
    """What all ways to write one id have in common: accents composed or not, zeros that a spreadsheet drops."""
    name = unicodedata.normalize("NFC", name).strip()
    number = re.fullmatch(r"0*(\d+?)(?:\.0)?", name)
    return number[1] if number else name


def same_on_disk(name: str) -> str:
    """What names have in common that some file systems (of macOS and Windows) take for one and the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def shown(text: str) -> str:
    """Any text in one line that can be written and printed: bytes that are no UTF-8 and control characters escaped."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(map(escaped, text))


def escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file's name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(character) == "Zs":
        return " "
    if character == "\\" or not character.isprintable():
        return character.encode("unicode_escape").decode()
    return character
