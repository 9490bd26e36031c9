"""A class with all that a class has, and its hand-ins as each LMS packs them. The same call gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import struct
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

NAME = "a1_convolution"
DUE = datetime(2026, 10, 19, 21, 59, tzinfo=timezone.utc)
FIRST = (
    "Ada",
    "José",
    "Zoë",
    "Nguyễn",
    "Łukasz",
    "Søren",
    "Wei",
    "Priya",
    "O",
    "Mary Jane",
    "Jean-Luc",
    "Amina",
    "Ünal",
)
LAST = ("Lovelace", "García Márquez", "O'Brien", "van der Berg", "Müller", "Zhang", "Smith-Jones", "Ó Súilleabháin")
LAST += ("Nakamura", "D'Angelo", "Đặng", "Åberg", "Ng", "de la Cruz")
TWIN = 10  # whose name is that of the first student, too
# What a hand-in can be: its name says how; the first ones are the commonest
FORMS = (
    "plain",
    "plain",
    "plain",
    "plain",
    "again",
    "copy",
    "download",
    "late",
    "zipped",
    "packed twice",
    "other name",
)
FORMS += ("decomposed", "script", "nothing", "plain", "upper case", "with pictures", "two periods")


@dataclass(frozen=True)
class Person:
    id: str
    first_name: str
    last_name: str
    email: str
    lms_id: str
    section: str = "CNN 1"
    group: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def sortable(self) -> str:
        return f"{self.last_name}, {self.first_name}"


@dataclass(frozen=True)
class Sent:
    """One attempt of one student, or of a group that shares it."""

    person: Person
    files: dict[str, bytes]
    when: datetime
    form: str = "plain"
    version: int = 0  # how often the same name was handed in before
    members: tuple[Person, ...] = ()

    @property
    def late(self) -> bool:
        return self.when > DUE


def make_class(count: int = 300, seed: int = 1) -> list[Person]:
    """Names with accents, particles and apostrophes, one of them twice; ids with zeros in front."""
    draw, people, seen = random.Random(seed), [], set()
    for number in range(count):
        first, last = draw.choice(FIRST), draw.choice(LAST)
        while (first, last) in seen and number != TWIN:
            first += f" {draw.choice(FIRST)}"
        first, last = (people[0].first_name, people[0].last_name) if number == TWIN else (first, last)
        seen.add((first, last))
        id_ = f"{number * 37 + 12:06d}"
        group = f"Team {number // 3}"
        people.append(Person(id_, first, last, f"s{id_}@example.org", str(70_000 + number * 7), "CNN 1", group))
    return people


def sent_by(
    people: Sequence[Person],
    notebook: Callable[[Person, int], bytes],
    assignment: str = NAME,
    others: dict[str, bytes] | None = None,
    seed: int = 1,
) -> list[Sent]:
    """What everybody hands in, the attempts of one student in their order.

    Args:
        notebook: the notebook of a student's attempt, counted from 0.
        others: files that everybody hands in beside it, weights for example.
    """
    draw, found = random.Random(seed), []
    for number, person in enumerate(people):
        form = FORMS[number % len(FORMS)]
        when = DUE - timedelta(minutes=draw.randrange(1, 9000))
        files = dict(others or {})
        last = notebook(person, 0)
        if form == "nothing":
            continue
        if form == "again":
            found.append(Sent(person, {f"{assignment}.ipynb": last, **files}, when - timedelta(days=1), form))
            last = notebook(person, 1)
        made = files | in_form(form, assignment, last)
        if form == "late":
            when = DUE + timedelta(hours=draw.randrange(1, 60))
        found.append(Sent(person, made, when, form, version=int(form == "again")))
    return found


def in_form(form: str, assignment: str, notebook: bytes) -> dict[str, bytes]:
    """The files that a student hands in."""
    name = f"{assignment}.ipynb"
    names = {"copy": f"Copy of {name}", "download": f"{assignment} (1).ipynb", "other name": "homework final.ipynb"}
    names |= {"upper case": name.upper().replace("IPYNB", "ipynb"), "two periods": f"{assignment}.final.ipynb"}
    names["decomposed"] = unicodedata.normalize("NFD", f"Lösung {name}")
    if form == "zipped":
        return {f"{assignment}.zip": zip_of({name: notebook, "manifest.json": b"{}"})}
    if form == "packed twice":
        inner = zip_of({f"work/{name}": notebook, "__MACOSX/work/._x": b"x", "work/.DS_Store": b"x"})
        return {"everything.zip": zip_of({f"{assignment}/{assignment}.zip": inner})}
    if form == "script":
        cells = json.loads(notebook)["cells"]
        return {
            f"{assignment}.py": "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code").encode()
        }
    if form == "with pictures":
        return {name: notebook, "plot-1.png": b"\x89PNG 1", "plot-2.png": b"\x89PNG 2"}
    return {names.get(form, name): notebook}


# --- zips -----------------------------------------------------------------------------------------------------------


def zip_of(files: dict[str, bytes], dates: dict[str, datetime] | None = None, utc: bool = False) -> bytes:
    """A zip; `dates` as a clock shows them in it, or in UTC as Unix's zips have them beside."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            when = (dates or {}).get(name, datetime(2026, 11, 1, 8, 0))
            entry = zipfile.ZipInfo(name, when.timetuple()[:6])
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o100644 << 16, 3
            if utc:
                entry.extra = struct.pack("<HHBi", 0x5455, 5, 1, int(when.timestamp()))
            archive.writestr(entry, content)
    return data.getvalue()


