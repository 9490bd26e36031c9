"""Small programs to run in a sandbox, and a look at the processes that do."""

from __future__ import annotations

import os
import select
import textwrap
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from autograder.sandbox import Limits

QUICK = Limits(call_seconds=1.0, load_seconds=1.0)
PREAMBLE = """
import ctypes, os, sys, threading
import numpy as np
libc = ctypes.CDLL(None, use_errno=True)

def outcome(action):
    'What an attack got: a result, or the name of what stopped it.'
    try:
        return ["got", str(action())]
    except BaseException as error:
        return ["stopped", type(error).__name__]
"""


def program(*cells):
    """One statement for each cell; a cell of several statements is run as one."""
    return [
        SimpleNamespace(source=textwrap.dedent(cell).strip("\n"), cell=i, line=1) for i, cell in enumerate(cells, 1)
    ]


def function(body, name="attack"):
    """The source of a function of any arguments with this body."""
    return f"def {name}(*args):\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")


def still_works(box):
    """Whether the next worker computes as if nothing had been."""
    with box.start(program("def f(x): return 2 * x"), QUICK) as fresh:
        return fresh.call("f", (np.ones(3),)).value.tolist() == [2, 2, 2]


def children(pid):
    """All processes below `pid`."""
    below = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return below + [grandchild for child in below for grandchild in children(child)]


def all_ended(pidfds):
    """Whether these processes end, by their descriptors."""
    for pidfd in pidfds:
        if not select.select([pidfd], [], [], 10)[0]:
            return False
        os.close(pidfd)
    return True
