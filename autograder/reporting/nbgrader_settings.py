"""What the nbgrader_config.py of a course folder says, and the plugin for late hand-ins that it names."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course.course import REPOSITORY, Course, CourseError

FILE = "nbgrader_config.py"
Plugin = Callable[[str, float, float], float | None]  # as nbgrader asks: student, points, seconds late -> points off


def read_config(folder: Path) -> Config:
    """The settings in a folder's nbgrader_config.py; the repository's where there is none.

    Raises:
        CourseError: it is no Python that runs.
    """
    folder = folder if (folder / FILE).exists() else REPOSITORY
    try:
        return PyFileConfigLoader(FILE, path=str(folder)).load_config()
    except CourseError:
        raise
    except Exception as error:  # whatever a file of the course's own raises
        raise CourseError(f"{folder / FILE} can't be read ({type(error).__name__}: {error}): correct it.") from None


def late_plugin(course: Course) -> Plugin | None:
    """What "zero" is, a class of the course's own or, in the place of "none", the plugin of the folder's settings."""
    if course.late == "zero":
        return lambda student, points, seconds: points
    config = read_config(course.root)
    if course.late != "none":
        module, _, name = str(course.late).rpartition(".")
        return getattr(importlib.import_module(module), name)(config=config).late_submission_penalty
    if late_settings(config) == late_settings(read_config(REPOSITORY)):
        return None
    from nbgrader.preprocessors import AssignLatePenalties  # it takes a second to import

    preprocessor = AssignLatePenalties(config=config)
    preprocessor.init_plugin()
    return preprocessor.plugin_inst.late_submission_penalty


def late_settings(config: Config) -> tuple[Any, Any]:
    return config.AssignLatePenalties.get("plugin_class"), config.LateSubmissionPlugin.get("penalty_method")
