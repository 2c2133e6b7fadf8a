"""README's table of published cfgs and docs/cfgs.md, the list of them all, from docs/cfgs.csv.

    python -m tools.cfgs    # writes them; tests/test_cfgs.py holds them to it
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

__all__ = ["FIGURES", "Row", "pages", "read"]

ROOT = Path(__file__).parent.parent
FIGURES, PAGE = ROOT / "docs" / "cfgs.csv", ROOT / "docs" / "cfgs.md"
TABLE = re.compile(r"(?<=\| read \| run \| equal \| not, and why \|\n\|---\|---\|---\|---\|---\|---\|\n)(\|.*\n)*")
LIST = re.compile(r"(?m)^## .*\n(.*\n)*\Z")
HEADS = {"yolo", "gaussian_yolo", "region", "detection", "softmax"}
EXP = 1e-6  # what another exp in the heads makes
SUMS = 5e-6  # what the order of a sum over thousands of products makes
BUILDS = 2  # C's own builds share their exp and log: half of a distance from them is theirs
NONE = "–"


@dataclass(frozen=True)
class Row:
    """A cfg and what both programs made of it; all texts, empty where there is nothing to tell.

    ``also``: other repositories that have the same text.  ``size``: at which it ran, where that is not its own.  ``c`` and
    ``ours``: runs, or how it does not.  ``differs``: number and kind of the first layer whose bits differ.  ``distance``: of
    the heads, the largest relative L2 distance; ``spread``: that of the C program's own two builds,
    or of it from double precision.  ``boxes``: of the
    C program, ``found``: those of them that are here too, ``coordinates``: their largest difference.
    """

    repository: str
    family: str
    path: str
    also: str
    layers: str
    own: str
    size: str
    c: str
    ours: str
    differs: str
    distance: str
    spread: str
    boxes: str
    found: str
    coordinates: str
    remark: str

    @property
    def verdict(self) -> str:
        """bits: of all layers before the heads; distance: within twice the spread; not: neither."""
        if self.ours != "runs" or not self.distance:
            return "not"
        kind = self.differs.split(" ")[1] if self.differs else "yolo"
        if kind in HEADS:
            return "bits" if float(self.distance) <= EXP else "not"
        return "distance" if float(self.distance) <= max(BUILDS * float(self.spread or 0), SUMS) else "not"


def read() -> list[Row]:
    """All rows, in the order of repositories and families."""
    with FIGURES.open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def pages() -> dict[Path, str]:
    """What the pages are to hold."""
    rows, readme = read(), ROOT / "README.md"
    return {readme: TABLE.sub(lambda _: _table(rows), readme.read_text("utf-8")),
            PAGE: LIST.sub(lambda _: _list(rows), PAGE.read_text("utf-8"))}  # fmt: skip


def _table(rows: list[Row]) -> str:
    lines = [_line(repository, family, list(group)) for (repository, family), group in _grouped(rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in [*lines, *_copies(rows), _line("all", "", rows)])


def _grouped(rows: list[Row]) -> Iterator[tuple[tuple[str, str], Iterator[Row]]]:
    return groupby(rows, lambda row: (row.repository, row.family))


def _copies(rows: list[Row]) -> Iterator[list[str]]:
    """A line a repository that has nothing of its own."""
    own = {row.repository for row in rows}
    copies = Counter(name for row in rows for name in row.also.split() if name not in own)
    for name, number in copies.items():
        yield [name, f"{number}, all of them above", "", "", "", ""]


def _line(repository: str, family: str, rows: list[Row]) -> list[str]:
    runs, reads = (sum(row.ours in kinds for row in rows) for kinds in (("runs",), ("runs", "parses")))
    title = f"{repository}: {family}" if family else repository
    return [title, *map(str, (len(rows), reads, runs)), _equal(rows), _reasons(rows) if family else ""]


def _equal(rows: list[Row]) -> str:
    verdicts = Counter(row.verdict for row in rows)
    far = max((float(row.distance) for row in rows if row.verdict == "distance"), default=0)
    texts = [f"{verdicts['bits']} in bits"] * bool(verdicts["bits"])
    texts += [f"{verdicts['distance']} within {far:.0e}"] * bool(verdicts["distance"])
    return ", ".join(texts) or NONE


def _reasons(rows: Iterable[Row]) -> str:
    counted = Counter(row.remark for row in rows if row.remark)
    return "; ".join(f"{number}: {remark}" for remark, number in counted.items())


def _list(rows: list[Row]) -> str:
    return "\n".join(_section(f"{repository}: {family}", group) for (repository, family), group in _grouped(rows))


def _section(title: str, rows: Iterable[Row]) -> str:
    head = "| cfg | layers | size | C | here | first other bits | distance | spread | boxes | by at most | |\n"
    return f"## {title}\n\n{head}|{'---|' * 11}\n" + "".join(f"| {' | '.join(_cells(row))} |\n" for row in rows)


def _cells(row: Row) -> list[str]:
    size = f"{row.own} at {row.size}" if row.size else row.own
    boxes = f"{row.found} of {row.boxes}" if row.boxes else ""
    return [f"`{row.path}`", row.layers, size, row.c, row.ours, row.differs, row.distance, row.spread, boxes,
            row.coordinates, row.remark]  # fmt: skip


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
