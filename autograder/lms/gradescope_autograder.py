"""What runs in Gradescope's container: grades one submission as `make grade` does, and writes `results.json`.

`run_autograder` starts it: `python -m autograder.lms.gradescope_autograder /autograder`. Whatever happens, a
`results.json` is there at the end, written by the judge alone and at once; where nothing could be graded, it says why
and holds no score. `submission_metadata.json` gives the submission's number; who handed in, when, and what lateness
costs are Gradescope's business.
"""

from __future__ import annotations

import json
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from autograder import REPOSITORY, AutograderError
from autograder.collecting.submissions import Submission
from autograder.course.course import Assignment, CourseError, load_course
from autograder.course.questions import points_of_questions
from autograder.course.variation import difference_of_variations
from autograder.files import write_atomically
from autograder.grading.heldout import require_images
from autograder.grading.run import Job, grade_all, needs_grading, ungraded
from autograder.lms.gradescope_results import as_json, no_score, printable, results_of
from autograder.results.result import Result
from autograder.results.store import result_path, usable_result
from autograder.sandbox import SandboxUnavailable

SETTINGS = "gradescope.json"  # in the zip: the assignment, whether code is shut in, what students see
NO_WALLS = (
    "For the staff: this container can't shut students' code in, so none of it was run. Grade on a machine of your own "
    '(make grade), or make the zip again by OPTIONS="--no-sandbox": code that means to can then read the hidden tests. '
    "What was tried:"
)


def grade(root: Path) -> dict[str, Any]:
    """The table of results.json for what lies in `root`/submission."""
    settings = json.loads((REPOSITORY / SETTINGS).read_text(encoding="utf-8"))
    number, total = read_metadata(root / "submission_metadata.json")
    with tempfile.TemporaryDirectory(prefix="grading-") as scratch:
        course = load_course(Path(scratch))
        for problem in difference_of_variations(course):
            raise CourseError(problem)
        assignment = course.assignment(settings["assignment"])
        if assignment.images:
            require_images(assignment.images)
        result = grade_one(Job(course, assignment, settings["isolate"]), Submission(number, root / "submission"))
    written = points_of_questions(assignment, by_hand=True)
    for line in for_staff(result, assignment, written, total):
        print(line)
    return results_of(result, written, settings["shown"])


def grade_one(job: Job, submission: Submission) -> Result:
    """As `make grade` does it: in a process that may die, once more where only the clock has ended something."""
    before: dict[str, Result | None] = {submission.student: None}
    waiting, troubles = needs_grading(job, [submission], before, force=True)
    troubles |= grade_all(job, waiting, 1, lambda student: None).troubles
    trouble = troubles.get(submission.student, "look by hand: its result can't be read again")
    result = usable_result(result_path(job.course, job.assignment, submission.student))
    return result or ungraded(job.course, job.assignment, submission.student, trouble)


def for_staff(result: Result, assignment: Assignment, written: dict[str, float], total: float | None) -> list[str]:
    """What stands in the output that only the staff see."""
    points = f"{result.points:g} of {result.max_points:g}"
    lines = [f"{result.student}: {points}, {result.status} ({result.sandbox or 'no'} sandbox)", *result.needs_attention]
    by_tests = sum(points_of_questions(assignment).values())
    if total is not None and abs(total - by_tests) > 1e-6:
        by_hand = f", and {sum(written.values()):g} are given by hand" if written else ""
        lines.append(f"Gradescope counts {total:g} points for this assignment; the tests give {by_tests:g}{by_hand}.")
    return printable(lines)


def read_metadata(path: Path) -> tuple[str, float | None]:
    """The submission's number, and how many points Gradescope counts; a file that is odd decides nothing."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        number = table.get("id")
        name = f"submission-{number}" if isinstance(number, int) else "submission"
    except (OSError, ValueError, AttributeError, RecursionError):
        return "submission", None
    try:
        return name, float(table["assignment"]["total_points"])
    except (ValueError, TypeError, KeyError, OverflowError):
        return name, None


def results_text(root: Path) -> str:
    """The text of results.json, whatever happens."""
    try:
        return as_json(grade(root))
    except SandboxUnavailable as error:
        return as_json(no_score(f"{NO_WALLS} {error}"))
    except AutograderError as error:
        return as_json(no_score(f"For the staff: {error}"))
    except Exception as error:
        traceback.print_exc()  # only the staff see it
        return as_json(
            no_score(f"For the staff: the grader itself failed ({type(error).__name__}); its output says where.")
        )


def main() -> int:
    root = Path(sys.argv[1])
    write_atomically(root / "results" / "results.json", results_text(root))
    return 0


if __name__ == "__main__":
    sys.exit(main())
