"""The grade cells that nbgrader's own autograder runs for comparison: they give the points that ours gives."""

import pytest

from autograder.benchmarks.nbgrader_autograde import points_of
from autograder.course.course import load_course
from autograder.course.questions import points_of_questions
from autograder.course.reference import load_functions, solution_source

ASSIGNMENT = load_course().assignment("a1_convolution")


@pytest.mark.parametrize("question", ["conv_output_size", "convolve2d"])
def test_a_grade_cell_gives_the_points_of_what_passes(question):
    functions = load_functions(solution_source(ASSIGNMENT.source), str(ASSIGNMENT.source))
    assert points_of(ASSIGNMENT.name, question, functions) == points_of_questions(ASSIGNMENT)[question]
    assert points_of(ASSIGNMENT.name, question, {**functions, question: lambda *inputs: None}) == 0
