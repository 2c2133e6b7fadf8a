"""What ``detector map`` writes beside Darknet's text: a table, files of figures."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import PATH, printable
from ..evaluate import Evaluation
from ..output import write_text
from ..output.metrics import class_lines, metrics_csv, metrics_json
from .flags import switch, valued
from .guard import Guard
from .options import STDOUT, out_file
from .stopping import finishing

__all__ = ["MetricsOptions", "write_metrics"]


@dataclass(frozen=True)
class MetricsOptions:
    """Figures of each class, beside Darknet's text or in files."""

    per_class: bool = switch(
        "after Darknet's text a table: AP, TP, FP, FN, precision, recall and F1 of each class, at -thresh and at the "
        "threshold with the best F1"
    )
    csv: str | None = valued("the table as CSV; - : on stdout, in place of all text", "FILE", out_file)
    json: str | None = valued("all figures as JSON; - : on stdout, in place of all text", "FILE", out_file)

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
        return bool(self.per_class or self.csv or self.json)

    def check(self, guard: Guard) -> None:
        """Raises OutputError for a file that is read, is another flag's, or cannot be written."""
        for what, path in (("-csv", self.csv), ("-json", self.json)):
            if path != STDOUT:
                guard.target(what, path)


def write_metrics(evaluation: Evaluation, options: MetricsOptions, about: Mapping[str, Any]) -> None:
    """What the flags ask for; ``about``: what the figures are of.  Raises OutputError."""
    if options.per_class:
        print(*class_lines(evaluation), sep="\n", flush=True)
    with finishing():
        _put(options.csv, metrics_csv(evaluation))
        _put(options.json, metrics_json(evaluation, about))


def _put(path: str | None, text: str) -> None:
    if path == STDOUT:
        print(text, end="", flush=True)
    elif path is not None:
        write_text(path, text)
        print(f"darknet_py: written: {printable(path, PATH)}", file=sys.stderr)
