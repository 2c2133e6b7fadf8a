"""Precision over recall, F1 over the threshold, and the confusion matrix, drawn by matplotlib without a display."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from .._support.optional import from_extra
from .._support.words import counted
from ..errors import DarknetWarning, OutputError
from ..evaluate import Curve, Evaluation
from ..output import write
from .texts import NAME, shown

__all__ = ["DARK", "LIGHT", "SUFFIXES", "Plot", "confusion_matrix", "f1_curve", "needs_matplotlib", "pr_curve", "rendered",
           "save_plot"]  # fmt: skip

SUFFIXES = ".png", ".svg", ".pdf"
LEGEND = 10  # classes that one can tell apart
STEPS = np.linspace(0, 1, 501)
COLORS = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"  # Okabe and Ito's, for all eyes
DASHES = "-", "--", ":"
FALLBACKS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans", "Noto Sans Arabic", "Droid Sans Fallback", "WenQuanYi Micro Hei",
    "Microsoft YaHei", "PingFang SC", "Arial Unicode MS",
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """Colours: of text and lines, of what stands behind, of full cells; ``ground`` None is transparent."""

    ink: str
    soft: str
    empty: str
    full: str
    ground: str | None = None


LIGHT = Theme("#1a1c21", "#9aa0ac", "#ffffff", "#0b57d0")
DARK = Theme("#e8eaee", "#666c78", "#1b1e24", "#8ab4f8")
PAPER = Theme(LIGHT.ink, LIGHT.soft, LIGHT.empty, LIGHT.full, "#ffffff")
Plot: TypeAlias = Callable[[Evaluation, Theme], Any]  # a matplotlib Figure


def needs_matplotlib() -> None:
    """Raises DarknetError where there is none, before the work."""
    with from_extra("plots", "plots need matplotlib"):
        import matplotlib.figure  # noqa: F401


def save_plot(path: str | Path, plot: Plot, evaluation: Evaluation) -> None:
    """Write a plot in the form of its suffix.  Raises DarknetError without matplotlib, OutputError for another form."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise OutputError(f"{path}: a plot is {', '.join(SUFFIXES)}; name the file so")
    data, lacking = rendered(plot, evaluation, suffix[1:], PAPER)
    if lacking and suffix != ".svg":
        message = f"letters of class names are in no font that matplotlib has; {Path(path).stem}.svg would show them"
        warnings.warn(DarknetWarning(message, f"{path}:"), stacklevel=2)
    write(path, data)


def rendered(plot: Plot, evaluation: Evaluation, form: str, theme: Theme) -> tuple[bytes, bool]:
    """A plot as a file, and whether there is no font with all letters of it.  Raises DarknetError without matplotlib."""
    needs_matplotlib()
    import matplotlib as mpl

    data = io.BytesIO()
    with warnings.catch_warnings(record=True) as told, mpl.rc_context(_style(theme)):
        warnings.simplefilter("always")
        figure = plot(evaluation, theme)
        dates = {} if form == "png" else {"Date" if form == "svg" else "CreationDate": None}
        figure.savefig(data, format=form, bbox_inches="tight", facecolor=theme.ground or "none", metadata=dates)
    return data.getvalue(), any("Glyph" in str(one.message) for one in told)


def _style(theme: Theme) -> Any:
    """Names stay text: no ``$`` begins a formula, and letters of an SVG are whatever fonts its reader has."""
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    inks = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    return {
        **dict.fromkeys(inks, theme.ink), "text.parse_math": False, "svg.fonttype": "none", "svg.hashsalt": "darknet_py",
        "font.family": ["DejaVu Sans", *(name for name in FALLBACKS if name in there)], "font.size": 10,
        "axes.spines.top": False, "axes.spines.right": False, "axes.facecolor": "none", "figure.dpi": 120,
        "grid.color": theme.soft, "grid.alpha": 0.35,
    }  # fmt: skip


def pr_curve(evaluation: Evaluation, theme: Theme) -> Any:
    """Precision over recall: the best at each recall or a larger one, whose area is AP."""
    figure, axes = _axes("Recall", "Precision")
    drawn = [(shown(name, NAME), curve, ap) for name, curve, ap in zip(
        evaluation.names, evaluation.curves, evaluation.score.ap.tolist()) if curve.labels]  # fmt: skip
    lines = [(f"{100 * ap:.1f}  {name}", curve.precision_at(STEPS)) for name, curve, ap in _ranked(drawn)]
    _lines(axes, lines, theme)
    axes.plot(STEPS, evaluation.curve.precision_at(STEPS), color=theme.ink, linewidth=2.5, label="all classes together")
    _legend(axes, f"AP % at IoU {evaluation.score.iou_thresh:.2f}")
    return figure


