"""What ``detector map`` writes beside Darknet's text: a table, files of figures, plots, a page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import report as reports
from ..errors import PATH, printable
from ..evaluate import Evaluation
from ..output import write_text
from ..output.metrics import class_lines, metrics_csv, metrics_json
from .flags import switch, valued
from .guard import Guard
from .options import STDOUT, out_file
from .stopping import finishing

__all__ = ["MetricsOptions", "write_metrics"]


def _plot_file(text: str) -> str:
    if Path(text).suffix.lower() not in reports.SUFFIXES:
        raise ValueError(f"not a file whose name ends in {', '.join(reports.SUFFIXES)}")
    return text


@dataclass(frozen=True)
class MetricsOptions:
    """Figures of each class, beside Darknet's text or in files."""

    per_class: bool = switch(
        "after Darknet's text a table: AP, TP, FP, FN, precision, recall and F1 of each class, at -thresh and at the "
        "threshold with the best F1"
    )
    csv: str | None = valued("the table as CSV; - : on stdout, in place of all text", "FILE", out_file)
    json: str | None = valued("all figures as JSON; - : on stdout, in place of all text", "FILE", out_file)
    pr_curve: str | None = valued("a plot of precision over recall (.png, .svg, .pdf)", "FILE", _plot_file)
    f1_curve: str | None = valued("a plot of F1 over the threshold", "FILE", _plot_file)
    confusion: str | None = valued("a plot of which classes are taken for which others", "FILE", _plot_file)
    report: str | None = valued(
        "a page with all of these and the pictures in which the network is wrong most, drawn; FOLDER/index.html, one file",
        "FOLDER", str,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Raises ValueError for flags that exclude each other."""
        if self.csv == self.json == STDOUT:
            raise ValueError("-csv - and -json - exclude each other: one of them goes on stdout")
        if self.per_class and self.on_stdout:
            raise ValueError("-per_class prints beside Darknet's text, in whose place -csv - or -json - goes on stdout")

    @property
    def on_stdout(self) -> bool:
        """Whether figures take the place of the text."""
        return STDOUT in (self.csv, self.json)

    @property
    def wanted(self) -> bool:
        return bool(self.per_class or any(self._files.values()))

    @property
    def _files(self) -> dict[str, str | None]:
        own = {"-csv": self.csv, "-json": self.json} | {flag: path for flag, path, _ in self.plots}
        return own | {"-report": self.report}

    @property
    def plots(self) -> list[tuple[str, str | None, reports.Plot]]:
        return [
            ("-pr_curve", self.pr_curve, reports.pr_curve), ("-f1_curve", self.f1_curve, reports.f1_curve),
            ("-confusion", self.confusion, reports.confusion_matrix),
        ]  # fmt: skip

    def check(self, guard: Guard) -> None:
        """Raises OutputError for a file that is read, is another flag's, or cannot be written; DarknetError without
        matplotlib, where it is needed."""
        if self.report or any(path for _, path, _ in self.plots):
            reports.needs_matplotlib()
        for what, path in self._files.items():
            if what == "-report" and path:
                page = reports.check(path)
                guard.folder(path)
                guard.target(what, page)
            elif path != STDOUT:
                guard.target(what, path)


def write_metrics(
    evaluation: Evaluation, options: MetricsOptions, about: Mapping[str, Any], drawn: Callable[[], Any]
) -> None:
    """What the flags ask for; ``about``: what the figures are of; ``drawn``: the worst pictures.  Raises DarknetError."""
    if options.per_class:
        print(*class_lines(evaluation), sep="\n", flush=True)
    with finishing():
        _put(options.csv, metrics_csv(evaluation))
        _put(options.json, metrics_json(evaluation, about))
    for _, path, plot in options.plots:
        if path:
            reports.save_plot(path, plot, evaluation)
            _say(path)
    if options.report:
        title = f"{about['network']} on {about['data']}"
        _say(reports.write(options.report, evaluation, drawn(), {"size": "x".join(map(str, about["size"]))}, title))


def _put(path: str | None, text: str) -> None:
    if path == STDOUT:
        print(text, end="", flush=True)
    elif path is not None:
        write_text(path, text)
        _say(path)


def _say(path: str | Path) -> None:
    print(f"darknet_py: written: {printable(path, PATH)}", file=sys.stderr)
