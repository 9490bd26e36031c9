"""Reading a submission's file, whatever state it is in, and picking the file of a folder that counts."""

import json
import os
import stat
import zipfile

import jupytext
import nbformat
import pytest
from nbconvert import PythonExporter

from autograder.reading import files, formats
from autograder.reading.notebook import (
    MissingSubmission,
    UnreadableSubmission,
    find_notebook,
    list_files,
    read_notebook,
)

DEFINES_F = "def f(x):\n    return x"


def make_cell(source=DEFINES_F, kind="code", **more):
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


def make_json(*cells, **more):
    return json.dumps({"cells": list(cells or [make_cell()]), "metadata": {}, "nbformat": 4, **more})


def write(folder, name, content=None):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        make_json().encode() if content is None else content if isinstance(content, bytes) else content.encode()
    )
    return path


def path_and_notes(*arguments):
    choice = find_notebook(*arguments)
    return choice.path, choice.notes


def read_sources(path):
    return [cell.source for cell in read_notebook(path).cells if cell.kind == "code"]


# --- formats --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_unicode_encoding_is_read(tmp_path, encoding):
    text = json.dumps({"cells": [make_cell("x = 'é✓'")]}, ensure_ascii=False)
    assert read_sources(write(tmp_path, "a1.ipynb", text.encode(encoding))) == ["x = 'é✓'"]


def test_windows_1252_is_read_with_a_note(tmp_path):
    text = json.dumps({"cells": [make_cell("x = 'é'")]}, ensure_ascii=False)
    notebook = read_notebook(write(tmp_path, "a1.ipynb", text.encode("cp1252")))
    assert notebook.cells[0].source == "x = 'é'" and "Windows-1252" in notebook.notes[0]


@pytest.mark.parametrize(
    "source, expected",
    [
        ("x = 1\ny = 2", "x = 1\ny = 2"),
        (["x = 1\n", "y = 2"], "x = 1\ny = 2"),
        (["x = 1", "y = 2"], "x = 1\ny = 2"),
        ("x = 1\r\ny = 2\rz = 3", "x = 1\ny = 2\nz = 3"),
        ("\ufeffx = 1\0", "x = 1"),
        ("x = '\ud800'", "x = '?'"),
        (["x = 1", None, 3], "x = 1"),
    ],
)
def test_every_way_to_write_a_source_gives_the_same_text(tmp_path, source, expected):
    assert read_sources(write(tmp_path, "a1.ipynb", make_json(make_cell(source)))) == [expected]


def test_cells_are_counted_as_a_person_counts_them_and_keep_their_grade_id(tmp_path):
    cells = [
        make_cell("# Title", "markdown"),
        make_cell("x = 1", metadata={"nbgrader": {"grade_id": "conv"}}),
        {"cell_type": "heading", "source": "h"},
        {"source": "y = 2"},
        make_cell("raw", "raw"),
        17,
    ]
    found = [(c.index, c.kind, c.grade_id) for c in read_notebook(write(tmp_path, "a.ipynb", make_json(*cells))).cells]
    kinds = ["markdown", "code", "markdown", "code", "raw", "code"]
    assert found == [(i, kind, "conv" if i == 2 else None) for i, kind in enumerate(kinds, start=1)]


@pytest.mark.parametrize("version, key", [(2, "input"), (3, "input"), (1, "code")])
def test_old_notebook_formats_are_read_with_a_note(tmp_path, version, key):
    cells = [{"cell_type": "code", key: [DEFINES_F]}, {"cell_type": "markdown", "source": "text"}]
    content = {"nbformat": version, **({"worksheets": [{"cells": cells}]} if version > 1 else {"cells": cells})}
    notebook = read_notebook(write(tmp_path, "a1.ipynb", json.dumps(content)))
    assert notebook.cells[0].source == DEFINES_F and f"nbformat {version}" in notebook.notes[0]


