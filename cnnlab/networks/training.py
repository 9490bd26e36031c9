"""What the cells of a notebook that train a network need: a kind word while a function is missing, and live curves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnlab.pictures.plotting_training import show_curves

if TYPE_CHECKING:
    import torch

UPDATES = 10  # of the progress shown, in an epoch


@contextmanager
def needs(*names: str) -> Iterator[None]:
    """Run a cell that needs functions of the student's: while one is still a stub, a sentence takes its place."""
    try:
        yield
    except NotImplementedError:
        print(f"This cell needs {', '.join(names)}: write what is still missing, then run it again.")
    except NameError as error:
        missing = [name for name in names if f"'{name}' is not defined" in str(error)]
        if not missing:
            raise
        print(f"This cell needs {missing[0]}, which is not there yet: run the cells above first.")


def predict(model: torch.nn.Module, images: torch.Tensor, batch_size: int = 500) -> np.ndarray:
    """Probabilities (N, classes) that a network gives for images (N, C, H, W), in evaluation mode."""
    import torch

    device = next(model.parameters()).device
    training = model.training
    model.eval()
    with torch.no_grad():
        parts = [model(part.to(device)).softmax(dim=1).cpu() for part in images.split(batch_size)]
    model.train(training)
    return torch.cat(parts).numpy()


class LiveCurves:
    """Loss and accuracy after every epoch: a picture that grows in a notebook, lines of text in a terminal.

    Call it as `curves(loss, accuracy)` at the end of an epoch; `curves.watch(loader)` gives the batches of a loader and
    shows how far the epoch is.
    """

    def __init__(self, title: str, epochs: int) -> None:
        self.title, self.epochs = title, epochs
        self.losses: list[float] = []
        self.accuracies: list[float] = []
        self._screen = open_screen()

    def __call__(self, loss: float, accuracy: float) -> None:
        self.losses.append(float(loss))
        self.accuracies.append(float(accuracy))
        if self._screen is None:
            print(f"{self.title}, epoch {len(self.losses)} of {self.epochs}: {self.latest}")
        else:
            self._screen.update(self.picture())

    def watch(self, loader: Iterable[Any]) -> WatchedLoader:
        """The same batches; a notebook shows the share of the epoch that is done."""
        return WatchedLoader(loader, self)

    @property
    def latest(self) -> str:
        return f"loss {self.losses[-1]:.3f}, validation accuracy {100 * self.accuracies[-1]:.1f} %"

    def picture(self, share: float = 0.0) -> Any:
        """The curves so far; `share` of the next epoch is done."""
        title = f"{self.title}: {len(self.losses)} of {self.epochs} epochs"
        if share:
            title = f"{self.title}: epoch {len(self.losses) + 1} of {self.epochs}, {100 * share:.0f} %"
        return show_curves(self.losses, self.accuracies, self.epochs, title)

    def progress(self, share: float) -> None:
        if self._screen is not None:
            self._screen.update(self.picture(share))


class WatchedLoader:
    """A loader that tells its curves how far it is, `UPDATES` times an epoch."""

    def __init__(self, loader: Iterable[Any], curves: LiveCurves) -> None:
        self.loader, self.curves = loader, curves

    def __len__(self) -> int:
        return len(self.loader) if isinstance(self.loader, Sized) else 0

    def __iter__(self) -> Iterator[Any]:
        step = max(1, len(self) // UPDATES)
        for done, batch in enumerate(self.loader):
            if len(self) and done and done % step == 0:
                self.curves.progress(done / len(self))
            yield batch


def open_screen() -> Any:
    """A place in the output of this cell that can be drawn anew; None outside a notebook."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return None
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import HTML

    return display(HTML("Training begins ..."), display_id=True)
