"""Pictures in a written answer, for whoever reads it: pasted, attached, or handed in beside the notebook.

All become attachments of the answer's cell, which formgrader and the feedback page show alike. A picture is what its
first bytes say, never what its name or its notebook says; SVG is none, since it can hold scripts. Names become hashes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode

from autograder.course.identifiers import shown
from autograder.reading.files import is_zipped, list_zip, read_bytes
from autograder.reading.folders import list_files
from autograder.reading.formats import UnreadableSubmission

MOST_BYTES = 8_000_000  # of a picture: a telephone's photographs have 3 to 6
MOST_TOGETHER = 16_000_000  # of a submission's pictures: the page carries them all
MOST_PICTURES = 40
MOST_BESIDE = 6  # handed in beside the notebook and not named in any answer
STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
DATA = re.compile(r"data:image/[A-Za-z0-9.+-]{1,40};base64,([A-Za-z0-9+/=]*)")
MARKDOWN = re.compile(
    r'!\[([^\]\n]{0,500})\]\(\s*(<[^>\n]{1,1000}>|(?:[^()\n"]|\([^()\n"]{0,80}\)){1,1000}?)\s*(?:"[^"\n]{0,500}")?\s*\)'
)
HTML = re.compile(r"""(<img\b[^>]{0,500}?\bsrc\s*=\s*)(["'])([^"'>\n]{1,1000})\2""", re.IGNORECASE)
MOST_TEXT = 100_000  # characters in which addresses are looked for
UNUSABLE = "attachment:unusable"
BESIDE = "*Handed in beside the notebook:*"


@dataclass
class Pictures:
    """The pictures of one submission.

    files: those beside the notebook, as paths that `read_bytes` can read.
    """

    files: dict[str, Path] = field(default_factory=dict)  # by their path from the notebook's folder
    _bytes: int = 0
    _count: int = 0
    _used: set[Path] = field(default_factory=set)

    def put_into(self, cell: NotebookNode, source: str, attachments: object) -> str:
        """The text of a Markdown cell in which every picture is an attachment; those are put into the cell."""
        found: dict[str, dict[str, str]] = {}
        source = DATA.sub(lambda match: self._attach(decode_base64(match[1]), found) or UNUSABLE, source)
        names = attachments if isinstance(attachments, dict) else {}

        def replace_markdown(match: re.Match[str]) -> str:
            address = match[2].strip("<> ")
            new = self._find(address, names, found)
            return match[0] if new is None else f"![{match[1]}]({new})" if new else missing(address)

        def replace_html(match: re.Match[str]) -> str:
            new = self._find(match[3], names, found)
            return f"{match[1]}{match[2]}{new}{match[2]}" if new else match[0]

        source = HTML.sub(replace_html, MARKDOWN.sub(replace_markdown, source[:MOST_TEXT])) + source[MOST_TEXT:]
        if found:
            cell["attachments"] = found
        return source

    def beside(self) -> tuple[str, dict[str, dict[str, str]]]:
        """A text that shows the pictures that no answer names, and its attachments; an empty text if there are none."""
        found: dict[str, dict[str, str]] = {}
        lines: list[str] = []
        for name, path in self.files.items():
            if path not in self._used and len(lines) < MOST_BESIDE:
                address = self._attach(read_picture(path), found)
                lines += [f"![{plain_name(name)}]({address})"] if address else []
        return ("\n\n".join([BESIDE, *lines]) if lines else ""), found

    def _find(self, address: str, names: Mapping, found: dict) -> str | None:
        """The new address of a picture; "" if it is not there or can't be shown, None if it is no place of ours."""
        if address.startswith("attachment:"):
            name = address.removeprefix("attachment:")
            if name in found:  # put there by this very module
                return address
            bundle = names.get(name, names.get(unquote(name)))
            versions = map(decode_base64, bundle.values() if isinstance(bundle, dict) else ())
            return self._attach(next(filter(media_type, versions), b""), found)
        if not address or re.match(r"[a-z][a-z0-9+.-]*:|#|//", address, re.IGNORECASE):
            return None
        path = self._lookup(unquote(address))
        if path is None:
            return ""
        self._used.add(path)
        return self._attach(read_picture(path), found)

    def _lookup(self, name: str) -> Path | None:
        """The file of that path, or else the only one of that name, wherever it lies in the hand-in."""
        name = os.path.normpath(name.replace("\\", "/"))
        last = name.rpartition("/")[2].casefold()
        same = [path for path in self.files.values() if path.name.casefold() == last]
        return self.files.get(name) or (same[0] if len(same) == 1 else None)

    def _attach(self, data: bytes, found: dict[str, dict[str, str]]) -> str:
        kind = media_type(data)
        if (
            not kind
            or len(data) > MOST_BYTES
            or self._bytes + len(data) > MOST_TOGETHER
            or self._count >= MOST_PICTURES
        ):
            return ""
        name = f"{hashlib.sha256(data).hexdigest()[:12]}.{kind.partition('/')[2]}"
        if name not in found:
            self._bytes += len(data)
            self._count += 1
            found[name] = {kind: base64.b64encode(data).decode()}
        return f"attachment:{name}"


def pictures_of(folder: Path, notebook: Path) -> Pictures:
    """Those beside a notebook, or in the zip that it lies in."""
    files: Iterable[Path] = list_files(folder)
    if is_zipped(notebook):
        archive = next(parent for parent in notebook.parents if parent.is_file())
        files = [archive / name for name in list_zip(archive)]
    files = [path for path in files if path.suffix.lower() in SUFFIXES]
    return Pictures({os.path.relpath(path, notebook.parent): path for path in files})


def media_type(data: bytes) -> str:
    """The type of a picture, by its first bytes; "" if it is none that a page may show."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in STARTS if data.startswith(start)), "")


def read_picture(path: Path) -> bytes:
    """A picture's file; empty if it can't be read or is too large."""
    try:
        if not is_zipped(path) and path.lstat().st_size > MOST_BYTES:
            return b""
        return read_bytes(path)
    except (OSError, UnreadableSubmission):
        return b""


def decode_base64(text: object) -> bytes:
    """Base64 as notebooks hold it; empty if it is none or too long."""
    if isinstance(text, list):
        text = "".join(part for part in text if isinstance(part, str))
    if not isinstance(text, str) or len(text) > 2 * MOST_BYTES:
        return b""
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return b""


def missing(address: str) -> str:
    name = plain_name(address.removeprefix("attachment:").rpartition("/")[2])
    return f"*(a picture, {name}, is not in the hand-in or can't be shown)*"


def plain_name(name: str) -> str:
    """A name that is text in Markdown, whatever it is made of."""
    return re.sub(r"[^\w .-]", " ", shown(name))[:80].strip() or "without a name"