def test_a_notebook_with_huge_outputs_is_read(tmp_path):
    output = {"output_type": "stream", "name": "stdout", "text": ["spam " * 10 + "\n"] * 50_000}
    assert read_sources(write(tmp_path, "a1.ipynb", make_json(make_cell(outputs=[output])))) == [DEFINES_F]


def test_a_truncated_notebook_gives_its_whole_cells_with_a_note(tmp_path):
    text = make_json(make_cell("x = 1"), make_cell(), make_cell("lost = 'a long text that is cut'"))
    notebook = read_notebook(write(tmp_path, "a1.ipynb", text[: text.index("long")]))
    assert [cell.source for cell in notebook.cells] == ["x = 1", DEFINES_F]
    assert "cut off" in notebook.notes[0] and "2 whole cells" in notebook.notes[0]


def test_both_sides_of_a_merge_conflict_are_read(tmp_path):
    first, ours, theirs = (json.dumps(make_cell(f"x = {i}")) for i in range(3))
    text = f'{{"cells": [{first},\n<<<<<<< HEAD\n{ours},\n=======\n{theirs}\n>>>>>>> branch\n]}}'
    path = write(tmp_path, "a1.ipynb", text)
    assert read_sources(path) == ["x = 0", "x = 1", "x = 2"] and "damaged" in read_notebook(path).notes[0]


def test_small_slips_of_editing_by_hand_are_forgiven(tmp_path):
    text = '{"metadata": {"n": NaN}, "cells": [{"source": "x = 1\n# a raw line end"},], "nbformat": 4}'
    assert read_sources(write(tmp_path, "a1.ipynb", text)) == ["x = 1\n# a raw line end"]


# --- scripts --------------------------------------------------------------------------------------------------------


def test_a_percent_script_gives_the_notebooks_cells(tmp_path):
    text = (
        "# ---\n# jupyter: {}\n# ---\n\n# %% [markdown]\n# Title\n\n"
        '# %% nbgrader={"grade": false, "grade_id": "conv"}\nx = 1\n\n#%%\n# %%time\ny = 2\n'
    )
    cells = read_notebook(write(tmp_path, "a1.py", text)).cells
    assert [(cell.kind, cell.grade_id) for cell in cells] == [("markdown", None), ("code", "conv"), ("code", None)]
    assert cells[1].source.strip() == "x = 1" and "y = 2" in cells[2].source


def test_nbconverts_script_gives_the_notebooks_cells_with_their_magics(tmp_path):
    text = (
        "#!/usr/bin/env python\n# coding: utf-8\n\n# # Title\n\n# In[1]:\n\n\nx = 1\n\n\n# In[ ]:\n\n\n"
        "get_ipython().run_cell_magic('time', '', 'def f():\\n    return 1\\n')\n"
    )
    notebook = read_notebook(write(tmp_path, "a1.py", text))
    assert [cell.source.strip() for cell in notebook.cells] == ["# Title", "x = 1", "%%time \ndef f():\n    return 1"]
    assert notebook.cells[0].kind == "markdown" and "script" in notebook.notes[0]


def test_nbconverts_own_export_gives_back_the_text_cells(tmp_path):
    """Also where several stand together, with empty lines and lists in them; a comment of the code stays with it."""
    texts = ["# Title\n\n- a\n  - b", "", "Because.\n\n    code\n\n#hash", "The end"]
    cells = [("markdown", texts[0]), ("code", "x = 1\n# last line"), ("code", "# only\n\ny = 2")]
    cells += [("markdown", text) for text in texts[1:]]
    notebook = nbformat.v4.new_notebook(
        cells=[getattr(nbformat.v4, f"new_{kind}_cell")(source) for kind, source in cells]
    )
    exported, _ = PythonExporter().from_notebook_node(notebook)
    read = read_notebook(write(tmp_path, "a1.py", exported)).cells
    assert [(cell.kind, cell.source.strip("\n")) for cell in read] == [cell for cell in cells if cell[1]]


