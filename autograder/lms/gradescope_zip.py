"""`make gradescope`: the zip that an instructor uploads as Gradescope's autograder of one assignment.

In it is what grading needs and nothing else: the modules that it imports, the assignment's hidden tests and mistakes,
this term of course.toml alone, and the images that trained networks are graded on. The same course gives the same
bytes. Lateness stays Gradescope's own, so no due date or late policy goes along.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import REPOSITORY
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.suite import ENTRANCES, imported, suite_files
from autograder.course.variation import difference_of_variations
from autograder.files import scratch_beside
from autograder.grading.heldout import find_cifar10, require_images
from autograder.lms.gradescope_autograder import SETTINGS
from autograder.lms.gradescope_results import as_json, no_score
from autograder.mistakes import HONEST
from autograder.reporting.disclosure import SENTENCES
from cnnlab.datasets.cifar10 import SIZES, file_of
from cnnlab.submitting.packing import DATE

FOLDER = REPOSITORY / "gradescope"  # where zips are written; what is in them is for no student
CONTAINER = Path(__file__).parent / "container"
SCRIPTS = ("setup.sh", "run_autograder")
ENTRANCE = "autograder/lms/gradescope_autograder.py"
# What the container installs, at the versions of constraints.txt: what grading imports, and what students' code may
PACKAGES: tuple[str, ...] = (
    *("numpy", "matplotlib", "pooch", "pytest", "safetensors", "tqdm", "torch", "ipython", "nbformat"),
    *("python-dateutil", "scipy", "einops", "tomli; python_version < '3.11'"),
)
STOPPED = (
    "The grader was stopped before it was done: its time was up, or its memory. For the staff: give the container more "
    'of both in Gradescope\'s settings; the time also by OPTIONS="--minutes 20", when the zip is made again.'
)


@dataclass(frozen=True)
class Packing:
    """What an instructor may choose."""

    isolate: bool = True
    shown: str = SENTENCES
    minutes: int = 9  # Gradescope ends a container after ten, if nothing else is set there
    torch_index: str = ""  # where pip finds PyTorch, in the place of its default index

    def __post_init__(self) -> None:
        if self.torch_index and not re.fullmatch(r"https?://[^\s'\"]+", self.torch_index):
            raise CourseError(f"--torch-index {self.torch_index!r} is no address: it begins with https:// .")


def write_zip(course: Course, assignment: Assignment, packing: Packing) -> Path:
    """Write gradescope/<term>-<assignment>.zip.

    Raises:
        CourseError: the images are not there, or numbers of the term are not those that notebooks were built with.
    """
    for problem in difference_of_variations(course):
        raise CourseError(problem)
    if assignment.images:
        require_images(assignment.images)
    path = FOLDER / f"{course.term}-{assignment.name}.zip"
    path.parent.mkdir(exist_ok=True)
    with scratch_beside(path) as scratch, zipfile.ZipFile(scratch, "w") as archive:
        for name, data in sorted(contents(course, assignment, packing)):  # stored: zlib's bytes differ by its version
            info = zipfile.ZipInfo(name, DATE)
            info.external_attr, info.create_system = (0o100755 if name in SCRIPTS else 0o100644) << 16, 3
            archive.writestr(info, data)
    return path


def contents(course: Course, assignment: Assignment, packing: Packing) -> Iterator[tuple[str, bytes]]:
    """Every file of the zip, by its name in it."""
    for path in sorted(code(assignment)):
        yield path.relative_to(REPOSITORY).as_posix(), path.read_bytes()
    for name in SCRIPTS:
        yield name, (CONTAINER / name).read_bytes()
    settings = {"assignment": assignment.name, "isolate": packing.isolate, "shown": packing.shown}
    texts = {
        "course.toml": course_text(course, assignment),
        "constraints.txt": (REPOSITORY / "constraints.txt").read_text(encoding="utf-8"),
        "requirements.txt": "".join(f"{package}\n" for package in PACKAGES),
        "torch_index.txt": packing.torch_index,
        "seconds.txt": f"{60 * packing.minutes}\n",
        "stopped.json": as_json(no_score(STOPPED)),
        SETTINGS: json.dumps(settings) + "\n",
    }
    yield from ((name, text.encode()) for name, text in texts.items())
    if assignment.images == "cifar10":
        root = find_cifar10()
        yield from ((f"datasets/{file_of(root, split).name}", file_of(root, split).read_bytes()) for split in SIZES)


def code(assignment: Assignment) -> set[Path]:
    """What grading an assignment reads of this repository: modules, its source, its notebook, honest answers."""
    found = {*suite_files(assignment), *imported(REPOSITORY / name for name in (*ENTRANCES, ENTRANCE))}
    found |= {path for path in (REPOSITORY / "cnnlab").rglob("*") if path.suffix in (".py", ".json")}
    found |= {*(HONEST / assignment.name).glob("*.py"), assignment.notebook}
    packages = {folder for path in found for folder in path.parents if folder.is_relative_to(REPOSITORY)}
    return found | {folder / "__init__.py" for folder in packages if (folder / "__init__.py").is_file()}


def course_text(course: Course, assignment: Assignment) -> str:
    """A course.toml of this term and this assignment, such that the grade is the same as here."""
    entry = {
        "name": assignment.name,
        "title": assignment.title,
        "seconds_per_call": assignment.seconds_per_call,
        "seconds_per_submission": assignment.seconds_per_submission,
        "torch": assignment.torch,
    }
    more = {"forbidden": list(assignment.forbidden), "images": assignment.images}
    entry |= {key: value for key, value in more.items() if value}
    parts = [
        toml_table("[course]", {"name": course.name, "term": course.term}),
        toml_table("[variations]", course.variations),
        toml_table("[[assignments]]", entry),
        toml_table(f"[terms.{course.term}]", {"seed": course.seed}),
    ]
    return "\n".join(parts)


def toml_table(head: str, values: Mapping[str, Any]) -> str:
    """Texts, numbers, truth values and lists of them are written in TOML as in JSON."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([head, *lines, ""])


def describe(path: Path, assignment: Assignment, packing: Packing) -> list[str]:
    """What was written, and what to do with it."""
    size = path.stat().st_size / 1e6
    images = ", most of it the images of CIFAR-10" if assignment.images == "cifar10" else ""
    lines = [f"{path}: {size:.1f} MB{images}. Hidden tests are in it: it is for Gradescope, not for students."]
    lines.append("Upload it there: your assignment → Configure Autograder → Zip file upload; Ubuntu 22.04 or newer.")
    if not packing.torch_index:
        lines.append(
            "PyTorch comes from pip's default index, on most machines with 3 GB of libraries for GPUs. pytorch.org "
            'names an index for CPUs: OPTIONS="--torch-index https://..." takes it from there.'
        )
    if not packing.isolate:
        lines.append("Students' code is NOT shut in: it can read the hidden tests and write its own score.")
    return lines
