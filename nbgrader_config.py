"""nbgrader's settings for this course: the same folders, gradebook and judge as `make grade`.

They hold for the repository, and for any other course folder whose own nbgrader_config.py loads this file.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # the grader's package lies beside this file

from autograder.course.course import load_course  # noqa: E402

c = get_config()  # noqa: F821 - nbgrader gives it to this file

# Folders, all below the course folder. Sources are Python files in solutions/: `make build` turns them into notebooks.
c.CourseDirectory.source_directory = ".build/source"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "submitted"
c.CourseDirectory.autograded_directory = "autograded"
c.CourseDirectory.feedback_directory = "feedback"

# What students see in the place of a solution; build.py says the same to nbgrader
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("Replace this line with your code.")'}
c.ClearSolutions.text_stub = "*Replace this line with your answer.*"

# `nbgrader autograde`: our judge runs the hidden tests, nbgrader keeps the grades
c.Autograde.pre_convert_hook = "autograder.grading.preprocessor.fill_gradebook"
c.Autograde.sanitize_preprocessors = [
    "autograder.grading.preprocessor.RestoreCells",  # first: what follows looks at the release's cells only
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.grading.preprocessor.GradeInSandbox",
    "nbgrader.preprocessors.SaveAutoGrades",
    "autograder.grading.preprocessor.KeepOpen",
    "autograder.grading.preprocessor.AssignPenalties",  # after the grades: a penalty may be a part of them
    "nbgrader.preprocessors.CheckCellMetadata",
]

# `nbgrader generate_feedback`: the pages that `make grade` writes
c.GenerateFeedback.exporter_class = "autograder.reporting.feedback_page.FeedbackExporter"
c.GenerateFeedback.preprocessors = ["autograder.reporting.feedback_page.StudentsPage"]

# `nbgrader export`: beside the grades.csv that `make grade` writes, not over it
c.ExportPlugin.to = "nbgrader_export.csv"

# formgrader: a student's Markdown must not run scripts in its window; mark scheme and comments.csv stand beside it
c.HTMLExporter.filters = {"markdown2html": "autograder.reporting.marking.marking_markdown"}

# Late submissions: what course.toml says of this term
late = load_course().late
if isinstance(late, str) and "." in late:
    c.AssignLatePenalties.plugin_class = late
elif isinstance(late, str):
    c.LateSubmissionPlugin.penalty_method = late