def test_colabs_script_is_one_cell_with_its_magics_restored(tmp_path):
    text = (
        '# -*- coding: utf-8 -*-\n"""a1.ipynb\n\nAutomatically generated by Colab.\n"""\n\n'
        "!pip install x\nimport math\n"
        "# Commented out IPython magic to ensure Python compatibility.\n# %%time\n# def f():\n#     return 1\n\n"
        "# Commented out IPython magic to ensure Python compatibility.\n# %matplotlib inline\n"
    )
    (cell,) = read_notebook(write(tmp_path, "a1.py", text)).cells
    assert "\n%%time\ndef f():\n    return 1\n" in cell.source and "\n# %matplotlib" in cell.source
    assert cell.source.count("\n") == text.count("\n")


MARKDOWN = """---
title: A1
jupyter: python3
---

# Title

```bash
ls
```

```{python}
#| echo: false
def f(x):
    return x
```

~~~python
g = 1
~~~
"""


def test_a_notebook_exported_to_markdown_gives_its_cells(tmp_path):
    for name in ("a1.qmd", "a1.Rmd", "a1.md"):
        notebook = read_notebook(write(tmp_path, name, MARKDOWN))
        assert [cell.kind for cell in notebook.cells] == ["markdown", "code", "code"]
        assert "```bash\nls\n```" in notebook.cells[0].source and notebook.cells[1].source.endswith(DEFINES_F)
        assert "exported to Markdown" in notebook.notes[0] and notebook.cells[2].source == "g = 1"


@pytest.mark.parametrize("form, suffix", [("md", ".md"), ("md:myst", ".md"), ("Rmd", ".Rmd"), ("qmd", ".qmd")])
def test_jupytexts_own_exports_are_read(tmp_path, form, suffix):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(DEFINES_F)])
    if form == "qmd":
        text = f"```{{python}}\n{DEFINES_F}\n```\n"
    else:
        text = jupytext.writes(notebook, form)
    assert read_sources(write(tmp_path, f"a1{suffix}", text)) == [DEFINES_F]


def test_a_text_without_code_is_told(tmp_path):
    for content, sentence in (("# Notes\n", "without a fence of Python code"), (b"%PDF-1.7", "is a PDF")):
        with pytest.raises(UnreadableSubmission, match=sentence):
            read_notebook(write(tmp_path, "a1.md", content))


@pytest.mark.parametrize(
    "metadata, said",
    [
        ({"kernelspec": {"language": "R"}}, "its kernel is R, not Python"),
        ({"language_info": {"name": "julia"}}, "its kernel is julia, not Python"),
        ({"language_info": {"name": "python"}}, ""),
        ({"kernelspec": 3}, ""),
        ([], ""),
    ],
)
def test_another_languages_kernel_is_noted(tmp_path, metadata, said):
    assert read_notebook(write(tmp_path, "a1.ipynb", make_json(metadata=metadata))).other_language == said


# --- unreadable -----------------------------------------------------------------------------------------------------

DEEP = "[" * 200_000


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"\n<!DOCTYPE html><html></html>", "is a web page"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"\x89PNG\r\n", "is a picture"),
        (b"Rar!\x1a\x07", "is a RAR archive"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a pointer to a file"),
        (b"def f(x):\n    return x\n", "does not hold JSON"),
        (bytes(range(128, 256)), "does not hold JSON"),
        (b"[1, 2]", "is JSON, but not a notebook"),
        (b'{"a": 1}', "is JSON, but not a notebook"),
        (b'{"cells": 3, "worksheets": [4, {"cells": 5}]}', "has no code cell"),
        (b'{"cells": []}', "has no code cell"),
        (make_json(make_cell("text", "markdown")).encode(), "has no code cell"),
        (make_json(make_cell(" \n")).encode(), "has only empty code cells"),
        (make_json().encode()[:40], "is damaged or cut off before its first whole code cell"),
        (DEEP.encode(), "is damaged"),
        (b'{"cells": [' + DEEP.encode(), "is damaged"),
        (b'{"cells": [' + b'{"cell_type": "' * 1000, "is damaged"),
        (b'{"cells": [{"n": %s}]}' % (b"9" * 10_000), "is damaged"),
        (b"PK\x03\x04 no zip", "could not be unpacked"),
    ],
)
def test_what_is_no_notebook_is_told_in_a_sentence(tmp_path, content, sentence):
    with pytest.raises(UnreadableSubmission) as caught:
        read_notebook(write(tmp_path, "a1.ipynb", content))
    message = str(caught.value)
    assert message.startswith("a1.ipynb ") and sentence in message and "hand" in message and message.endswith(".")


