"""Where students fetch a term from: addresses of its notebooks, Colab badges and wheel."""

from __future__ import annotations

import re
from dataclasses import dataclass

GITHUB = re.compile(
    r"https://github\.com/(?P<repository>[\w.-]+/[\w.-]+?)(?:\.git)?(?:/tree/(?P<branch>[\w.-]+)(?P<folder>(?:/[\w.-]+)*))?/?"
)
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"


@dataclass(frozen=True)
class Place:
    """A repository on GitHub (`branch` and `folder` of it), or any folder that is served as files."""

    address: str
    repository: str = ""  # OWNER/NAME on GitHub
    branch: str = "students"
    folder: str = ""  # with a slash in front

    def file(self, path: str) -> str:
        """The address of a file itself, for pip and for downloads."""
        if self.repository:
            return f"https://raw.githubusercontent.com/{self.repository}/{self.branch}{self.folder}/{path}"
        return f"{self.address.rstrip('/')}/{path}"

    def colab(self, path: str) -> str:
        """The address that opens a notebook in Colab; empty where Colab can't (it knows GitHub)."""
        if not self.repository:
            return ""
        return f"https://colab.research.google.com/github/{self.repository}/blob/{self.branch}{self.folder}/{path}"

    def badge(self, path: str) -> str:
        """A Markdown badge that opens a notebook in Colab, else a link to the file."""
        colab = self.colab(path)
        return f"[![Open in Colab]({BADGE})]({colab})" if colab else f"[Download]({self.file(path)})"


def parse_place(address: str) -> Place:
    """`https://github.com/OWNER/NAME/tree/BRANCH/FOLDER` (branch "students" if none is named), or any other address."""
    match = GITHUB.fullmatch(address)
    if not match:
        return Place(address)
    return Place(address, match["repository"], match["branch"] or "students", match["folder"] or "")
