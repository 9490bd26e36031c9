"""What stands beside the code: licences, citation, changelog and the rest are valid, and name what there is."""

import re
from urllib.parse import unquote

import pytest
import yaml

import cnnlab
from autograder.course.course import REPOSITORY
from autograder.releasing.package import project_table

PAPERS = (
    "README",
    "ARCHITECTURE",
    "CONTRIBUTING",
    "CHANGELOG",
    "SECURITY",
    "PRIVACY",
    "ACCESSIBILITY",
    "LICENSE-TEXTS",
)
PAPERS += ("docs/grading", "docs/jupyterhub", "solutions/README")
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)(#[^)]*)?\)")
TARGET = re.compile(r"`(?:\w+=\S+ )?make ([a-z]+)\b")
CFF_KEYS = {  # the keys of the Citation File Format 1.2.0; the first four are required
    *("cff-version", "message", "title", "authors"),
    *("abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url"),
    *(
        "preferred-citation",
        "references",
        "repository",
        "repository-artifact",
        "repository-code",
        "type",
        "url",
        "version",
    ),
}


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def targets() -> set[str]:
    """What `make` can be asked for."""
    return set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.M))


@pytest.mark.parametrize("paper", PAPERS)
def test_every_link_leads_to_a_file(paper):
    folder = (REPOSITORY / f"{paper}.md").parent
    found = [unquote(match[1]) for match in LINK.finditer(text_of(f"{paper}.md"))]
    assert [link for link in found if not (folder / link).exists()] == []


@pytest.mark.parametrize("paper", PAPERS)
def test_every_target_of_make_is_there(paper):
    assert set(TARGET.findall(text_of(f"{paper}.md"))) <= targets()


def test_the_readme_is_short_and_leads_to_the_others():
    readme = text_of("README.md")
    assert len(readme.splitlines()) <= 130
    others = [f"{paper}.md" for paper in PAPERS[1:]] + ["LICENSE", "CITATION.cff"]
    assert [name for name in others if f"({name})" not in readme] == []


def test_licences():
    assert text_of("LICENSE").startswith("MIT License\n") and project_table(REPOSITORY)["license"] == "MIT"
    texts = text_of("LICENSE-TEXTS.md")
    assert "## Creative Commons Attribution 4.0 International Public License" in texts
    assert [part for part in range(1, 9) if f"### Section {part} – " not in texts] == []


def test_the_citation():
    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys() <= CFF_KEYS
    assert citation["cff-version"] == "1.2.0" and citation["license"] == "MIT" and citation["type"] == "software"
    assert citation["version"] == cnnlab.__version__ and re.fullmatch(r"\d{4}-\d\d-\d\d", citation["date-released"])
    assert all("name" in author or "family-names" in author for author in citation["authors"])


def test_the_changelog_has_the_form_of_keep_a_changelog():
    text = text_of("CHANGELOG.md")
    versions = re.findall(r"^## (.+)$", text, re.M)
    assert versions[0] == "[Unreleased]" and versions[-1].startswith(f"{cnnlab.__version__} - ")
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", version) for version in versions[1:])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.M)) <= kinds
    assert "**What instructors must do**" in text


def test_git_ignores_what_there_is_of_students():
    table = text_of("PRIVACY.md").partition("|---")[2].partition("\n\n")[0]
    named = re.findall(r"`([\w.-]+/?)`", "\n".join(row.split("|")[1] for row in table.splitlines()[1:]))
    assert {"submitted/", "gradebook.db", "history/", ".attempts/", "report.html"} <= set(named)
    ignored = text_of(".gitignore").partition("# a course's own data")[2].split()[1:]
    ignored = {name.removeprefix("/") for name in ignored if name.startswith("/") and "*" not in name}
    without_students = {"demo/", "bench/", "dist/", "gradescope/"}
    assert set(named) == ignored - without_students  # a new folder has to be thought of: what of a student is in it?


def test_only_the_data_come_over_the_network():
    """Nothing of the students' package but the download of images can talk to anybody."""
    network = re.compile(r"^\s*(?:import|from) (?:urllib|http|socket|requests|pooch|ftplib|smtplib)\b", re.M)
    files = (REPOSITORY / "cnnlab").rglob("*.py")
    talking = [path for path in files if network.search(path.read_text(encoding="utf-8"))]
    assert talking and {path.parent.name for path in talking} == {"datasets"}
