"""All that a course folder keeps of one student, and its end: `make forget`. This room knows every place of it.

What is deleted is gone: no copy is kept. What is made of a whole class (tables, reports, exports) goes with it: the
same commands make it again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from autograder.collecting.extensions import FILE as EXTENSIONS
from autograder.collecting.not_placed import FILE as NOT_PLACED
from autograder.collecting.not_placed import read_not_placed, write_not_placed
from autograder.collecting.opt_out import FILE as OPT_OUT
from autograder.course.course import Course, CourseError, meant_by
from autograder.files import write_atomically
from autograder.grading.run import only_run
from autograder.lms.best import GRADED
from autograder.lms.export import FOLDER as EXPORTS
from autograder.lms.placing import COLLECTED
from autograder.reporting.database import gradebook_file, has_gradebook, reading, writing
from autograder.reporting.departed import REMOVALS
from autograder.reporting.history import Line, history_folder, read_lines
from autograder.reporting.repair import connect
from autograder.results.located import FOLDER as LOCATED

TYPED_BY_PEOPLE = ("students.csv", EXTENSIONS, "groups.csv", OPT_OUT)
OF_THE_CLASS = ("grades.csv", "nbgrader_export.csv", EXPORTS, "report", "report.html", "similarity", "regrade", GRADED)
ELSEWHERE = (
    "What lies elsewhere is not touched: the LMS and what was downloaded from it, Gradescope, nbgrader's exchange, "
    "backups, and what a group handed in, with the others of it."
)


def forget(course: Course, student: str, apply: bool) -> list[str]:
    """Delete all that there is of a student in the course folder, or say what that is; in sentences.

    Stopped at any moment, the same command does the rest.

    Args:
        student: the id, exactly as folders and tables have it.
        apply: without, nothing is changed.

    Raises:
        CourseError: there is nothing of such a student, a list that people keep still names it, or something can't be
            read: then nothing was deleted. A gradebook can't be changed: then not all was.
    """
    with only_run(course):
        refuse_listed(course, student)
        lines = {path: read_lines(path) for path in sorted(history_folder(course).glob("*.jsonl"))}
        known = known_students(course, lines)
        if student not in known:
            meant = meant_by(student, sorted(known))
            raise CourseError(f"There is nothing of {student!r} here" + (f": did you mean {meant}?" if meant else "."))
        paths = [*paths_of(course, student), *(path for name in OF_THE_CLASS if (path := course.root / name).exists())]
        books, counts = gradebooks(course), {path: count_of(found, student) for path, found in lines.items()}
        said = [f"  {shown(course, path)}" for path in paths]
        said += [f"  {shown(course, path)}: the rows" for path in books]
        said += [f"  {shown(course, path)}: {count} lines" for path, count in counts.items() if count]
        not_placed = [entry for entry in read_not_placed(course) if entry.student == student]
        said += [f"  {NOT_PLACED}: {len(not_placed)} lines"] * bool(not_placed)
        if not apply:
            return [f"Would be deleted, for good, of {student}:", *said, f"APPLY=1 does it. {ELSEWHERE}"]
        for path in books:
            remove_rows(path, student)
        if has_gradebook(course) and gradebook_file(course) is None:
            with writing(course) as database:
                for statement in REMOVALS:
                    database.execute(statement, (student,))
        for path, found in lines.items():
            if counts[path]:
                write_lines(path, [left for line in found if (left := without(line, student)) is not None])
        write_not_placed(course, [], lambda entry: entry.student == student)
        for path in paths:
            remove(path)
    again = "`make grade ASSIGNMENT=all`, `make report` and `make similarity` make again what is of the whole class."
    return [f"Deleted of {student}:", *said, again, ELSEWHERE]


def shown(course: Course, path: Path) -> str:
    return os.path.relpath(path, course.root)


def refuse_listed(course: Course, student: str) -> None:
    """What people keep is theirs to change: and with its line there, the student would be back with the next run."""
    for name in TYPED_BY_PEOPLE:
        with contextlib.suppress(FileNotFoundError):
            text = (course.root / name).read_text(encoding="utf-8-sig", errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                if student in (cell.strip().strip("\"'") for cell in re.split(r"[,;\t#]", line)):
                    raise CourseError(f"{name}, line {number} still names {student}: take it out, then run this again.")


def folders_by_student(course: Course) -> list[Path]:
    """Folders with one for each student."""
    return [course.submitted, course.root / COLLECTED, course.autograded, course.feedback]


def known_students(course: Course, lines: dict[Path, list[Line]]) -> set[str]:
    """Everybody of whom there is anything: folders, results, entries of the gradebook, lines of the history."""
    known = {path.name for folder in folders_by_student(course) for path in folder.glob("[!.]*") if path.is_dir()}
    known |= {path.stem for path in course.results.glob("*/[!.]*.json")}
    known |= {entry.student for entry in read_not_placed(course)}
    known |= {str(line.get("student")) for found in lines.values() for line in found if "student" in line}
    if has_gradebook(course):
        with reading(course) as database:
            known |= {student for (student,) in database.execute("SELECT id FROM student")}
    return known


def paths_of(course: Course, student: str) -> Iterator[Path]:
    """Files and folders that are this student's alone."""
    there = [folder / student for folder in folders_by_student(course)]
    by_assignment = (course.results, course.root / LOCATED, course.root / "behaviour")  # other terms' assignments, too
    there += [folder / f"{student}.json" for root in by_assignment for folder in root.glob("*")]
    yield from (path for path in there if os.path.lexists(path))
    own = re.compile(rf"{re.escape(student)}(-\d{{4}}-\d\d-\d\dT[\d-]+)?\.json")
    for folder, folders, files in os.walk(history_folder(course)):
        yield from (Path(folder, name) for name in files if own.fullmatch(name))
        if student in folders and Path(folder).name in (course.feedback.name, course.autograded.name):
            folders.remove(student)
            yield Path(folder, student)


def gradebooks(course: Course) -> list[Path]:
    """gradebook.db, where it is a file, and the copies of it in history/."""
    path = gradebook_file(course)
    copies = sorted(history_folder(course).glob("gradebook-*.db"))
    return [*([path] if path and path.exists() else []), *copies]


def remove_rows(path: Path, student: str) -> None:
    """Overwrite a student's rows in a gradebook's file.

    Raises:
        CourseError: it can't be read or written.
    """
    try:
        with contextlib.closing(connect(path)) as book:
            book.execute("PRAGMA secure_delete = ON")
            tables = {name for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            with book:
                for statement in REMOVALS:
                    if statement.split()[2] in tables:
                        book.execute(statement, (student,))
            book.execute("VACUUM")
    except sqlite3.DatabaseError as error:
        raise CourseError(
            f"{path.name} can't be changed ({error}). If it is a damaged copy in history/, delete it; then run this "
            "again."
        ) from None


def count_of(lines: list[Line], student: str) -> int:
    return sum(without(line, student) != line for line in lines)


def without(line: Line, student: str) -> Line | None:
    """A line of the history without a student; None if it is about nobody else."""
    if line.get("student") == student:
        return None
    students = line.get("students")
    if not isinstance(students, list) or student not in students:
        return line
    return {**line, "students": [other for other in students if other != student]}


def write_lines(path: Path, lines: list[Line]) -> None:
    write_atomically(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def remove(path: Path) -> None:
    """A file, a link (and not what it leads to) or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
