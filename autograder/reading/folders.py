"""What lies in a submission's folder, and what of it only looks like a file that was handed in."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

from autograder.reading.files import IGNORED, MAX_FILES, MAX_FOLDERS
from autograder.reading.formats import HAND_IN

SAVED = "the file itself is not there: open it where it is kept, download it, and hand that in"
STAND_INS = (  # pattern of the name → what such a file is; none of them holds what its name promises
    (r"\..*\.icloud$", f"the placeholder of a file in iCloud; {SAVED}"),
    (r".*\.(?:url|webloc|desktop|lnk)$", f"a shortcut; {SAVED}"),
    (r".*\.(?:gdoc|gsheet|gslides|gdraw|gcolab|glink)$", f"a shortcut to Google Drive; {SAVED}"),
    (r"(?:~\$|\.~lock\.).*", f"the mark that a program leaves beside an open file; {HAND_IN}"),
    (r".*\.(?:crdownload|part|partial|download|opdownload|filepart|tmp)$", f"half a download; {HAND_IN}"),
)
STAND_IN = re.compile("|".join(f"(?:{pattern})" for pattern, _ in STAND_INS), re.IGNORECASE)


def list_files(folder: Path) -> list[Path]:
    """What lies in a folder and its sub-folders, MAX_FOLDERS deep, sorted, the nearest first.

    Links are never followed: one to a folder counts as a file, and is refused where it is opened.
    """
    if folder.is_symlink():
        return [folder]
    if not folder.is_dir():
        return []
    files, level, room = [], [folder], MAX_FILES
    for _ in range(MAX_FOLDERS + 1):
        deeper: list[Path] = []
        for inner in level:
            found = _list_entries(inner, room)
            room -= len(found)
            if not found and inner != folder and "ipynb" in inner.name:
                files.append(inner)  # a folder named like a notebook is told so
            for entry in found:
                (deeper if entry.is_dir(follow_symlinks=False) else files).append(Path(entry.path))
        level = deeper
    return files


def explain_stand_in(files: list[Path]) -> str:
    """A sentence on the first file that only stands for another one: a link, a shortcut; "" if there is none."""
    for path in files:
        if path.is_symlink():
            return f"{path.name} is a link, not a file, and links are not followed; {HAND_IN}."
        what = next((what for pattern, what in STAND_INS if re.match(pattern, path.name, re.IGNORECASE)), "")
        if what:
            return f"{path.name} is {what}."
    return ""


def is_stand_in(path: Path) -> bool:
    return bool(STAND_IN.match(path.name))


def _list_entries(folder: Path, room: int) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(itertools.islice(entries, room), key=lambda entry: entry.name)
    except OSError:  # a folder that may not be read
        return []
    return [entry for entry in found if not IGNORED.match(entry.name) or STAND_IN.match(entry.name)]