def test_an_empty_script_and_a_picture_named_as_a_script_are_told(tmp_path):
    for content, sentence in ((b"", "is empty"), (b"\x89PNG", "is a picture")):
        with pytest.raises(UnreadableSubmission, match=sentence):
            read_notebook(write(tmp_path, "a1.py", content))


def test_a_file_beyond_the_bound_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 100)
    with pytest.raises(UnreadableSubmission, match="MB that can be read; choose Edit → Clear All Outputs"):
        read_notebook(write(tmp_path, "a1.ipynb"))


def test_a_file_of_too_many_values_is_refused_before_they_are_made(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "MAX_MEMORY", 20_000)
    with pytest.raises(UnreadableSubmission, match="holds too many values"):
        read_notebook(write(tmp_path, "a1.ipynb", '{"cells": [' + "[]," * 5_000 + "1]}"))


def test_a_missing_file_a_folder_and_special_files_are_told(tmp_path):
    (tmp_path / "inner").mkdir()
    secret = write(tmp_path, "secret.ipynb")
    (tmp_path / "inner" / "out.ipynb").symlink_to(secret)
    (tmp_path / "inner" / "loop.ipynb").symlink_to("loop.ipynb")
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(MissingSubmission, match="is not there"):
        read_notebook(tmp_path / "none.ipynb")
    for name, sentence in (
        ("inner", "is a folder"),
        ("inner/out.ipynb", "is a link, not a file"),
        ("inner/loop.ipynb", "is a link, not a file"),
        ("pipe.ipynb", "is not an ordinary file"),
    ):
        with pytest.raises(UnreadableSubmission, match=sentence):
            read_notebook(tmp_path / name)


def test_links_are_refused_wherever_they_lead_and_whatever_they_are_called(tmp_path):
    """Also those to a file of the same folder, to a folder, and the submission's folder itself."""
    folder = tmp_path / "ada"
    write(folder, "notes.docx", "text")
    write(tmp_path, "ben/a1.ipynb")
    (folder / "a1.ipynb").symlink_to("notes.docx")
    with pytest.raises(UnreadableSubmission, match="a1.ipynb is a link, not a file"):
        find_notebook(folder, "a1", ["f"])
    (folder / "a1.ipynb").unlink()
    (folder / "a1.ipynb").symlink_to(tmp_path / "ben")
    with pytest.raises(UnreadableSubmission, match="a1.ipynb is a link, not a file"):
        find_notebook(folder, "a1", ["f"])
    (tmp_path / "eve").symlink_to(tmp_path / "ben")
    with pytest.raises(UnreadableSubmission, match="eve is a link, not a folder"):
        find_notebook(tmp_path / "eve", "a1", ["f"])
    assert list_files(tmp_path / "eve") == [tmp_path / "eve"]


def test_a_link_in_a_zip_is_refused(tmp_path):
    entry = zipfile.ZipInfo("a1.ipynb")
    entry.external_attr, entry.create_system = (stat.S_IFLNK | 0o777) << 16, 3
    with zipfile.ZipFile(tmp_path / "a1.zip", "w") as archive:
        archive.writestr(entry, "../../solutions/a1.py")
    with pytest.raises(UnreadableSubmission, match="a1.ipynb is a link in a1.zip"):
        find_notebook(tmp_path, "a1", ["f"])


