"""`make release TERM=...`: what students of a term get, in dist/<term>/, built and proved in a copy of the course.

The folder appears whole or not at all, and the same course gives the same bytes. Nothing is ever pushed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.authoring.build import notebook_text
from autograder.course.course import REPOSITORY, Course, CourseError, error_of_term
from autograder.files import write_atomically
from autograder.releasing.handout import Handout, changes_text, classroom_workflow, hand_out, path_of, readme
from autograder.releasing.leaks import find_leaks, read_secrets
from autograder.releasing.links import parse_place
from autograder.releasing.package import metadata, package_files, project_table, write_sdist, write_wheel
from autograder.releasing.versions import (
    FOLDER,
    Record,
    Snapshot,
    next_version,
    read_records,
    refuse_other_points,
    snapshot,
    term_key,
)

STAGED: tuple[str, ...] = ("autograder", "cnnlab", "solutions", "assignments")
STAGED += ("course.toml", "nbgrader_config.py", "pyproject.toml", "constraints.txt", "LICENSE")
README = REPOSITORY / "solutions" / "student_readme.md"
CLASSROOM = REPOSITORY / "solutions" / "github_classroom.yml"
PLACEHOLDER = "OWNER/REPOSITORY"
NO_VERSION = "0"  # stands for every version where only the rest is compared
Say = Callable[[str], None]


def release(course: Course, patch: bool = False, trial: bool = False, say: Say = print) -> Handout:
    """Write dist/<term>/ and the term's record in releases/.

    Args:
        patch: this corrects the release that students have.
        trial: leave out `make check`, and write dist/<term>-trial/ alone.

    Raises:
        CourseError: something is missing or wrong, or would leak; then nothing has changed.
    """
    refuse_no_place(course)
    refuse_uncommitted()
    records = read_records()
    version = next_version(records, course.term, patch)
    handout = Handout(course, parse_place(course.students_fetch_from), version, trial)
    scratch = REPOSITORY / ".build"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="release-", dir=scratch) as folder:
        stage, out = Path(folder, "course"), Path(folder, "out")
        stage_course(stage)
        build(stage, course.term)
        contents = contents_hash(handout, stage)
        if patch:
            refuse_no_change(records, course.term, version, contents)
        if not trial:
            require_proof(stage, course.term)
        record = write_release(handout, records, stage, out, say)
        leaks = find_leaks(out, read_manifest(out), read_secrets(course))
        if leaks:
            raise CourseError(
                "Nothing was released, because this would leak:\n" + "\n".join(f"  {leak}" for leak in leaks)
            )
        put_in_place(out, handout.folder)
    if not trial:
        record.contents[version] = contents
        write_atomically(FOLDER / f"{course.term}.json", record.to_json())
    return handout


def refuse_no_place(course: Course) -> None:
    if not course.students_fetch_from:
        raise CourseError(f"course.toml: terms.{course.term} has no students_fetch_from: badges and links need it.")
    if PLACEHOLDER in course.students_fetch_from:
        problem = f"students_fetch_from still says {PLACEHOLDER}: put your own repository there, since all badges and"
        raise error_of_term(course, "students_fetch_from", f"{problem} links are made of it.")


def refuse_no_change(records: list[Record], term: str, version: str, contents: str) -> None:
    """A correction that corrects nothing would ask all students to fetch the same again."""
    before = next(record for record in records if record.term == term)
    if before.contents[before.latest] == contents:
        raise CourseError(
            f"Nothing that students get has changed since {before.latest}: no {version} was made. "
            "Hidden tests and solutions need no release, `make grade` takes them as they are."
        )


def refuse_uncommitted() -> None:
    """A file in cnnlab/ that git does not know would go out by accident. Without git, nobody can tell."""
    if not (REPOSITORY / ".git").exists():
        return
    command = ["git", "-C", str(REPOSITORY), "ls-files", "--others", "--exclude-standard", "cnnlab"]
    unknown = subprocess.run(command, capture_output=True, text=True).stdout.split("\n")
    if unknown[0]:
        raise CourseError(f"{', '.join(filter(None, unknown))}: git does not know this. Add it to git, or remove it.")


def stage_course(stage: Path) -> None:
    """A copy of all that builds and proves the course, so that the working tree stays as it is."""
    stage.mkdir()
    for name in STAGED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, stage / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        elif source.exists():
            shutil.copy2(source, stage / name)


def build(stage: Path, term: str) -> None:
    """`make build` in the copy."""
    done = run_verb(stage, "build", term, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise CourseError(f"{done.stdout.strip()}\nNothing was released, because `make build` found that for {term}.")


def require_proof(stage: Path, term: str) -> None:
    """`make check` in the copy; its output is shown as it comes."""
    if run_verb(stage, "check", term).returncode:
        raise CourseError(f"Nothing was released, because `make check` found the problems above for {term}.")


def run_verb(stage: Path, verb: str, term: str, **options: Any) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "autograder", verb, "--term", term], cwd=stage, **options)


def contents_hash(handout: Handout, stage: Path) -> str:
    """A hash of everything that students get but its version."""
    import nbformat

    plain = replace(handout, version=NO_VERSION)
    texts = [readme(plain, README), classroom_workflow(plain, CLASSROOM), metadata(project_table(stage), NO_VERSION)]
    for assignment in handout.course.assignments:
        built = nbformat.read(stage / "assignments" / path_of(assignment), as_version=4)
        texts.append(notebook_text(hand_out(built, assignment, plain)))
    hasher = hashlib.sha256("\0".join(texts).encode())
    for name, data in package_files(stage, NO_VERSION).items():
        hasher.update(name.encode() + hashlib.sha256(data).digest())
    return hasher.hexdigest()[:16]


def write_release(handout: Handout, records: list[Record], stage: Path, out: Path, say: Say) -> Record:
    """Fill `out` from what was built in `stage`; gives the term's record with this version in it."""
    import nbformat

    course, shown = handout.course, {}
    out.mkdir()
    for assignment in course.assignments:
        built = stage / "assignments" / path_of(assignment)
        notebook = hand_out(nbformat.read(built, as_version=4), assignment, handout)
        shown[assignment.name] = snapshot(notebook)
        write_atomically(out / path_of(assignment), notebook_text(notebook))
    record = extended(records, course.term, handout.version, shown, say)
    earlier = [r for r in records if term_key(r.term) < term_key(course.term) and r.versions]
    write_atomically(out / "CHANGES.md", changes_text(record, earlier[-1] if earlier else None))
    write_atomically(out / "README.md", readme(handout, README))
    write_atomically(out / CLASSROOM.name, classroom_workflow(handout, CLASSROOM))
    write_wheel(stage, handout.version, out)
    write_sdist(stage, handout.version, out)
    write_manifest(handout, stage, out)
    return record


