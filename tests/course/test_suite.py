"""Which modules a file imports, wherever in it: what a grade depends on is found by that."""

from __future__ import annotations

from autograder.course.suite import names_imported

EVERYWHERE = """
import a
if a:
    import b
elif a.x:
    import c
else:
    from d import e as f
for _ in a:
    import g
else:
    import h
while a:
    import i
try:
    import j
except KeyError:
    import k
else:
    import l
finally:
    import m
with a:
    import n
class C:
    import o
    def method(self):
        import p
        async def inner():
            import q
            async with a:
                import r
            async for _ in a:
                import s
match a:
    case 1:
        import t
    case _:
        import u.v
"""


def test_an_import_is_found_wherever_a_statement_can_stand(tmp_path):
    (tmp_path / "everywhere.py").write_text(EVERYWHERE)
    assert sorted(names_imported(tmp_path / "everywhere.py")) == [*"abcd", "d.e", *"ghijklmnopqrst", "u.v"]
