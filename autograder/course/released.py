"""What students of a term were promised: `releases/<term>.json` has the points of each question they were handed."""

from __future__ import annotations

import json

from autograder.course.course import REPOSITORY, Assignment, Course, CourseError
from autograder.course.questions import points_of_questions

FOLDER = REPOSITORY / "releases"


def points_promised(course: Course, assignment: Assignment) -> list[str]:
    """A sentence, if questions are worth other points now than in the term's release.

    Raises:
        CourseError: the file can't be read.
    """
    path = FOLDER / f"{course.term}.json"
    try:
        versions = json.loads(path.read_text(encoding="utf-8"))["versions"]
        parts = versions[list(versions)[-1]].get(assignment.name, {}) if versions else {}
        promised = {name: float(part["points"]) for name, part in parts.items() if name}
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"releases/{path.name} can't be read ({error}): take it back from git, it says what students have."
        ) from None
    now = points_of_questions(assignment) | points_of_questions(assignment, by_hand=True)
    odd = [f"{name} {promised.get(name, 0):g} → {now.get(name, 0):g}" for name in {**promised, **now}]
    odd = [text for text, name in zip(odd, {**promised, **now}) if promised.get(name) != now.get(name)]
    if not promised or not odd:
        return []
    return [
        f"{assignment.name}: students of {course.term} were promised other points than are given: {', '.join(odd)}."
    ]