@pytest.mark.parametrize("name", ["/{0}", "../{0}", "a/../../{0}", "//{0}"])
def test_a_name_in_a_zip_never_leads_out_of_it(tmp_path, name):
    secret = write(tmp_path, "secret.ipynb")
    folder = tmp_path / "ada"
    folder.mkdir()
    with zipfile.ZipFile(folder / "a1.zip", "w") as archive:
        archive.writestr(name.format(str(secret).lstrip("/") if name[0] == "/" else secret.name), make_json())
    with pytest.raises(UnreadableSubmission, match="without a notebook"):
        find_notebook(folder, "a1", ["f"])


def test_folders_are_looked_into_as_deep_as_the_bound(tmp_path):
    write(tmp_path, "/".join([".", *"abcdefgh", "a1.ipynb"]))
    assert find_notebook(tmp_path, "a1", ["f"]).path.name == "a1.ipynb"
    deep = tmp_path / "deep"
    write(deep, "/".join([*"abcdefghi", "a1.ipynb"]))
    with pytest.raises(MissingSubmission):
        find_notebook(deep, "a1", ["f"])


@pytest.mark.parametrize(
    "name, said",
    [
        (".a1.ipynb.icloud", "is the placeholder of a file in iCloud"),
        ("a1.ipynb.url", "is a shortcut; the file itself is not there"),
        ("a1.ipynb.webloc", "is a shortcut; the file itself is not there"),
        ("a1.ipynb - Shortcut.lnk", "is a shortcut; the file itself is not there"),
        ("a1.gdoc", "is a shortcut to Google Drive"),
        ("~$a1.docx", "is the mark that a program leaves beside an open file"),
        (".~lock.a1.odt#", "is the mark that a program leaves beside an open file"),
        ("a1.ipynb.crdownload", "is half a download"),
    ],
)
def test_what_only_stands_for_a_file_is_told_for_what_it_is(tmp_path, name, said):
    write(tmp_path, name, "x")
    with pytest.raises(UnreadableSubmission) as caught:
        find_notebook(tmp_path, "a1", ["f"])
    assert str(caught.value).startswith(f"{name} {said}")
    path = write(tmp_path, "a1.ipynb")
    assert path_and_notes(tmp_path, "a1", ["f"]) == (path, [])


def test_a_zip_with_a_password_is_told(tmp_path):
    data = bytearray(make_zip(tmp_path / "a1.zip", a1_ipynb=make_json()).read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1  # the bit that says so
    (tmp_path / "a1.zip").write_bytes(data)
    with pytest.raises(UnreadableSubmission, match="a1.ipynb is|a1.zip is protected by a password"):
        find_notebook(tmp_path, "a1", ["f"])


# --- which file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "a1.ipynb",
        "A1.IPYNB",
        "a1 (1).ipynb",
        "Copy of a1.ipynb",
        "a1-1.ipynb",
        "a1.-1ipynb",
        "a1.ipynb.txt",
        "a1.ipynb.json",
        "a1.json",
        "a1.txt",
        "a1",
        "anything at all.ipynb",
        "folder/a1.ipynb",
        "a1.ipynb/a1.ipynb",
    ],
)
def test_renamed_downloads_are_found_among_other_files(tmp_path, name):
    path = write(tmp_path, name)
    for other in (".ipynb_checkpoints/a1.ipynb", "__MACOSX/._a1.ipynb", "._a1.ipynb", ".hidden.ipynb", "lenet.pt"):
        write(tmp_path, other, b"junk")
    write(tmp_path, "timestamp.txt", "2026-01-01")
    assert path_and_notes(tmp_path, "a1", ["f"]) == (path, [])
    assert read_sources(path) == [DEFINES_F]


