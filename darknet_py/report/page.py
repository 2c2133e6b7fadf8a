"""A page about an evaluation: one file that holds all of itself, for light and dark, desks and phones."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template

from .._support.version import __version__
from .._support.words import counted
from ..errors import OutputError
from ..evaluate import ClassFigures, Counts, Evaluation
from ..output import make_folder, write_text
from ..output.metrics import percent, thresh_text
from .pictures import Drawn
from .plots import DARK, LIGHT, Plot, confusion_matrix, f1_curve, pr_curve, rendered
from .texts import shown

__all__ = ["check", "write"]

NAME = "index.html"
TEMPLATE = Path(__file__).parent.parent / "data" / "report.html"
OURS = b'<meta name="generator" content="darknet_py report">'
RANKING = (
    "Ranked by what is missed, by how sure the network is of false boxes, and of boxes of a wrong class. Boxes above the "
    "threshold are paired with labels that they overlap enough, those of the same class first."
)
SHARES = "Precision", "Recall", "F1"


def check(folder: str | Path) -> Path:
    """The page's file; raises OutputError where another page than a report has its name, which would be lost."""
    path = Path(folder) / NAME
    if Path(folder).is_file():
        raise OutputError(f"{folder}: is a file; name a folder for the report")
    if path.exists() and not (path.is_file() and OURS in path.read_bytes()[:2000]):
        raise OutputError(f"{path}: is there already and is no report; choose another folder")
    return path


def write(
    folder: str | Path, evaluation: Evaluation, worst: Iterable[Drawn] = (), about: Mapping[str, object] | None = None,
    title: str = "Evaluation",
) -> Path:  # fmt: skip
    """Write the page into a folder, which is made, and over an earlier report only; its path.

    ``worst``: what ``drawn`` gives; ``about``: what the figures are of.  Raises DarknetError without matplotlib,
    OutputError where it cannot be written.
    """
    path = check(folder)
    make_folder(folder)
    curves = [
        _plot(pr_curve, evaluation, "Precision over recall", "Of each class the area under its curve is its AP."),
        _plot(f1_curve, evaluation, "F1 over the threshold", "The circle is the threshold that has the best F1."),
    ]
    parts = {
        "title": _text(title), "about": _about(evaluation, about or {}), "tiles": _tiles(evaluation),
        "advice": _advice(evaluation), "table": _table(evaluation), "curves": "".join(curves),
        "confusion": _confusion(evaluation), "ranking": RANKING, "pictures": "".join(map(_picture, worst)) or "<p>None.</p>",
        "footer": f"Made by darknet_py {__version__}. AP, true and false positives by Darknet's rules.",
    }  # fmt: skip
    write_text(path, Template(TEMPLATE.read_text("utf-8")).substitute(parts))
    return path


def _text(text: object) -> str:
    return escape(shown(text))


def _about(evaluation: Evaluation, about: Mapping[str, object]) -> str:
    facts = [f"{_text(key)}: {_text(value)}" for key, value in about.items()]
    s = evaluation.score
    counts = counted(evaluation.pictures, "picture"), counted(s.labels, "label")
    area = f"at {s.points} recalls" if s.points else "area under the curve"
    return " · ".join([*facts, *counts, f"AP: IoU above {s.iou_thresh:g}, {area}"])


def _tiles(evaluation: Evaluation) -> str:
    all_of, s = evaluation.all, evaluation.score
    tiles = {
        f"mAP@{s.iou_thresh:.2f}": percent(s.mean_ap), "of classes with labels": percent(evaluation.mean_ap_of_labelled),
        **_shares(all_of.at, f" above {s.conf_thresh:g}"), "Threshold of the best F1": thresh_text(all_of.best),
        "Best F1": percent(all_of.best.counts.f1 if all_of.best else None),
    }  # fmt: skip
    if evaluation.coco:
        tiles |= {"COCO AP": percent(evaluation.coco.ap), "COCO AP50": percent(evaluation.coco.ap50)}
    return "".join(f"<div><dt>{_text(name)}</dt><dd>{value}</dd></div>" for name, value in tiles.items())


def _shares(counts: Counts | None, more: str = "") -> dict[str, str]:
    values = (counts.precision, counts.recall, counts.f1) if counts else (None, None, None)
    return {f"{name}{more}": percent(value) for name, value in zip(SHARES, values)}


