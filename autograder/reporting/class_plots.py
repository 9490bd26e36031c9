"""Plots of a class report, as SVG that stands in the page itself. The same numbers give the same bytes."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from autograder.reporting.class_figures import Question

INK, FILL = "#6e7781", "#4c8dd6"  # both can be read on white and on black
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "class report", "font.size": 9, "axes.edgecolor": INK}
SETTINGS |= {name: INK for name in ("text.color", "axes.labelcolor", "xtick.color", "ytick.color")}
BINS = 20


def distribution(scores: Sequence[float], most: float) -> str:
    """How many students have how many points."""
    if not scores or most <= 0:
        return ""
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(8, 2.6), layout="constrained")
        axes = figure.subplots()
        counts, *_ = axes.hist([min(max(score, 0), most) for score in scores], bins=BINS, range=(0, most), color=FILL)
        axes.set(xlabel=f"points of {most:g}, so far", ylabel="students", xlim=(0, most))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        bare(axes)
        step = most / BINS
        told = [f"{n * step:g} to {(n + 1) * step:g}: {count:g}" for n, count in enumerate(counts) if count]
        return as_svg(figure, f"Students by points. {'; '.join(told)}.")


def spread(questions: Sequence[Question]) -> str:
    """For each question a box (half of the class), the median, and a dot for each student."""
    known = [question for question in questions if question.points and question.most]
    if not known:
        return ""
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(8, 0.6 + 0.3 * len(known)), layout="constrained")
        axes = figure.subplots()
        shares = [[100 * points / question.most for points in question.points] for question in known]
        lines = {"color": INK, "linewidth": 0.8}
        style: dict[str, Any] = {
            "boxprops": lines,
            "whiskerprops": lines,
            "capprops": lines,
            "medianprops": {"color": FILL, "linewidth": 2},
        }
        axes.boxplot(shares, orientation="horizontal", showfliers=False, widths=0.6, **style)
        for place, values in enumerate(shares, 1):
            around = [place + 0.22 * ((number * 7) % 11 - 5) / 5 for number in range(len(values))]
            axes.plot(values, around, ".", color=FILL, alpha=0.5, markersize=4)
        axes.set(xlabel="% of the question's points", xlim=(-3, 103))
        axes.set_yticks(range(1, len(known) + 1), [question.name for question in known])
        axes.invert_yaxis()
        bare(axes)
        told = "; ".join(f"{question.name}: {100 * question.share:.0f} %" for question in known)
        return as_svg(figure, f"Points of each question, a dot a student. Means: {told}.")


def bare(axes: matplotlib.axes.Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def as_svg(figure: Figure, label: str) -> str:
    """The element alone, as wide as the page allows, with its contents in words."""
    text = io.StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r' width="[\d.]+pt" height="[\d.]+pt"| height="[\d.]+pt"| width="[\d.]+pt"', "", svg, count=2)
    return svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(label)}"', 1)