@pytest.mark.parametrize(
    "names, best",
    [
        (["a1.ipynb", "a1 (1).ipynb"], "a1.ipynb"),
        (["a1 (2).ipynb", "a1 (10).ipynb", "a1.old.ipynb"], "a1 (10).ipynb"),
        (["a1-2.ipynb", "a1-1.ipynb", "other.ipynb"], "a1-2.ipynb"),
        (["Copy of a1.ipynb", "Aardvark.ipynb"], "Copy of a1.ipynb"),
        (["b.ipynb", "a.ipynb"], "a.ipynb"),
        (["sub/a1.ipynb", "z.ipynb"], "sub/a1.ipynb"),
        (["a1.py", "z.ipynb"], "z.ipynb"),
        (["helper.py", "a1.py"], "a1.py"),
        (["README.md", "a1.py"], "a1.py"),
    ],
)
def test_of_several_files_the_likeliest_counts_and_a_note_names_the_rest(tmp_path, names, best):
    for name in names:
        write(tmp_path, name, DEFINES_F if name.endswith(".py") else None)
    path, notes = path_and_notes(tmp_path, "a1", ["f"])
    assert path == tmp_path / best
    others = {name.rsplit("/")[-1] for name in names if name != best and name.endswith(best[-3:])}
    assert all(other in notes[0].split("left:")[1] for other in others)


STUB = "def f(x):\n    raise NotImplementedError()\n\n\ndef g(x):\n    raise NotImplementedError()"


@pytest.mark.parametrize("name", ["a1 (1).ipynb", "x/y/a1.ipynb", "x/final.ipynb", "a1.py", "a1.txt", "a1.qmd"])
def test_an_untouched_notebook_of_the_right_name_does_not_hide_the_work(tmp_path, name):
    write(tmp_path, "a1.ipynb", make_json(make_cell(STUB)))
    done = "```{python}\n" + DEFINES_F + "\n```" if name.endswith("qmd") else DEFINES_F
    path = write(tmp_path, name, done if name.endswith(("py", "qmd")) else None)
    found, notes = path_and_notes(tmp_path, "a1", ["f", "g"])
    assert found == path and any("a1.ipynb" in note for note in notes)


def test_an_untouched_notebook_does_not_hide_the_work_in_a_zip(tmp_path):
    write(tmp_path, "a1.ipynb", make_json(make_cell(STUB)))
    make_zip(tmp_path / "a1.zip", jovyan__cnn__a1__a1_ipynb=make_json())
    found, notes = path_and_notes(tmp_path, "a1", ["f", "g"])
    assert found == tmp_path / "a1.zip/jovyan/cnn/a1/a1.ipynb"
    assert notes == [f"{tmp_path.name}/a1.ipynb answers nothing: graded a1.ipynb"]


def test_the_exact_name_counts_where_it_answers_anything(tmp_path):
    path = write(tmp_path, "a1.ipynb", make_json(make_cell(STUB.replace("raise NotImplementedError()", "return 1", 1))))
    write(tmp_path, "a1 (1).ipynb", make_json(make_cell("f = len\ng = len")))
    assert path_and_notes(tmp_path, "a1", ["f", "g"]) == (path, ["graded a1.ipynb; left: a1 (1).ipynb"])


def test_a_script_that_the_notebook_uses_is_no_hand_in_of_its_own(tmp_path):
    path = write(tmp_path, "a1.ipynb", make_json(make_cell("from helper import f")))
    write(tmp_path, "helper.py", DEFINES_F)
    assert find_notebook(tmp_path, "a1", ["f"]).path == path


def test_the_file_that_defines_most_counts_before_a_likelier_name(tmp_path):
    write(tmp_path, "a1 (1).ipynb", make_json(make_cell("print('scratch')")))
    path = write(tmp_path, "final.ipynb")
    assert find_notebook(tmp_path, "a1", ["f"]).path == path


