"""Processes of a run end with it, however it ends."""

import signal
import subprocess
import sys

from autograder.course.course import REPOSITORY

PROGRAM = """
import multiprocessing, os, signal, sys
from autograder.steps.processes import begin_process

def work(parent, late):
    if late:  # until this process is an orphan
        while os.getppid() == parent:
            pass
    begin_process()
    print("begun", flush=True)
    while True:
        pass

if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=work, args=(os.getpid(), len(sys.argv) > 1)).start()
    if len(sys.argv) == 1:
        while not os.path.exists("begun"):
            pass
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_process_outlives_a_parent_that_was_killed_while_it_began(tmp_path):
    """The pipe of its output ends, and nothing was done."""
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "program.py", "late"]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL and done.stdout == b""


def test_no_process_outlives_a_parent_that_was_killed(tmp_path):
    program = PROGRAM.replace('print("begun", flush=True)', 'open("begun", "w").close()')
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "program.py"]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL and (tmp_path / "begun").exists()
