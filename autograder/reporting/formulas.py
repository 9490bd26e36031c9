"""TeX formulas of students and of the course as MathML: browsers show it themselves, so a page loads nothing for it.

What students write is hostile. The converter's own text form undoes the escaping of what stands in `\\text{...}`; so
its tree is taken, and of that only known elements and attributes, with every text escaped.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element

MOST = 1500  # characters of a formula; a longer one stays as it was written
MOST_TEXT = 60_000  # characters of the MathML of one formula
MACROS = re.compile(r"\\(?:re|provide)?newcommand|\\(?:g|e|x)?def\b|\\let\b|\\newenvironment|\\DeclareMathOperator")
ELEMENTS = frozenset(
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mlabeledtr "
    "mtd mstyle mpadded mphantom menclose mmultiscripts mprescripts none".split()
)
ATTRIBUTES = frozenset(
    "display displaystyle scriptlevel mathvariant mathsize stretchy symmetric largeop fence form lspace rspace minsize "
    "maxsize movablelimits accent accentunder linethickness columnalign rowspacing columnspacing rowlines columnlines "
    "notation".split()
)
VALUE = re.compile(r"[\w .%+-]{0,60}")
WIDTH = re.compile(r"-?0?\.\d{1,3}em|[012]em")  # of a space: a larger one could move a formula over something else


@lru_cache(maxsize=4096)
def mathml(tex: str, block: bool) -> str:
    """MathML of a formula; the TeX as code where it can't be read, or is no formula that a person would write."""
    from latex2mathml.converter import Converter

    plain = f"<code>{html.escape(tex)}</code>"
    if len(tex) > MOST or MACROS.search(tex):
        return plain
    try:
        found = "".join(written(Converter(display="block" if block else "inline").convert_to_element(tex)))
    except Exception:  # whatever a formula makes the converter stumble over; RecursionError, too
        return plain
    return found if len(found) <= MOST_TEXT else plain


def written(element: Element) -> list[str]:
    """An element as HTML, in pieces; what stands in an element that is not known is left out."""
    if element.tag not in ELEMENTS:
        return []
    marks = "".join(f' {name}="{value}"' for name, value in element.attrib.items() if is_known(name, value))
    pieces = [f"<{element.tag}{marks}>", html.escape(html.unescape(element.text or ""))]
    for child in element:
        pieces += written(child)
    return [*pieces, f"</{element.tag}>"]


def is_known(name: str, value: str) -> bool:
    return bool(WIDTH.fullmatch(value) if name == "width" else name in ATTRIBUTES and VALUE.fullmatch(value))
