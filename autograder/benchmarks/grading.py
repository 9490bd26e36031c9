"""`make bench`: what grading costs in time and memory, how it grows, and how fast nbgrader is beside it.

Writes bench/bench.json and bench/bench.png. Everything is measured in one run on one machine, with two jobs.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder.benchmarks import nbgrader_autograde
from autograder.course.course import REPOSITORY, Assignment, Course, load_course
from autograder.grading.pipeline import grade_class
from autograder.grading.run import Job
from autograder.proving.sample_class import CLASS, write_sample_class
from autograder.results.result import Result
from autograder.results.store import read_result, result_path

JOBS = 2
SIZES, QUICK_SIZES = (20, 100, 300, 1000), (20, 60)
HONEST = tuple(pupil for pupil in CLASS if pupil.honest)  # whose code ends by itself: 10 submissions a copy
MEGABYTE = 1 << 20


@dataclass
class Run:
    """One class, graded from nothing."""

    students: int
    grading: float  # seconds, from the first judge process's start to the last result on disk
    gradebook: float
    feedback: float
    again: float  # seconds of a second `autograder grade` with nothing changed, start of Python included
    beyond: list[float] = field(default_factory=list)  # seconds of each submission beyond the student's own code
    peak: int = 0  # bytes of all processes together

    @property
    def total(self) -> float:
        return self.grading + self.gradebook + self.feedback


@dataclass
class Figure:
    """One line of the table."""

    what: str
    value: str
    target: str = ""
    met: bool | None = None


def run_bench(console: Console, quick: bool = False) -> None:
    """Measure, print the table, write bench/bench.json and bench/bench.png. About ten minutes; `quick`: about three."""
    folder = Path("bench").resolve()
    runs = []
    for students in QUICK_SIZES if quick else SIZES:
        with console.status(f"grading {students} submissions"):
            runs.append(measure(folder / f"class-{students}", students))
        run = runs[-1]
        console.print(f"{students} submissions: {run.total:.1f} s, again {run.again:.1f} s", highlight=False)
    nbgrader = beside_nbgrader(folder, console)
    figures = own_figures(runs) + nbgrader_figures(runs[0], nbgrader)
    console.print(table_of(figures))
    report = {"figures": [asdict(figure) for figure in figures], "runs": [asdict(run) for run in runs]}
    (folder / "bench.json").write_text(json.dumps(report | {"nbgrader": nbgrader}, indent=1) + "\n")
    draw(runs, nbgrader, folder / "bench.png")
    console.print(f"Written: {folder / 'bench.json'} and {folder / 'bench.png'}", soft_wrap=True, highlight=False)


# --- ours -----------------------------------------------------------------------------------------------------------


def measure(root: Path, students: int) -> Run:
    """Grade a class of `students` copies of the honest submissions in a folder of its own."""
    shutil.rmtree(root, ignore_errors=True)
    course = load_course(root)
    assignment = course.assignment("a1_convolution")
    write_sample_class(course, assignment, students // len(HONEST), HONEST)
    with peak_memory() as peak:
        seconds = grade_class(Job(course, assignment, True), None, JOBS, False, Console(file=io.StringIO()))
    results = results_of(course, assignment)
    return Run(
        len(results),
        **{phase: round(time_, 3) for phase, time_ in seconds.items()},
        again=grade_again(course, assignment),
        beyond=[round(result.seconds - result.student_seconds, 3) for result in results],
        peak=peak[0],
    )


def results_of(course: Course, assignment: Assignment) -> list[Result]:
    paths = sorted((course.results / assignment.name).glob("*.json"))
    return [result for path in paths if (result := read_result(result_path(course, assignment, path.stem)))]


def grade_again(course: Course, assignment: Assignment) -> float:
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        assignment.name,
        "--course",
        str(course.root),
        "--jobs",
        str(JOBS),
    ]
    started = time.monotonic()
    subprocess.run(command, check=True, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    return round(time.monotonic() - started, 3)


@contextlib.contextmanager
def peak_memory() -> Iterator[list[int]]:
    """The largest sum of memory over this process and all below it, in a list of one; sampled twice a second."""
    peak, ended = [0], threading.Event()

    def sample() -> None:
        while not ended.wait(0.5):
            peak[0] = max(peak[0], sum(map(memory_of, process_tree(os.getpid()))))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def process_tree(root: int) -> set[int]:
    """A process and all its descendants, in whatever namespaces they are."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            parent = int(Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(name))
    found = [root]
    for pid in found:  # which grows meanwhile
        found += children.get(pid, [])
    return set(found)


