"""What several test files release from: made once, and left as it is."""

import pytest
from workshop import FALL, WINTER, make_workshop, release


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """A course of which both terms were released once; the fall on a branch, too."""
    folder = make_workshop(tmp_path_factory.mktemp("shop") / "course")
    for term, options in ((FALL, ["--branch"]), (WINTER, [])):
        done = release(folder, term, *options)
        assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="session")
def fall(shop):
    return shop / "dist" / FALL