def test_an_unreadable_file_of_the_right_name_does_not_hide_a_readable_one(tmp_path):
    write(tmp_path, "a1.ipynb", b"")
    path = write(tmp_path, "a1 (1).ipynb")
    found, notes = path_and_notes(tmp_path, "a1", ["f"])
    assert found == path and "a1.ipynb is empty" in notes[1]
    path.write_bytes(b"")
    script = write(tmp_path, "a1.py", DEFINES_F)
    assert find_notebook(tmp_path, "a1", ["f"]).path == script


def test_nothing_handed_in_is_missing(tmp_path):
    with pytest.raises(MissingSubmission, match="Nothing was handed in for a1"):
        find_notebook(tmp_path / "nobody", "a1")
    write(tmp_path, ".ipynb_checkpoints/a1.ipynb")
    with pytest.raises(MissingSubmission, match="holds no file"):
        find_notebook(tmp_path, "a1")


def test_files_of_other_kinds_are_named(tmp_path):
    write(tmp_path, "a1.pdf", b"%PDF")
    write(tmp_path, "notes.txt", "see the PDF")
    with pytest.raises(UnreadableSubmission, match="No notebook was handed in, only a1.pdf, notes.txt; hand in"):
        find_notebook(tmp_path, "a1")


def test_a_folder_named_like_the_notebook_is_told(tmp_path):
    (tmp_path / "a1.ipynb").mkdir()
    with pytest.raises(UnreadableSubmission, match="a1.ipynb is a folder"):
        find_notebook(tmp_path, "a1")


# --- zips -----------------------------------------------------------------------------------------------------------


def make_zip(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_ipynb", ".ipynb"), content)
    return path


def test_a_zip_handed_in_as_it_is_gives_the_notebook_in_it(tmp_path):
    make_zip(tmp_path / "work.zip", work__a1_ipynb=make_json(), work__weights="w")
    with zipfile.ZipFile(tmp_path / "work.zip", "a") as archive:
        archive.writestr("__MACOSX/._a1.ipynb", "junk")
    path, _ = path_and_notes(tmp_path, "a1", ["f"])
    assert path == tmp_path / "work.zip" / "work" / "a1.ipynb" and read_sources(path) == [DEFINES_F]


def test_a_zip_under_a_notebooks_name_is_read_too(tmp_path):
    make_zip(tmp_path / "a1.ipynb", a1_ipynb=make_json())
    assert read_sources(find_notebook(tmp_path, "a1").path) == [DEFINES_F]


@pytest.mark.parametrize(
    "members",
    [{"word__document": "x"}, {"..__..__a1_ipynb": make_json()}, {"a__" * 9 + "a1_ipynb": make_json()}, {}],
)
def test_a_zip_of_something_else_is_told(tmp_path, members):
    make_zip(tmp_path / "a1.zip", **members)
    with pytest.raises(
        UnreadableSubmission, match="a1.zip (is a zip archive or an Office document without|could not|.*JSON)"
    ):
        find_notebook(tmp_path, "a1")


def test_a_zip_that_unpacks_beyond_the_bound_or_lists_too_much_is_refused(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "a1.zip", a1_ipynb=make_json(make_cell("#" * 100_000)))
    monkeypatch.setattr(files, "MAX_BYTES", 50_000)
    with pytest.raises(UnreadableSubmission, match="MB that can be read"):
        read_notebook(path / "a1.ipynb")
    monkeypatch.setattr(files, "MAX_ZIP_LISTING", 10)
    with pytest.raises(UnreadableSubmission, match="lists too many files"):
        read_notebook(path)


def test_a_zip_within_a_zip_and_a_lost_member_are_told(tmp_path):
    inner = make_zip(tmp_path / "inner", a1_ipynb=make_json()).read_bytes()
    outer = make_zip(tmp_path / "outer.zip", a1_ipynb=inner)
    with pytest.raises(UnreadableSubmission, match="a1.ipynb is a zip archive"):
        read_notebook(outer / "a1.ipynb")
    with pytest.raises(MissingSubmission, match="b.ipynb is not in outer.zip"):
        read_notebook(outer / "b.ipynb")