def memory_of(pid: int) -> int:
    """Bytes of one process, of shared pages its share (PSS); 0 if it ended meanwhile."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def beside_nbgrader(folder: Path, console: Console) -> dict[str, float | bool]:
    """Seconds of `nbgrader autograde` on the smallest class, and whether its scores are ours."""
    course = load_course(folder / f"class-{SIZES[0]}")
    assignment = course.assignment("a1_convolution")
    ours = {result.student: result.points for result in results_of(course, assignment)}
    pupils = {name: pupil for name in ours for pupil in HONEST if name.startswith(f"{pupil.student}-")}
    seconds, scores = nbgrader_autograde.measure(folder, assignment, pupils, console)
    return {"students": len(pupils), "alone": seconds[0], "two": seconds[1], "same_scores": scores == ours}


# --- figures --------------------------------------------------------------------------------------------------------


def own_figures(runs: list[Run]) -> list[Figure]:
    first, last = runs[0], runs[-1]
    beyond = 1000 * statistics.mean(last.beyond)
    peak = max(run.peak for run in runs) / MEGABYTE
    steps = [(b.total - a.total) / (b.students - a.students) for a, b in zip(runs, runs[1:])]
    growth = max(steps) / min(steps)
    return [
        Figure(
            "grading a submission, beyond the student's own code", f"{beyond:.0f} ms", "at most 100 ms", beyond <= 100
        ),
        Figure("memory of all processes, two jobs, largest class", f"{peak:.0f} MB", "under 1500 MB", peak < 1500),
        Figure(f"gradebook, {first.students} students", f"{first.gradebook:.1f} s"),
        Figure(f"feedback, {first.students} students", f"{first.feedback:.1f} s", "under 5 s", first.feedback < 5),
        *(Figure(f"all phases, {run.students} students", f"{run.total:.1f} s ({rate(run)} a minute)") for run in runs),
        Figure(
            "time for one more student, slowest step to fastest",
            f"{growth:.2f}",
            "at most 1.25 (linear)",
            growth <= 1.25,
        ),
        Figure(
            f"again with nothing changed, {last.students} students", f"{last.again:.1f} s", "under 5 s", last.again < 5
        ),
    ]


def rate(run: Run) -> str:
    return f"{60 * run.students / run.total:.0f}"


def nbgrader_figures(ours: Run, nbgrader: dict) -> list[Figure]:
    """Grading and gradebook on our side, which is what `nbgrader autograde` does too."""
    alone, two = nbgrader["alone"], nbgrader["two"]
    seconds = ours.grading + ours.gradebook
    faster = alone / seconds
    return [
        Figure(
            f"nbgrader autograde, the same {nbgrader['students']}",
            f"{alone:.1f} s ({60 * nbgrader['students'] / alone:.0f} a minute)",
        ),
        Figure(
            "ours on the same, grading and gradebook", f"{seconds:.1f} s ({60 * ours.students / seconds:.0f} a minute)"
        ),
        Figure("times as many submissions a minute", f"{faster:.1f}", "at least 15", faster >= 15),
        Figure("the same beside two nbgrader at once, half the class each", f"{two / seconds:.1f}"),
        Figure("nbgrader's scores are ours", str(nbgrader["same_scores"]), "True", bool(nbgrader["same_scores"])),
    ]


def table_of(figures: list[Figure]) -> Table:
    table = Table("figure", "value", "target", "")
    for figure in figures:
        verdict = "" if figure.met is None else "[green]met[/]" if figure.met else "[red]not met[/]"
        table.add_row(figure.what, figure.value, figure.target, verdict)
    return table


def draw(runs: list[Run], nbgrader: dict, path: Path) -> None:
    """Seconds against students, by phase, with nbgrader's pace as a line."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    students = [run.students for run in runs]
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    phases = {phase: [getattr(run, phase) for run in runs] for phase in ("grading", "gradebook", "feedback")}
    axes.stackplot(students, *phases.values(), labels=list(phases), colors=("#4477aa", "#88ccee", "#ddcc77"))
    axes.plot(students, [run.total for run in runs], "o-", color="black", markersize=4, linewidth=1, label="all phases")
    pace = nbgrader["alone"] / nbgrader["students"]
    axes.plot(
        students, [pace * n for n in students], "--", color="#cc6677", label=f"nbgrader's pace, {pace:.1f} s each"
    )
    axes.set(xlabel="submissions", ylabel="seconds", ylim=(0, 3 * runs[-1].total), title="Grading a class, two jobs")
    axes.legend(loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
