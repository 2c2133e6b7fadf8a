"""Rows of figures as a table and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

__all__ = ["Row", "ratios", "table", "write_csv"]


@dataclass(frozen=True)
class Row:
    """Figures of one engine on one network; None where there is none, with the reason in ``remark``.

    ``ms``: the least of the medians of its slices.  ``ratio``: to the best peer.  ``rss_mb``: peak of its process after
    loading and five runs.  ``rss_ratio``: to OpenVINO's.  ``difference``: the largest from darknet_py exact, of values up to
    ``largest``.
    """

    network: str
    engine: str
    version: str = ""
    peer: bool = True
    ms: float | None = None
    least_ms: float | None = None
    ratio: float | None = None
    rss_mb: float | None = None
    rss_ratio: float | None = None
    load_s: float | None = None
    difference: float | None = None
    largest: float | None = None
    remark: str = ""


DIGITS = {"ms": ".2f", "least_ms": ".2f", "ratio": ".2f", "rss_mb": ".0f", "rss_ratio": ".2f", "load_s": ".2f",
          "difference": ".1e", "largest": ".3g"}  # fmt: skip
COLUMNS = ["engine", "version", *DIGITS, "remark"]
OPENVINO = "openvino"


def ratios(rows: Sequence[Row]) -> list[Row]:
    """The rows of one network with their ratios to the best peer's time and to OpenVINO's memory."""
    best = min((row.ms for row in rows if row.peer and row.ms), default=None)
    memory = next((row.rss_mb for row in rows if row.engine == OPENVINO), None)
    return [Row(**{**asdict(row), "ratio": _over(row.ms, best), "rss_ratio": _over(row.rss_mb, memory)}) for row in rows]


def _over(value: float | None, unit: float | None) -> float | None:
    return value / unit if value and unit else None


def table(rows: Sequence[Row]) -> str:
    """The rows of one network as text, a title first."""
    cells = [COLUMNS, *([_text(row, name) for name in COLUMNS] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(COLUMNS))]
    lines = [_line(line, widths) for line in cells]
    return "\n".join([rows[0].network, *lines])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = [c.rjust(w) if name in DIGITS else c.ljust(w) for c, w, name in zip(cells, widths, COLUMNS, strict=True)]
    return ("  " + "  ".join(aligned)).rstrip()


def _text(row: Row, name: str) -> str:
    value = getattr(row, name)
    return "-" if value is None else format(value, DIGITS.get(name, ""))


def write_csv(path: Path, rows: Iterable[Row], facts: dict[str, str]) -> None:
    """One line an engine and network, then a comment line for each fact."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Row)])
        writer.writeheader()
        writer.writerows({name: _plain(value) for name, value in asdict(row).items()} for row in rows)
        file.writelines(f"# {name}: {text}\n" for name, text in facts.items())


def _plain(value: object) -> object:
    return format(value, ".6g") if isinstance(value, float) else value