def canvas_zip(path: Path, sent: Iterable[Sent], anonymous: Iterable[str] = (), dated: bool = False) -> Path:
    """Canvas's "Download Submissions"; of several attempts all, as if a TA had put two downloads together.

    Args:
        anonymous: ids of students whose names are hidden.
        dated: the entries have the times of handing in (else that of the zip).
    """
    files, dates, hidden = {}, {}, set(anonymous)
    for attachment, one in enumerate(sent, 900_000):
        name = re.sub(r"[^\w]", "", (one.members and one.person.group or one.person.sortable).lower())
        late = "_LATE" * one.late
        for part, (file, content) in enumerate(one.files.items()):
            shown = mark_again(re.sub(r'[\x00/\\:*?"<>|]+', "_", file), one.version)
            number = attachment * 10 + part
            if one.person.id in hidden:
                entry = f"{'LATE_' * one.late}anon_{hide(one.person)}_{number}_{shown}"
            else:
                entry = f"{name}{late}_{one.person.lms_id}_{number}_{shown}"
            files[entry] = content
            dates |= {entry: one.when} if dated else {}
    path.write_bytes(zip_of(files, dates, utc=dated))
    return path


def hide(person: Person) -> str:
    """Canvas's anonymous id."""
    return "".join(random.Random(person.id).choices("abcdefghijkmnopqrstuvwxyz23456789", k=5))


def mark_again(name: str, version: int) -> str:
    """Canvas's name of a file that is handed in again: the mark stands behind what is in front of the first period."""
    return re.sub(r"(?=\.|$)", f"-{version}", name, count=1) if version else name


def moodle_zip(path: Path, sent: Iterable[Sent], folders: bool = True, hidden: bool = False) -> Path:
    """Moodle's "Download all submissions": the last attempt of each, dated as a clock at the course shows it."""
    files, dates = {}, {}
    last = {one.person.id: one for one in sent}
    for one in last.values():
        who = one.person.group if one.members else one.person.name.replace("_", " ")
        start = f"{'Participant' if hidden else who}_{participant(one.person)}_assignsubmission_file"
        for file, content in one.files.items():
            entry = f"{start}/{file}" if folders else f"{start}_{file}"
            files[entry], dates[entry] = content, one.when + timedelta(hours=2)
    path.write_bytes(zip_of(files, dates))
    return path


