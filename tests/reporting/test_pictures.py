"""Pictures of an answer reach the notebook that formgrader shows and the feedback page, and nothing else does."""

from __future__ import annotations

import base64
import io
import os
import zipfile

import nbformat
import pytest
from hand_made import NAME, answered, hand_in, make_place, make_result, record, write_pages

from autograder.reporting import feedback, pictures
from autograder.reporting.autograded import autograded_path
from autograder.reporting.safe_markdown import safe_markdown

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path)


def answer(place, source, files=None, attachments=None):
    """The answer's cell as formgrader gets it, the last cell, and the page."""
    notebook = answered(written_why=source)
    cell = next(c for c in notebook.cells if c.source == source)
    if attachments:
        cell["attachments"] = attachments
    folder = hand_in(place[0], "amy", notebook)
    for name, data in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    result = make_result("amy")
    record(place, result)
    assert write_pages(place, [result]) == {}
    cells = nbformat.read(autograded_path(*place, "amy"), 4).cells
    nbformat.validate(nbformat.read(autograded_path(*place, "amy"), 4))
    page = feedback.page_path(*place, "amy").read_text(encoding="utf-8")
    return next(c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == "written_why"), cells[-1], page


def encoded(data):
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "source, files, attachments",
    [
        ("![my sketch](attachment:a.png)", {}, {"a.png": {"image/png": encoded(PNG)}}),
        ("![my sketch](attachment:a%20b.png)", {}, {"a b.png": {"image/png": [encoded(PNG)]}}),
        ("![my sketch](attachment:a.svg)", {}, {"a.svg": {"image/svg+xml": encoded(SVG), "image/png": encoded(PNG)}}),
        ("![my sketch](photo.png)", {"photo.png": PNG}, None),
        ("![my sketch](photo%20(1).png)", {"photo (1).png": PNG}, None),
        ('![my sketch](<my photo.png> "a title")', {"my photo.png": PNG}, None),
        ("![my sketch](./figures/photo.png)", {"figures/photo.png": PNG}, None),
        ("![my sketch](/content/drive/MyDrive/Photo.PNG)", {"photo.png": PNG}, None),
        ("![my sketch](photo.jpg)", {"photo.jpg": PNG}, None),
        ('<img alt="my sketch" width="400" src="photo.png">', {"photo.png": PNG}, None),
        (f"![my sketch](data:image/png;base64,{encoded(PNG)})", {}, None),
        (f"![my sketch][image1]\n\n[image1]: <data:image/png;base64,{encoded(PNG)}>", {}, None),
    ],
)
def test_a_picture_reaches_the_reader(place, source, files, attachments):
    """Pasted in Jupyter or Colab, dragged in, or handed in beside the notebook."""
    cell, _, page = answer(place, source, files, attachments)
    (bundle,) = cell.attachments.values()
    assert bundle == {"image/png": encoded(PNG)}
    assert f'src="data:image/png;base64,{encoded(PNG)}"' in page and "my sketch" in page
    assert safe_markdown({"cell": cell}, cell.source).count("data:image/png") == 1


@pytest.mark.parametrize(
    "source, files, attachments",
    [
        ("![x](attachment:a.png)", {}, None),
        ("![x](attachment:a.png)", {}, {"a.png": {"image/png": encoded(SVG)}}),
        ("![x](attachment:a.png)", {}, {"a.png": {"text/html": encoded(b"<script>")}}),
        ("![x](attachment:a.png)", {}, {"a.png": {"image/png": "no base64 at all!"}}),
        ("![x](photo.png)", {"photo.png": SVG}, None),
        ("![x](photo.svg)", {"photo.svg": SVG}, None),
        ("![x](../../../secret.png)", {}, None),
        ("![x](photo.png)", {"photo.png": PNG + b"x" * 8_000_000}, None),
        (f"![x](data:image/svg+xml;base64,{encoded(SVG)})", {}, None),
        (f"![x](data:image/png;base64,{encoded(SVG)})", {}, None),
    ],
)
def test_what_is_no_picture_is_told(place, source, files, attachments):
    """SVG and HTML under any name, what is too large, elsewhere or not there: a sentence in its place."""
    (place[0].root / "secret.png").write_bytes(PNG)
    cell, _, page = answer(place, source, files, attachments)
    assert "attachments" not in cell and "is not in the hand-in or can't be shown" in page
    assert "data:image" not in page and "<script>alert" not in page


def test_a_link_is_no_picture(place):
    secret = place[0].root / "secret.png"
    secret.write_bytes(PNG)
    folder = place[0].submitted / "amy" / NAME
    folder.mkdir(parents=True)
    (folder / "photo.png").symlink_to(secret)
    os.symlink(place[0].root, folder / "sub")
    cell, last, page = answer(place, "![x](photo.png) ![y](sub/secret.png)")
    assert "attachments" not in cell and "data:image" not in page and "attachments" not in last


def test_pictures_that_no_answer_names_stand_last(place):
    """Whoever grades may need them; the student's page does without. Names can do nothing."""
    cell, last, page = answer(place, "See my photo.", {"my](javascript:1) photo.png": PNG, "b.gif": GIF, "c.png": SVG})
    assert last.source.startswith(pictures.BESIDE) and len(last.attachments) == 2
    assert "javascript:" not in last.source and "attachments" not in cell and "data:image" not in page


def test_pictures_of_a_zip(place):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("work/a1.ipynb", nbformat.writes(answered(written_why="![x](fig/a.png)")))
        archive.writestr("work/fig/a.png", PNG)
    folder = place[0].submitted / "amy" / NAME
    folder.mkdir(parents=True)
    (folder / "a1.zip").write_bytes(data.getvalue())
    record(place, make_result("amy"))
    assert encoded(PNG) in autograded_path(*place, "amy").read_text()


def test_pictures_are_bounded(place, monkeypatch):
    """A page carries all of them: what is beyond is told, not shown."""
    monkeypatch.setattr(pictures, "MOST_TOGETHER", 3 * len(PNG))
    files = {f"{n}.png": PNG + bytes([n]) for n in range(4)}
    cell, _, page = answer(place, " ".join(f"![x]({name})" for name in files), files)
    assert len(cell.attachments) == 2 and page.count("can't be shown") == 2


def test_a_long_text_keeps_what_stands_after_its_picture(place):
    """A picture pasted in Colab is megabytes of text: it is taken out before the text is cut."""
    source = f"Before. ![x](data:image/png;base64,{encoded(PNG + bytes(300_000))}) And after."
    cell, _, page = answer(place, source)
    assert len(cell.source) < 200 and "And after." in page and "data:image/png;base64," in page