def extended(records: list[Record], term: str, version: str, shown: Snapshot, say: Say) -> Record:
    """The term's record with this version in it; says so if students may have that version in another form."""
    before = next((record for record in records if record.term == term), Record(term))
    if version in before.versions and before.versions[version] != shown:
        say(f"! {version} is not what it was when it was last made. If students have it already, use PATCH=1 instead.")
    elif before.versions and version not in before.versions:
        refuse_other_points(term, before.versions[before.latest], shown)
    return Record(term, {**before.versions, version: shown}, dict(before.contents))


def write_manifest(handout: Handout, stage: Path, out: Path) -> None:
    """manifest.json: every file with its size and hash, and the versions it was proved with."""
    files = {
        path.relative_to(out).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }
    pinned = re.findall(r"^([\w-]+)==", (stage / "constraints.txt").read_text(encoding="utf-8"), re.M)
    versions = {name: importlib.metadata.version(name) for name in pinned}  # those that are here, whatever is pinned
    table = {"format_version": 1, "course": handout.course.name, "term": handout.course.term}
    table |= {"version": handout.version, "tested_with": versions, "files": files}
    write_atomically(out / "manifest.json", json.dumps(table, indent=1, ensure_ascii=False) + "\n")


def read_manifest(folder: Path) -> list[str]:
    """Names of all files of a release, manifest.json itself included."""
    table = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return [*table["files"], "manifest.json"]


def put_in_place(out: Path, target: Path) -> None:
    """The new release in the place of the old one: two renames, so that no half of either can be seen."""
    target.parent.mkdir(exist_ok=True)
    old = out.with_name("old")
    if target.exists():
        os.rename(target, old)
    try:
        os.rename(out, target)
    except OSError:
        if old.exists():
            os.rename(old, target)
        raise


def describe(handout: Handout) -> list[str]:
    """What goes out and what stays, and the commands that publish it."""
    folder, term = handout.folder, handout.course.term
    sizes = [f"  {name}  {(folder / name).stat().st_size:,} bytes" for name in sorted(read_manifest(folder))]
    if handout.trial:
        told = "A trial: not proved, no version, not to be published."
        return [f"{told} It lies in dist/{folder.name}/:", *sizes, f"The real one: make release TERM={term}"]
    lines = [f"{term}, version {handout.version}. This goes out (dist/{folder.name}/):", *sizes]
    ours = sorted(path for path in REPOSITORY.iterdir() if not path.name.startswith((".", "_")))
    out = ("cnnlab", "LICENSE", "dist", "demo", "bench")
    stays = [path.name + "/" * path.is_dir() for path in ours if path.name not in out]
    lines += [f"This stays here: {', '.join(stays)}.", ""]
    place, name = handout.place, f"{term} {handout.version}"
    if not place.repository:
        return [*lines, f"Put the files of that folder where {place.address} serves them. Leave older wheels there."]
    where = f"students{place.folder}"
    return lines + [
        "Nothing is published yet. These commands do it (older wheels stay: earlier notebooks need them):",
        f"  git clone --branch {place.branch} https://github.com/{place.repository}.git students",
        f"  mkdir -p {where} && cp -R dist/{term}/. {where}/",
        f'  git -C students add --all && git -C students commit -m "{name}" && git -C students push',
        f"and this remembers it here: git add releases/{term}.json && git commit",
    ]
