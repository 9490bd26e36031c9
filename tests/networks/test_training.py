"""What training cells use: a sentence for a missing function, live curves, and the pictures of a4."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.networks.training import LiveCurves, needs, predict
from cnnlab.pictures.plotting_training import (
    confusion_matrix,
    show_color_filters,
    show_confusion,
    show_curves,
    show_layers,
)

PNG = b"\x89PNG"


def test_a_stub_becomes_a_sentence(capsys):
    with needs("LeNet", "fit"):
        raise NotImplementedError
    assert "This cell needs LeNet, fit: write what is still missing" in capsys.readouterr().out


def test_a_name_that_is_not_there_yet_becomes_a_sentence(capsys):
    with needs("train_x"):
        train_x  # noqa: B018, F821
    assert "This cell needs train_x, which is not there yet" in capsys.readouterr().out


@pytest.mark.parametrize("error", [NameError("name 'typo' is not defined"), ValueError("no")])
def test_other_errors_are_shown(error):
    with pytest.raises(type(error)), needs("LeNet"):
        raise error


def test_curves_in_a_terminal(capsys):
    curves = LiveCurves("LeNet", 2)
    assert list(curves.watch([1, 2, 3])) == [1, 2, 3]
    curves(1.5, 0.25)
    assert capsys.readouterr().out == "LeNet, epoch 1 of 2: loss 1.500, validation accuracy 25.0 %\n"


class Screen:
    def __init__(self):
        self.pictures = []

    def update(self, picture):
        self.pictures.append(picture.to_png())


def test_curves_in_a_notebook(monkeypatch):
    screen = Screen()
    monkeypatch.setattr("cnnlab.networks.training.open_screen", lambda: screen)
    curves = LiveCurves("LeNet", 2)
    batches = curves.watch(range(40))
    assert len(batches) == 40 and len(list(batches)) == 40
    assert 5 <= len(screen.pictures) <= 12
    curves(1.5, 0.25)
    assert screen.pictures[-1].startswith(PNG) and screen.pictures[-1] != screen.pictures[0]


def test_predict_gives_probabilities_and_leaves_no_trace():
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.9), nn.Linear(12, 4))
    images = torch.randn(7, 3, 2, 2)
    chances = predict(model, images, batch_size=3)
    desired = model.eval()(images).softmax(1).detach().numpy()
    assert np.allclose(chances, desired)
    model.train()
    predict(model, images)
    assert model.training


def test_the_confusion_matrix_counts():
    counts = confusion_matrix([0, 0, 1, 2], [0, 2, 1, 2], classes=3)
    assert counts.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    "picture",
    [
        show_layers([("conv", (4, 5, 5), 104), ("act", (4, 5, 5), 0)], "a network"),
        show_curves([], [], 3),
        show_curves([2.0, 1.0], [0.2, 0.4], 30, "two epochs"),
        show_color_filters(np.zeros((3, 3, 5, 5)), np.ones((12, 3, 5, 5)), titles=["before", "after"]),
        show_confusion(np.diag([3, 0, 2]), ["a", "b", "c"]),
    ],
)
def test_pictures_can_be_drawn(picture):
    assert picture.to_png().startswith(PNG)
