"""The student's functions behind the sandbox: what their code is blamed for, and what only the machine is."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
from programs import all_ended, children

from autograder.grading.sandboxed_student import SandboxedStudent
from autograder.reading.formats import Cell
from autograder.reading.program import slice_program
from autograder.sandbox import Limits, Sandbox, SandboxUnavailable, clock
from cnnlab.checking.numpy_only import NumpyOnly
from cnnlab.checking.outcomes import CheckFailed, GraderError, NotAttempted, NotChecked, Stopped
from cnnlab.checking.student import LocalStudent
from cnnlab.signatures import graded_names

SOURCE = """
import numpy as np, os, signal, time

def conv1x1_forward(x, w, b):
    return x * w + b

def conv_forward_naive(x, w, b, conv_param):
    return x + 1, (x, w)

def conv_backward_naive(dout, cache):
    return dout, cache[1], dout

def receptive_field(layers):
    while True:
        pass

def conv_cost(*args):
    signal.pause()

def conv_output_size(size, *args):
    os._exit(3)
"""


@pytest.fixture
def own(box, tier):
    """A sandbox that a test may break."""
    with Sandbox(tier=tier, torch=False) as one:
        yield one


@pytest.fixture
def student_of():
    students = []

    def student_of(box, source=SOURCE, assignment="a1_convolution", seconds=60.0, **limits):
        cells = [Cell(1, "code", source)]
        limits = Limits(**{"call_seconds": 0.1, "load_seconds": 20, **limits})
        students.append(SandboxedStudent(box, slice_program(cells, graded_names(assignment)), limits, seconds))
        return students[-1]

    yield student_of
    for one in students:
        one.close()


@pytest.fixture
def patient(monkeypatch):
    """However busy this machine is, processor time decides."""
    monkeypatch.setattr(clock, "PATIENCE", 10**6)


ONES = np.ones(3)


def works(student):
    return student.conv1x1_forward(ONES, 2 * ONES, ONES).tolist() == [3, 3, 3]


def break_down(box):
    family = [os.pidfd_open(pid) for pid in children(box._process.pid)]
    os.kill(children(box._process.pid)[0], signal.SIGKILL)
    assert all_ended(family)


def test_a_call_is_made_again_when_the_sandbox_breaks_down(own, student_of):
    student = student_of(own)
    for _ in range(3):
        assert works(student)
        break_down(own)
    assert works(student) and student.incidents == [] and student._deaths == 0 and not student.ended_by_clock


def test_what_was_in_the_worker_is_the_graders_trouble_then(own, student_of):
    student = student_of(own)
    out, cache = student.conv_forward_naive(ONES, ONES, ONES, {})
    break_down(own)
    for _ in range(2):
        with pytest.raises(GraderError, match="the sandbox broke down"):
            student.conv_backward_naive(out, cache)
    out, cache = student.conv_forward_naive(ONES, ONES, ONES, {})  # another test
    assert student.conv_backward_naive(out, cache)[0].tolist() == [2, 2, 2] and student.incidents == []


def test_a_sandbox_that_stays_broken_is_never_the_students_fault(own, student_of, monkeypatch):
    student = student_of(own)

    def refuse(tier):
        raise SandboxUnavailable("no memory left")

    with monkeypatch.context() as patch:
        patch.setattr(own, "_open", refuse)
        break_down(own)
        for _ in range(2):
            with pytest.raises(GraderError, match="the sandbox broke down: .*no memory left"):
                works(student)
    assert works(student) and student.incidents == [] and student.notes == []


def test_an_earlier_result_that_went_with_the_students_own_process_is_no_trouble_of_ours(box, student_of):
    student = student_of(box)
    out, cache = student.conv_forward_naive(ONES, ONES, ONES, {})
    with pytest.raises(Stopped, match=r"conv_output_size stopped by os\._exit\(3\)"):
        student.conv_output_size(3)
    with pytest.raises(NotChecked, match="an earlier result went with it"):
        student.conv_backward_naive(out, cache)


def test_processor_time_is_the_students_own_and_a_hang_may_be_the_machines(box, student_of, patient):
    student = student_of(box)
    with pytest.raises(Stopped, match=r"^receptive_field took longer than 0\.1 s$"):
        student.receptive_field([])
    assert not student.ended_by_clock
    with pytest.raises(Stopped, match=r"^conv_cost took longer than 0\.1 s$"):
        student.conv_cost()
    assert student.ended_by_clock


def test_a_process_that_was_killed_may_be_the_machines_as_well(box, student_of):
    student = student_of(box)
    assert works(student)
    os.kill(student._worker._clock.pid, signal.SIGKILL)  # as the kernel does when memory runs out
    with pytest.raises(Stopped, match="or was killed because the machine ran out of memory"):
        works(student)
    assert student.ended_by_clock and works(student)


def test_a_load_may_take_longer_than_a_call(box, student_of, patient):
    burn = (
        "import time\nwhile time.process_time() < 0.5: pass\nSCALE = 2\ndef conv1x1_forward(x, w, b): return SCALE * x"
    )
    student = student_of(box, burn)
    assert student.conv1x1_forward(ONES, ONES, ONES).tolist() == [2, 2, 2] and student.notes == []


def test_a_statement_that_hangs_is_left_out_and_may_be_the_machines(box, student_of, patient):
    source = "import signal\nSCALE = signal.pause()\ndef conv1x1_forward(x, w, b): return x"
    student = student_of(box, source.replace("return x", "return x if SCALE else SCALE"), load_seconds=0.1)
    with pytest.raises(Exception, match="SCALE"):
        student.conv1x1_forward(ONES, ONES, ONES)
    assert student.ended_by_clock and student.notes == ["cell 1, line 2 took longer than 0.1 s, so it was left out"]


def test_a_submissions_time_is_its_own_and_not_the_judges(box, student_of, patient):
    student = student_of(box, seconds=0.25)
    assert works(student) and student._budget.spent < 0.2
    for name in ("receptive_field", "receptive_field"):
        student._stuck.clear()
        with pytest.raises(Stopped):
            getattr(student, name)([])
    student._stuck.clear()
    with pytest.raises((NotChecked, Stopped)):
        student.receptive_field([])
    with pytest.raises(NotChecked, match="the time for this submission was used up by the questions before"):
        student.conv1x1_forward(ONES, ONES, ONES)
    assert not student.ended_by_clock


def test_a_call_is_timed_by_the_students_processor_time(box, student_of):
    student = student_of(
        box, "import time\ndef conv1x1_forward(x, w, b):\n    time.sleep(0.3)\n    return x", call_seconds=9
    )
    student.conv1x1_forward(ONES, ONES, ONES)
    assert 0 < student.calls[-1].seconds < 0.3 <= student.student_seconds


REUSED = """
import numpy as np
buffer = np.zeros(3)
def conv_forward_fast(x, w, b, conv_param):
    buffer[:] = x
    return buffer, (x, w)
