"""The pictures: drawn without a display, and a picture cell never stops a run of the notebook."""

import matplotlib
import numpy as np
import pytest

from autograder.authoring.build import solution_notebook, student_notebook
from autograder.course.course import load_course
from cnnlab.pictures import plotting
from cnnlab.pictures.plotting import picture

PNG = b"\x89PNG\r\n\x1a\n"
RNG = np.random.default_rng(0)
PICTURES = {
    "images": lambda: plotting.show_images([np.zeros((3, 4, 5)), np.eye(4)], ["colour", "gray"], title="two"),
    "one image": lambda: plotting.show_images([np.eye(4)]),
    "feature maps": lambda: plotting.show_feature_maps(RNG.standard_normal((6, 5, 4))),
    "filters": lambda: plotting.show_filters(RNG.standard_normal((2, 3, 3, 2)), ["a", "b"]),
    "filters of zeros": lambda: plotting.show_filters(np.zeros((1, 1, 3, 3))),
    "windows": lambda: plotting.show_windows(7, 3, stride=2, pad=1),
    "receptive field": lambda: plotting.show_receptive_field([(3, 2), (5, 1)]),
    "no layers": lambda: plotting.show_receptive_field([]),
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_drawn(name):
    assert PICTURES[name]()._repr_png_().startswith(PNG)


def test_the_same_picture_has_the_same_bytes():
    assert PICTURES["windows"]().to_png() == PICTURES["windows"]().to_png()


def test_the_sample_image_is_a_colour_image():
    image = plotting.sample_image(32)
    assert image.shape == (3, 32, 32) and 0 <= image.min() < 0.2 and 0.8 < image.max() <= 1


@pytest.mark.parametrize(
    "error, sentence",
    [
        (NotImplementedError("stub"), "This picture is made with f: write it, then run this cell again."),
        (NameError("name 'f' is not defined"), "This picture is made with f: write it, then run this cell again."),
        (NameError("name 'image' is not defined"), "No picture yet: NameError: name 'image' is not defined."),
        (IndexError("too far"), "No picture yet: IndexError: too far. Does f pass its check?"),
    ],
)
def test_what_goes_wrong_in_a_picture_cell_is_one_sentence(capsys, error, sentence):
    with picture("f"):
        raise error
    assert capsys.readouterr().out == sentence + "\n"


def test_a_picture_cell_without_a_function_of_the_student(capsys):
    with picture():
        raise NotImplementedError
    assert capsys.readouterr().out == "No picture yet: NotImplementedError: something is not there yet.\n"


@pytest.mark.parametrize("version", [student_notebook, solution_notebook])
def test_the_notebook_runs_from_top_to_bottom(version, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    matplotlib.use("agg")
    names = {}
    for cell in version(load_course().assignment("a1_convolution")).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), names)
    said = capsys.readouterr().out
    assert "assignment a1_convolution, term development" in said
    assert said.count("write it, then run this cell again.") == (3 if version is student_notebook else 0)
    assert "No picture yet" not in said
