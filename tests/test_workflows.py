"""What runs this repository elsewhere: workflows for GitHub and GitLab, the container. They call what there is."""

import json
import re
import shlex

import pytest
import yaml

from autograder.course.course import REPOSITORY
from autograder.releasing.package import project_table

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
FILES = (".github/workflows/tests.yml", ".gitlab-ci.yml", "Dockerfile", ".devcontainer/devcontainer.json", ".ci/run")
FLAGS = ["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"]


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def github():
    return yaml.load(text_of(".github/workflows/tests.yml"), yaml.BaseLoader)  # `on` is a word there, not a truth


@pytest.fixture(scope="module")
def gitlab():
    return yaml.safe_load(text_of(".gitlab-ci.yml"))


def github_commands(job: dict) -> list[str]:
    return [line for step in job["steps"] for line in step.get("run", "").splitlines()]


def test_every_target_of_make_is_there():
    called = [target for name in FILES for target in re.findall(r"\bmake (?:--[\w-]+ )*([a-z]+)\b", text_of(name))]
    assert {"lint", "house", "test", "check", "demo", "grade", "help"} <= set(called)
    assert set(called) - set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.M)) <= {"and"}  # "Python, make and git"


def test_no_host_is_named():
    """Packages, actions and images come from where each system takes them from."""
    assert [name for name in FILES if "://" in text_of(name) or re.search(r"\.(com|org|io|net)\b", text_of(name))] == []


def test_every_job_of_github(github):
    assert github["permissions"] == {"contents": "read"}
    for name, job in github["jobs"].items():
        assert int(job["timeout-minutes"]) <= 90, name
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/checkout@v4"))


def test_all_pythons_are_tested(github, gitlab):
    assert github["jobs"]["tests"]["strategy"]["matrix"]["python"] == PYTHONS
    assert gitlab["tests"]["parallel"]["matrix"] == [{"PYTHON_VERSION": PYTHONS}]
    assert project_table(REPOSITORY)["requires-python"] == f">={PYTHONS[0]}"


def test_the_whole_proof_is_for_main_and_a_sample_for_each_change(github, gitlab):
    jobs = github["jobs"]
    assert [name for name, job in jobs.items() if "make check" in github_commands(job)] == ["check"]
    assert jobs["check"]["if"] == "github.event_name != 'pull_request'"
    assert (
        "make test" in github_commands(jobs["tests"]) and "if" not in jobs["tests"] and "pull_request" in github["on"]
    )
    assert gitlab["check"]["script"] == ["make check"] and gitlab["tests"]["script"] == ["make test"]
    assert gitlab["check"]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]
    assert "rules" not in gitlab["tests"]


def test_the_students_side_is_tested_elsewhere(github):
    job = github["jobs"]["students"]
    assert job["strategy"]["matrix"]["system"] == ["macos-latest", "windows-latest"]
    setting_up, testing = map(shlex.split, github_commands(job))
    assert setting_up == ["python", "-m", "pip", "install", "-c", "constraints.txt", "torch", "-e", ".[staff]"]
    folders = testing[3:]
    assert testing[:3] == ["python", "-m", "pytest"] and all((REPOSITORY / folder).is_dir() for folder in folders)
    rooms = {path.name for path in (REPOSITORY / "cnnlab").iterdir() if (path / "__init__.py").exists()}
    tested = {path.name for path in (REPOSITORY / "tests").iterdir() if path.is_dir()}
    assert {folder.removeprefix("tests/") for folder in folders} == rooms & tested


def test_pytorch_is_pinned_wherever_it_is_installed():
    assert re.search(r"^torch==[\d.]+$", text_of("constraints.txt"), re.M)
    for name in ("Makefile", *FILES):
        for line in text_of(name).splitlines():
            assert "torch" not in line or "install" not in line or "-c constraints.txt" in line, f"{name}: {line}"


def test_the_container():
    dockerfile, devcontainer = text_of("Dockerfile"), json.loads(text_of(".devcontainer/devcontainer.json"))
    image = re.search(r"^FROM (\S+)$", dockerfile, re.M)[1]
    assert image.startswith("python:3.") and image.removeprefix("python:").removesuffix("-slim") in PYTHONS
    assert devcontainer["runArgs"] == FLAGS and " ".join(FLAGS) in dockerfile
    built = devcontainer["build"]
    assert (REPOSITORY / ".devcontainer" / built["dockerfile"]).resolve() == REPOSITORY / "Dockerfile"
    assert not re.search(r"^(COPY|ADD) ", dockerfile, re.M) and "*" in text_of(".dockerignore").splitlines()


def test_ci_holds_lint_types_imports_and_the_proofs():
    """`make test` has the import rules: tests/test_house.py."""
    assert re.findall(r"^make --no-print-directory (\w+)", text_of(".ci/run"), re.M) == ["lint", "check", "test"]
    lint = re.search(r"^lint:.*\n\t(.*)$", text_of("Makefile"), re.M)[1]
    assert all(word in lint for word in ("ruff check", "ruff format --check", "mypy"))