def f1_curve(evaluation: Evaluation, theme: Theme) -> Any:
    """F1 over the threshold, and where it is best."""
    figure, axes = _axes("Threshold", "F1")
    drawn = [(shown(name, NAME), curve, _best(curve, evaluation)) for name, curve in zip(
        evaluation.names, evaluation.curves) if curve.labels]  # fmt: skip
    lines = [(f"{100 * best:.1f}  {name}", curve.f1_at(STEPS)) for name, curve, best in _ranked(drawn)]
    _lines(axes, lines, theme)
    axes.plot(STEPS, evaluation.curve.f1_at(STEPS), color=theme.ink, linewidth=2.5, label="all classes together")
    if best := evaluation.all.best:
        axes.plot(best.thresh, best.counts.f1, "o", color=theme.ink, markersize=8, markerfacecolor=theme.empty)
        axes.annotate(f"{best.thresh:g}", (best.thresh, best.counts.f1), (6, 6), textcoords="offset points")
    _legend(axes, "best F1 %")
    return figure


def _best(curve: Curve, evaluation: Evaluation) -> float:
    best = curve.best(evaluation.least)
    return best.counts.f1 if best else 0.0


def _axes(x: str, y: str) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5))
    axes = figure.add_subplot()
    axes.set(xlabel=x, ylabel=y, xlim=(0, 1.005), ylim=(0, 1.03))
    axes.grid(visible=True)
    return figure, axes


def _ranked(shown: Sequence[tuple[str, Curve, float]]) -> list[tuple[str, Curve, float]]:
    """The best first; of too many to tell apart the best and the worst ones first, all others after them."""
    order = sorted(shown, key=lambda one: -one[2])
    half = LEGEND // 2
    return order if len(order) <= LEGEND else [*order[:half], *order[-half:], *order[half:-half]]


def _lines(axes: Any, lines: Sequence[tuple[str, Any]], theme: Theme) -> None:
    """Those after the first ones are grey and have no name."""
    for _, values in lines[LEGEND:]:
        axes.plot(STEPS, values, color=theme.soft, linewidth=0.6, alpha=0.6)
    for k, (label, values) in enumerate(lines[:LEGEND]):
        axes.plot(STEPS, values, color=COLORS[k % len(COLORS)], linestyle=DASHES[k // len(COLORS)], label=label)
    if len(lines) > LEGEND:
        axes.plot([], [], color=theme.soft, linewidth=0.6, label=f"{counted(len(lines) - LEGEND, 'class')} between")


def _legend(axes: Any, title: str) -> None:
    axes.legend(title=title, loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False, fontsize=9, alignment="left")


def confusion_matrix(evaluation: Evaluation, theme: Theme) -> Any:
    """Shares of the labels of each class; classes without labels and boxes are left out."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    counts = evaluation.confusion.counts
    used = [j for j in range(len(counts) - 1) if counts[j].any() or counts[:, j].any()]
    names = [shown(evaluation.names[j], NAME) for j in used] + ["none"]
    kept = counts[np.ix_([*used, -1], [*used, -1])]
    shares = kept / np.maximum(kept.sum(axis=1, keepdims=True), 1)
    side = min(max(3.0, 0.42 * len(names) if len(names) <= 25 else 0.15 * len(names)), 24.0)
    figure = Figure(figsize=(side, side))
    axes = figure.add_subplot()
    cells = LinearSegmentedColormap.from_list("shares", [theme.empty, theme.full])
    axes.imshow(shares, cmap=cells, vmin=0, vmax=1, interpolation="nearest")
    axes.set(xlabel="Class of the box", ylabel="Class of the label")
    _ticks(axes, names)
    if len(names) <= 25:
        for i, j in np.argwhere(kept > 0).tolist():
            ink = theme.empty if shares[i, j] > 0.5 else theme.ink
            axes.text(j, i, str(kept[i, j]), ha="center", va="center", fontsize=8, color=ink)
    return figure


def _ticks(axes: Any, names: Sequence[str]) -> None:
    """The names, where there is room for them."""
    places = list(range(len(names))) if len(names) <= 160 else []
    size = 9 if len(names) <= 25 else 6
    axes.set_xticks(places, names if len(places) else [], rotation=90, fontsize=size)
    axes.set_yticks(places, names if len(places) else [], fontsize=size)
