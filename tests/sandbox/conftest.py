"""A sandbox of each tier for the whole session, and workers that are gone after each test."""

from __future__ import annotations

import os

import pytest
from programs import PREAMBLE, QUICK, function, program

from autograder.sandbox import Sandbox, SandboxUnavailable, Tier


@pytest.fixture(scope="session", params=[Tier.NAMESPACES, Tier.LANDLOCK], ids=lambda tier: tier.value)
def tier(request):
    return request.param


@pytest.fixture(scope="session")
def box(tier):
    os.environ["GRADER_SECRET"] = "of the teaching assistant"
    try:
        sandbox = Sandbox(tier=tier, torch=False)
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    with sandbox:
        yield sandbox


@pytest.fixture
def start(box):
    """start(cell, ..., limits=QUICK): a worker that has run the preamble and these cells."""
    workers = []

    def start(*cells, limits=QUICK):
        workers.append(box.start(program(PREAMBLE, *cells), limits))
        assert not workers[-1].load_errors
        return workers[-1]

    yield start
    for one in workers:
        one.close()


@pytest.fixture
def attack(start):
    """attack(body, *args): the result of a student's function with this body."""
    return lambda body, *args, **options: start(function(body), **options).call("attack", args).value