def max_pool_backward_naive(dout, cache):
    return dout[::-1]
"""


@pytest.mark.parametrize("kind", ["sandboxed", "local"])
def test_results_are_looked_at_again_where_they_lie(box, student_of, kind):
    if kind == "local":
        namespace: dict = {}
        exec(REUSED, namespace)
        student = LocalStudent(namespace)
    else:
        student = NumpyOnly(student_of(box, REUSED, "a2_fast_layers"), "a2_fast_layers")
    student.remember()
    x = np.arange(3.0)
    first, _ = student.conv_forward_fast(x, ONES, ONES, {})
    before = first.copy()
    second, _ = student.conv_forward_fast(ONES, ONES, ONES, {})
    assert before.tolist() == [0, 1, 2]
    assert student.recall(first).tolist() == [1, 1, 1] and student.recall(x).tolist() == [0, 1, 2]
    assert student.share_memory(first, second) and not student.share_memory(first, x)
    assert student.share_memory(student.max_pool_backward_naive(x, ()), x)


def test_what_was_not_remembered_cannot_be_looked_at(box, student_of):
    student = student_of(box, REUSED, "a2_fast_layers")
    out, _ = student.conv_forward_fast(ONES, ONES, ONES, {})
    with pytest.raises(GraderError, match=r"no call of this test since remember\(\)"):
        student.recall(out)
    student.remember()
    out, _ = student.conv_forward_fast(ONES, ONES, ONES, {})
    student.forget()  # another test
    with pytest.raises(GraderError):
        student.recall(out)


def test_a_changed_shape_of_a_view_is_a_wrong_answer(box, student_of):
    student = student_of(box, "def conv1x1_forward(x, w, b):\n    x.shape = (2, 3)\n    return x")
    x = np.zeros(12)
    with pytest.raises(CheckFailed, match=r"an argument that has the shape \(2, 3\) now"):
        student.conv1x1_forward(x[::2], ONES, ONES)
    whole = np.zeros(6)
    student.conv1x1_forward(whole, ONES, ONES)
    assert whole.shape == (2, 3)


LIES = """
import cnnlab.checking.module_facts, cnnlab.checking.probes
for module in (cnnlab.checking.module_facts, cnnlab.checking.probes):
    for name in dir(module):
        if not name.startswith("__"):
            setattr(module, name, lambda *args: 5)
probe_attribute = lambda *args: 5
probe_parameters = lambda *args: {}
class LeNet:
    def __init__(self, *args):
        self.truth, self.training, self._modules, self._forward_hooks = 42, True, {}, {1: print}
"""


def test_a_program_cannot_put_itself_in_the_place_of_what_the_judge_asks(box, student_of):
    student = student_of(box, LIES, "a4_lenet")
    model = student.LeNet()
    assert student.probe_attribute(model, "truth") == 42 and student.probe_hooks(model) == 1
    with pytest.raises(NotAttempted):
        student.evaluate()