def participant(person: Person) -> str:
    return str(int(person.lms_id) + 500_000)


def gradescope_zip(path: Path, sent: Iterable[Sent]) -> Path:
    """Gradescope's "Export Submissions": the last attempt of each, and who and when in a list."""
    outer, lines, files = "assignment_4711_export", ["---"], {}
    last = {one.person.id: one for one in sent}
    for number, one in enumerate(last.values(), 31_000):
        lines += [f"submission_{number}:", "  :submitters:"]
        for person in one.members or (one.person,):
            lines += [
                f"  - :name: {json.dumps(person.name)}",
                f"    :sid: '{person.id}'",
                f"    :email: {person.email}",
            ]
        lines += [f"  :created_at: {one.when:%Y-%m-%d %H:%M:%S}.000000000 Z", "  :score: 0.0", "  :history: []"]
        files |= {f"{outer}/submission_{number}/{file}": content for file, content in one.files.items()}
    files[f"{outer}/submission_metadata.yml"] = "\n".join([*lines, ""]).encode()
    path.write_bytes(zip_of(files))
    return path


def nbgrader_tree(folder: Path, sent: Iterable[Sent], assignment: str = NAME, inbox: bool = False) -> Path:
    """nbgrader's submitted/ with the last attempts, or an exchange's inbox with all."""
    for one in sent:
        time = f"{one.when:%Y-%m-%d %H:%M:%S.%f} UTC"
        place = folder / f"{one.person.id}+{assignment}+{time}+x" if inbox else folder / one.person.id / assignment
        for file, content in {**one.files, "timestamp.txt": time.encode()}.items():
            target = place / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return folder


# --- tables ---------------------------------------------------------------------------------------------------------


def write_table(path: Path, rows: Iterable[Sequence[object]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding, "replace"))
    return path


def students_csv(path: Path, people: Iterable[Person], **spelling: str) -> Path:
    """nbgrader's class list, with sections and groups."""
    head = ("id", "first_name", "last_name", "email", "lms_user_id", "section", "group")
    rows = [(p.id, p.first_name, p.last_name, p.email, p.lms_id, p.section, p.group) for p in people]
    return write_table(path, [head, *rows], **spelling)


def eaten(people: Iterable[Person]) -> list[Person]:
    """The class as a spreadsheet saves it: without the zeros in front of ids."""
    return [replace(person, id=person.id.lstrip("0")) for person in people]


def canvas_gradebook_csv(path: Path, people: Iterable[Person], title: str = NAME, number: int = 4242) -> Path:
    """Canvas's exported gradebook, its test student included."""
    head = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{title} ({number})", "Final Score")
    rows = [(p.sortable, p.lms_id, p.id, p.email, p.section, "", "0.00") for p in people]
    test = ("Student, Test", "99999", "", "0ddba11", "CNN 1", "", "0.00")
    return write_table(path, [head, ("    Points Possible", "", "", "", "", "85.00", "(read only)"), *rows, test])


def moodle_worksheet(path: Path, people: Iterable[Person], sent: Iterable[Sent] = (), hidden: bool = False) -> Path:
    """Moodle's grading worksheet; times as a clock at the course shows them."""
    times = {one.person.id: one.when + timedelta(hours=2) for one in sent}
    head = ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed"]
    head += ["Last modified (submission)", "Last modified (grade)", "Feedback comments"]
    rows = []
    for person in people:
        when = times.get(person.id)
        shown = f"{when:%A, %d %B %Y, %I:%M %p}" if when else "-"
        who = ["", ""] if hidden else [person.name, person.email]
        status = "Submitted for grading" if when else "No submission"
        rows.append([f"Participant {participant(person)}", *who, status, "", "85.00", "Yes", shown, "-", ""])
    return write_table(path, [head, *rows], encoding="utf-8-sig")
