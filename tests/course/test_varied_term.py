"""A term with another LeNet, smaller images and other accuracies: text, checks, hidden tests and judge all follow."""

import json
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from autograder.course.course import REPOSITORY

NAME, TERM = "a4_lenet", "2027-winter"
NUMBERS = f"""
[terms.{TERM}]
seed = "the seed of the winter term"
assignments = ["{NAME}"]
variations.lenet_channels = [16, 40]
variations.image_size = 28
variations.lenet_percents = [30, 35, 40, 45, 50, 55, 60, 61]
variations.convnet_percents = [40, 45, 50, 55, 60, 62]
"""
# 40 channels on 7 x 7 are flattened
pytestmark = [pytest.mark.long, pytest.mark.whole]
GRAY, COLOR = "1,001,966", "1,002,766"
LAST_TERMS = ("test_lenet_parameters", "test_lenet_values", "test_lenet_odd_sizes", "test_lenet_gradients")
LAST_TERMS += ("test_lenet_modes", "test_lenet_defaults")
# runs in the copy: everything that was imported here has this term's numbers
FIND_OUT = f"""
import json
import random
import sys

import numpy as np

import cnnlab
from autograder.proving.check import Case, cases_to_prove, prove
from autograder.course.course import load_course
from autograder.grading.heldout import load_images
from autograder.course.reference import load_functions, solution_source
from autograder.reading.weights import WeightsError, match_lenet
from cnnlab.datasets import synthetic_cifar10
from cnnlab.networks.lenet import lenet_shapes
from cnnlab.networks.thresholds import CONVNET_STEPS, LENET_STEPS

WRONG = ("mistake: flattened to a number", "mistake: other defaults", "mistake: channels of")
PROVED = ("the reference", "honest: plain", random.Random(int(sys.argv[1])).choice(WRONG))


def last_terms_weights():
    shapes = {{**lenet_shapes(), "conv1.weight": (20, 3, 5, 5), "conv1.bias": (20,)}}
    try:
        match_lenet({{name: np.zeros(shape) for name, shape in shapes.items()}}, "lenet.safetensors")
    except WeightsError as error:
        return str(error)


def main():
    course = load_course(term="{TERM}")
    (assignment,) = course.assignments
    solution = solution_source(assignment.source)
    last = solution.replace('VARIATIONS["lenet_channels"]', "(20, 50)").replace('VARIATIONS["image_size"]', "32")
    cases = [case for case in cases_to_prove(assignment) if case.name.startswith(PROVED)]
    cases.append(Case("last term's LeNet", last, frozenset({LAST_TERMS!r})))
    names = load_functions(solution, "solution")
    checks = [cnnlab.check(question, names) for question in ("lenet", "overfit", "convnet")]
    held_out = load_images("colors", course.seed).held_out
    print(json.dumps({{
        "cases": [case.name for case in cases],
        "problems": prove(course, assignment, cases, 1, True),
        "checks": [[report.title, report.outcome] for check in checks for report in check.reports],
        "last": repr(cnnlab.check("lenet", load_functions(last, "last"))),
        "last_weights": last_terms_weights(),
        "images": [synthetic_cifar10(split="val").images.shape, held_out.images.shape],
        "steps": [LENET_STEPS, CONVNET_STEPS],
    }}))


if __name__ == "__main__":
    main()
"""


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """A copy of the course, built for the term."""
    folder = tmp_path_factory.mktemp("varied")
    for name in ("autograder", "cnnlab", f"solutions/{NAME}"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "solutions" / "setup_cell.py", folder / "solutions")
    text = (REPOSITORY / "course.toml").read_text(encoding="utf-8")
    (folder / "course.toml").write_text(text + NUMBERS, encoding="utf-8")
    command = [sys.executable, "-m", "autograder", "build", "--term", TERM]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def found(term, request):
    """What is so in the copy. Of the mistakes that have a term's numbers in them, the seed of the sample draws one."""
    (term / "find_out.py").write_text(FIND_OUT, encoding="utf-8")
    command = [sys.executable, "find_out.py", str(request.config.getoption("sample"))]
    done = subprocess.run(command, cwd=term, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_notebook_has_the_terms_numbers(term):
    notebook = nbformat.read(term / "assignments" / NAME / f"{NAME}.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert f"| **total** | | **{GRAY}** |" in text and f"the total is {COLOR}." in text
    assert "| flatten | 1960 | |" in text and r"$40 \cdot (16 \cdot 25 + 1) = 16\,040$" in text
    assert "in_channels=3, image_size=28, num_classes=10" in text and "(N, 3, 28, 28)" in text
    assert "we use the middle, 28 x 28 pixels" in text
    assert "{{" not in text and "VARIATIONS" not in text
    assert not re.search("1,256,080|1,632,080|3200|20 filters|3, 32, 32", text)


def test_measurements_of_another_network_are_no_promise(term):
    text = (term / "assignments" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    assert "with points to spare" not in text
    assert "the recipe for a LeNet of 20 and 50 channels on images of 32 x 32" in text


def test_hidden_tests_and_mistakes_follow(found):
    """The reference and an honest answer get all points; wrong numbers, last term's too, lose what they must."""
    assert len(found["cases"]) == 4 and found["problems"] == []


def test_visible_checks_follow(found):
    said = dict(found["checks"])
    assert said[f"as many parameters as the table: {GRAY} for 1x28x28, {COLOR} for 3x28x28"] == "passed"
    assert said["(N, 3, 28, 28) to (N, 10), at most 300,000 parameters, at least one nn.BatchNorm2d"] == "passed"
    assert said["your LeNet knows 50 random images by heart, and the accuracy is returned"] == "passed"
    assert "number of parameters for 1x28x28 = 1256080" in found["last"]


def test_the_judge_follows(found):
    assert "holds no tensor of shape (16, 3, 5, 5), LeNet's conv1.weight" in found["last_weights"]
    assert [shape[1:] for shape in found["images"]] == [[3, 28, 28]] * 2
    assert [step for step, _ in found["steps"][0]] == [30, 35, 40, 45, 50, 55, 60, 61]
    assert found["steps"][1][-1] == [62, 2]
