"""The networks that a student has trained: their weights, and how many held-out images they get right.

The networks run in a sandboxed worker of their own, which never sees a line of the student's code or a label: it gets
weights, images, and a description that is data (`cnnlab.networks.network`), and gives the outputs back.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograder import sandbox
from autograder.grading.heldout import Accuracy, HeldOut
from autograder.reading.statements import Statement
from autograder.reading.weights import (
    LENET,
    MAX_BYTES,
    Arrays,
    WeightsError,
    find_weights,
    load_state,
    match_lenet,
    match_names,
)
from autograder.reading.weights import read_weights as read_file
from cnnlab.checking.outcomes import GraderError, NotChecked
from cnnlab.checking.student import Student
from cnnlab.datasets import Split
from cnnlab.networks.lenet import lenet_parameters

RUN_SECONDS = 300  # for a network of the largest size allowed, on a busy machine
LOAD_SECONDS = 30
PROGRAM = f"from cnnlab.networks.network import run, survey\n\n{inspect.getsource(load_state)}"


@dataclass(frozen=True)
class Network:
    """A network that can be run: its description, and the weights it names."""

    description: dict[str, Any]
    weights: Arrays
    max_parameters: int


def lenet_description() -> dict[str, Any]:
    """The course's LeNet for this term's images; its tensors are named as in `weights.LENET`."""
    steps: list[dict[str, Any]] = []

    def add(operation: str, *args: Any) -> None:
        before = {"step": len(steps)}
        steps.append({"op": operation, "args": [before, *args], "kwargs": {}})

    for number in (1, 2):
        add("conv2d", {"tensor": f"conv{number}.weight"}, {"tensor": f"conv{number}.bias"}, 1, 2)
        add("relu")
        add("max_pool2d", 2)
    add("flatten", 1)
    add("linear", {"tensor": "fc1.weight"}, {"tensor": "fc1.bias"})
    add("relu")
    add("linear", {"tensor": "fc2.weight"}, {"tensor": "fc2.bias"})
    return {"tensors": {k: list(v) for k, v in LENET.items()}, "steps": steps, "output": {"step": len(steps)}}


class TrainedNetworks:
    """What one submission has trained. Every answer is computed once; what can't be used raises `WeightsError`."""

    def __init__(
        self,
        box: sandbox.Sandbox,
        folder: Path,
        student: Student,
        images: HeldOut | None,
        budget: sandbox.TimeBudget | None = None,
    ) -> None:
        """`budget` is the submission's time, which running its networks takes from, too."""
        self._box, self._folder, self._student, self._images = box, folder, student, images
        self._budget = budget or sandbox.TimeBudget(RUN_SECONDS)
        self._worker: sandbox.Worker | None = None
        self._answers: dict[Any, Any] = {}

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def lenet(self) -> Network:
        """The judge's own LeNet with the student's weights."""
        return self._once("lenet", self._make_lenet)

    def convnet_survey(self) -> dict[str, Any]:
        """What the student's ConvNet comes to: parameters, multiply-adds, batch norms (`cnnlab.networks.network`)."""
        return self._once("survey", self._make_survey)[1]

    def convnet(self) -> Network:
        """The student's ConvNet with the student's weights, rebuilt from its description."""
        return self._once("convnet", self._make_convnet)

    def accuracy(self, name: str) -> Accuracy:
        """Accuracy of "lenet" or "convnet" on the term's images."""
        return self._once(
            ("accuracy", name), lambda: self._measure({"lenet": self.lenet, "convnet": self.convnet}[name]())
        )

    @property
    def accuracies(self) -> dict[str, float]:
        """The share of images that counts, of each network that was measured."""
        found = {key[1]: answer for key, answer in self._answers.items() if isinstance(answer, Accuracy)}
        return {name: accuracy.counted for name, accuracy in found.items()}

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._answers:
            try:
                self._answers[key] = make()
            except WeightsError as error:
                self._answers[key] = error
        if isinstance(self._answers[key], WeightsError):
            raise self._answers[key]
        return self._answers[key]

    def _make_lenet(self) -> Network:
        path, arrays = self._read("lenet")
        return Network(lenet_description(), match_lenet(arrays, path.name), lenet_parameters())

    def _make_survey(self) -> tuple[dict[str, Any], dict[str, Any]]:
        description = self._student.probe_describe(self._student.ConvNet())
        if not isinstance(description, dict):
            raise WeightsError("ConvNet is too large to be described: it has too many operations.")
        return description, self._ask("survey", description)

    def _make_convnet(self) -> Network:
        survey = self.convnet_survey()
        description, _ = self._answers["survey"]
        path, arrays = self._read("convnet")
        return Network(description, match_names(survey["tensors"], arrays, path.name), survey["parameters"])

    def _read(self, name: str) -> tuple[Path, Arrays]:
        path = find_weights(self._folder, name)

        def unpickle(data: bytes) -> Arrays:
            try:
                return self._ask("load_state", data, MAX_BYTES)
            except WeightsError as error:
                raise WeightsError(
                    f"{path.name} can't be read as weights ({error}): save model.state_dict(), not the model itself."
                ) from None

        return path, read_file(path, unpickle)

    def _measure(self, network: Network) -> Accuracy:
        images = self._images
        if images is None:
            raise RuntimeError("the assignment names no images: add images = 'cifar10' to its entry in course.toml")
        return Accuracy(*(self._share(network, images, split) for split in (images.held_out, images.training)))

    def _share(self, network: Network, images: HeldOut, split: Split) -> float:
        """The share of a split's images that a network gets right. A row that is not finite is wrong."""
        out = self._ask(
            "run", network.description, network.weights, split.images, images.mean, images.std, network.max_parameters
        )
        right = (out.argmax(1) == split.labels) & np.isfinite(out).all(1)
        return float(right.mean())

    def _ask(self, name: str, *args: Any) -> Any:
        """A call in the worker; a network or a file that it can't take is a sentence.

        Raises:
            GraderError: the sandbox broke down, twice, or a machine that was too busy ended it.
            NotChecked: the submission has used up its time.
        """
        for is_last in (False, True):
            try:
                return self._call(self._running_worker(), name, args)
            except sandbox.CodeRaised as error:
                raise WeightsError(error.message or error.type_name) from None
            except (sandbox.WorkerDied, sandbox.CallTimeout, sandbox.SandboxUnavailable) as error:
                self.close()
                ours = isinstance(error, sandbox.SandboxUnavailable)
                doubtful = getattr(error, "by_clock", False) or getattr(error, "by_kernel", False)
                if not ours and not doubtful:
                    raise WeightsError(f"the network could not be run: the grader's worker {error}") from None
                if is_last:
                    raise GraderError(f"the network could not be run: the grader's worker {error}") from None

    def _call(self, worker: sandbox.Worker, name: str, args: tuple) -> Any:
        """A call on the submission's time."""
        left = self._budget.left()
        if not left:
            raise NotChecked("not checked: the time for this submission was used up by the questions before")
        before, ended = worker.spent, None
        try:
            return worker.call(name, args, seconds=min(RUN_SECONDS, left)).value
        except (sandbox.WorkerDied, sandbox.CallTimeout) as error:
            ended = error
            raise
        finally:
            self._budget.charge(worker.spent - before, ended)

    def _running_worker(self) -> sandbox.Worker:
        if self._worker is None:
            limits = sandbox.Limits(call_seconds=RUN_SECONDS, load_seconds=LOAD_SECONDS)
            try:
                self._worker = self._box.start([Statement(PROGRAM, 0, 1, ())], limits)
            except (sandbox.WorkerDied, sandbox.CallTimeout) as error:  # no student's code is in it
                raise sandbox.SandboxUnavailable(f"the course's own program {error}") from None
        return self._worker