def _advice(evaluation: Evaluation) -> str:
    best = evaluation.all.best
    if best is None:
        return "No box is right."
    counts = best.counts
    return (
        f"With <code>-thresh {thresh_text(best)}</code> F1 of all classes together is best: {counts.tp} of "
        f"{counts.tp + counts.fn} labels are found, {counts.fp} boxes are false. Numbers are percents, but for counts and "
        "thresholds."
    )


def _table(evaluation: Evaluation) -> str:
    coco = ["COCO AP", "COCO AP50"] if evaluation.coco else []
    columns = ["Class", "Labels", "AP", "TP", "FP", "FN", *SHARES, "Threshold", *SHARES, *coco]
    above = evaluation.score.conf_thresh
    groups = [("", 3), (f"above {above:g}", 6), ("at the best F1", 4), *([("pycocotools", 2)] if coco else [])]
    spans = "".join(f'<th class="group" colspan="{n}" scope="colgroup">{name}</th>' if name else f'<td colspan="{n}"></td>'
                    for name, n in groups)  # fmt: skip
    heads = "".join(
        f'<th scope="col"{"" if k else " class=name"}><button type="button" data-column="{k}">{name}</button></th>'
        for k, name in enumerate(columns)
    )
    kept = [figures for figures in evaluation.classes if figures.labels or figures.at.fp]
    rows = "".join(_row(figures, bool(coco)) for figures in kept)
    left = len(evaluation.names) - len(kept)
    told = f"<caption>{counted(left, 'class')} without labels and boxes {'is' if left == 1 else 'are'} left out.</caption>"
    last = _row(evaluation.all, bool(coco))
    head = f"{told if left else ''}<thead><tr>{spans}</tr><tr>{heads}</tr></thead>"
    return f"<table>{head}<tbody>{rows}</tbody><tfoot>{last}</tfoot></table>"


def _row(figures: ClassFigures, coco: bool) -> str:
    at, best = figures.at, figures.best
    cells = [str(figures.labels), percent(figures.ap), str(at.tp), str(at.fp), str(at.fn), *_shares(at).values(),
             thresh_text(best), *_shares(best.counts if best else None).values()]  # fmt: skip
    cells += [percent(figures.coco_ap), percent(figures.coco_ap50)] if coco else []
    name = f'<th scope="row" title="{_text(figures.name)}">{_text(figures.name)}</th>'
    return f"<tr>{name}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _plot(plot: Plot, evaluation: Evaluation, title: str, caption: str) -> str:
    """A plot in both themes, of which the browser takes one."""
    light, dark = (base64.b64encode(rendered(plot, evaluation, "svg", theme)[0]).decode() for theme in (LIGHT, DARK))
    source = f'<source media="(prefers-color-scheme: dark)" srcset="data:image/svg+xml;base64,{dark}">'
    picture = f'<picture>{source}<img alt="{title}" src="data:image/svg+xml;base64,{light}"></picture>'
    return f'<figure tabindex="0">{picture}<figcaption>{caption}</figcaption></figure>'


def _confusion(evaluation: Evaluation) -> str:
    matrix = evaluation.confusion
    caption = (
        f"Boxes above {matrix.conf_thresh:g} that overlap a label by more than {matrix.iou_thresh:g}; none: labels without "
        "a box, boxes without a label. The fuller a cell, the larger its share of the labels of its class."
    )
    name = evaluation.names
    told = [f"<li>{_text(name[i])} taken for {_text(name[j])}: {counted(n, 'time')}</li>" for i, j, n in matrix.mistaken()]
    plot = _plot(confusion_matrix, evaluation, "Confusion matrix", caption)
    return plot + (f"<p>Most often:</p><ul>{''.join(told)}</ul>" if told else "<p>No class is taken for another.</p>")


def _picture(drawn: Drawn) -> str:
    told = "".join(f"<li>{_text(line)}</li>" for line in drawn.told)
    data, (wide, high) = base64.b64encode(drawn.jpeg).decode(), drawn.size
    alt = _text(f"{drawn.path} with its mistakes")
    img = f'<img width="{wide}" height="{high}" alt="{alt}" src="data:image/jpeg;base64,{data}">'
    return f"<figure>{img if data else ''}<figcaption>{_text(drawn.path)}<ul>{told}</ul></figcaption></figure>"
