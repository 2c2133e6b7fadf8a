"""Rows of figures as a table and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

__all__ = ["BF16", "FLOAT32", "HALF", "Row", "quotients", "ratios", "read_csv", "table", "verdict", "write_csv"]


FLOAT32, BF16, HALF = "float32", "bf16", "fp16"


@dataclass(frozen=True)
class Row:
    """Figures of one engine on one network; None where there is none, with the reason in ``remark``.

    ``ms``: the least of the medians of its slices.  ``ratio``: to the best peer of its ``kind``.  ``rss_mb``: peak of its
    process after loading and five runs.  ``rss_ratio``: to OpenVINO's of its kind.  ``difference``: the largest from
    darknet_py exact, of values up to ``largest``.
    """

    network: str
    engine: str
    version: str = ""
    peer: bool = True
    kind: str = FLOAT32
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
OPENVINO = {FLOAT32: "openvino", BF16: "openvino-bf16"}


def ratios(rows: Sequence[Row]) -> list[Row]:
    """The rows of one network with their ratios to the best peer's time and to OpenVINO's memory, within their kind."""
    told = []
    for row in rows:
        memory = next((other.rss_mb for other in rows if other.engine == OPENVINO.get(row.kind)), None)
        told.append(replace(row, ratio=_over(row.ms, best_peer(rows, row.kind)), rss_ratio=_over(row.rss_mb, memory)))
    return told


def best_peer(rows: Sequence[Row], kind: str) -> float | None:
    """The least milliseconds of the peers of this kind."""
    return min((row.ms for row in rows if row.peer and row.kind == kind and row.ms), default=None)


def quotients(rows: Sequence[Row]) -> dict[str, float | None]:
    """What darknet_py is judged by on one network: its times and memory over those of its peers, by name."""
    by_name = {row.engine: row for row in rows}
    nothing = Row("", "")
    exact, fast, bf16 = (by_name.get(f"darknet_py {numerics}", nothing) for numerics in ("exact", "fast", "bf16"))
    openvino, openvino_bf16 = (by_name.get(OPENVINO[kind], nothing) for kind in (FLOAT32, BF16))
    return {
        "exact / OpenVINO": _over(exact.ms, openvino.ms),
        "fast / best float32 peer": _over(fast.ms, best_peer(rows, FLOAT32)),
        "bf16 / OpenVINO bf16": _over(bf16.ms, openvino_bf16.ms),
        "memory: exact / OpenVINO": _over(exact.rss_mb, openvino.rss_mb),
        "memory: fast / OpenVINO": _over(fast.rss_mb, openvino.rss_mb),
    }


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


def verdict(rows: Sequence[Row]) -> str:
    """The quotients of one network as a line of text."""
    return "  " + ", ".join(f"{name}: {'-' if value is None else f'{value:.2f}'}" for name, value in quotients(rows).items())


def write_csv(path: Path, rows: Iterable[Row], facts: dict[str, str]) -> None:
    """One line an engine and network, then a comment line for each fact."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _plain(value) for name, value in asdict(row).items()} for row in rows)
        file.writelines(f"# {name}: {text}\n" for name, text in facts.items())


def read_csv(path: Path) -> tuple[dict[str, list[Row]], list[str]]:
    """Rows by network, and the facts below them, a line of text each."""
    lines = path.read_text("utf-8").splitlines()
    networks: dict[str, list[Row]] = {}
    for cells in csv.DictReader(line for line in lines if not line.startswith("#")):
        figures = {name: float(cells[name]) if cells[name] else None for name in DIGITS}
        row = Row(**{**cells, **figures, "peer": cells["peer"] == "True"})
        networks.setdefault(row.network, []).append(row)
    return networks, [line.removeprefix("# ") for line in lines if line.startswith("#")]


def _plain(value: object) -> object:
    return format(value, ".6g") if isinstance(value, float) else value
