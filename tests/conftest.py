"""The option that repeats a sample, and what several test files release from: made once, and left as it is."""

import datetime
import fcntl
import os
import shutil

import pytest
from hypothesis import settings
from workshop import FALL, WINTER, make_workshop, release

settings.register_profile("course", deadline=None, derandomize=True)  # the same inputs each time, on a slow machine too
settings.load_profile("course")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the programs that tests start would all compile the same files


def pytest_addoption(parser):
    """Where tests run beside each other, the first process draws the seed, and the others get it from there."""
    today = datetime.date.today().toordinal()
    parser.addoption("--sample", type=int, default=today, help="seed of what is proved of the course (today)")
    parser.addoption("--students", type=int, default=0, help="how many go the whole way from zip to table (18)")


def pytest_collection_modifyitems(items):
    """What takes longest is begun first: begun last, it would leave all processes but one with nothing to do."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_terminal_summary(terminalreporter, config):
    seed = config.getoption("sample")
    terminalreporter.write_line(f"`make check` proves the whole course; a sample was proved here (--sample {seed}).")


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """A course of which both terms were released once; the fall on a branch, too. Made by the first process that asks
    for it, which the others wait for; each has a copy of its own."""
    common = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # else the folder above is that of all runs
        common = common.parent
    with open(common / "shop.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (common / "shop").exists():
            shutil.move(make_shop(common / "shop.part"), common / "shop")
    return shutil.copytree(common / "shop", tmp_path_factory.mktemp("shop") / "course", symlinks=True)


def make_shop(folder):
    make_workshop(folder)
    for term, options in ((FALL, ["--branch"]), (WINTER, [])):
        done = release(folder, term, *options)
        assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="session")
def fall(shop):
    return shop / "dist" / FALL
