"""The tables of README.md and benchmarks/README.md, from the files in measured/: a CSV of each processor, and what
``engine_tables`` reads.

    python benchmarks/tables.py    # writes them; tests/test_benchmark_tables.py holds them to it

A cell has a figure a processor, in the order of ``PROCESSORS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import cases
import engine_tables
from report import Row, quotients, read_csv

from darknet_py import cfg, graph

__all__ = ["FOLDER", "PROCESSORS", "pages"]

ROOT = Path(__file__).parent.parent
FOLDER = Path(__file__).with_name("measured")
PROCESSORS = {"zen3": "AVX2", "zen4": "AVX-512"}  # peers-NAME.csv, and what the tables call it
ENGINES = {
    "darknet_py exact": "darknet_py exact",
    "darknet_py exact, embedded broadcasts": "… with embedded broadcasts, as tried",
    "darknet_py fast": "darknet_py fast",
    "darknet_py bf16": "darknet_py bf16",
    "openvino": "OpenVINO",
    "ncnn": "ncnn",
    "onnxruntime": "ONNX Runtime",
    "opencv": "OpenCV",
    "darknet": "C Darknet",
    "openvino-bf16": "OpenVINO bf16",
}
NONE = "–"
Figures = dict[str, dict[str, list[Row]]]  # by processor and network
Table = list[list[str]]


def figures() -> Figures:
    """All that was measured."""
    return {processor: read_csv(FOLDER / f"peers-{processor}.csv")[0] for processor in PROCESSORS}


def pages() -> dict[Path, str]:
    """What the pages are to hold."""
    measured = figures()
    tables = {"milliseconds": _milliseconds(measured), "time over": _quotients(measured), "MB": _memory(measured),
              **engine_tables.tables(FOLDER)}  # fmt: skip
    return {path: _filled(path.read_text("utf-8"), tables) for path in (ROOT / "README.md", FOLDER.parent / "README.md")}


def _filled(text: str, tables: dict[str, Table]) -> str:
    """The page with each table in the place of the one that begins with the same words."""
    for words, (head, *rows) in tables.items():
        lines = [[f"{words}, {head[0]}", *head[1:]], ["---"] * len(head), *rows]
        table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
        text = re.sub(rf"^\| {words}, .*\n(?:\|.*\n)+", lambda _, table=table: table, text, flags=re.MULTILINE)
    return text


def _milliseconds(measured: Figures) -> Table:
    return [_head(PROCESSORS), *_engines(measured, PROCESSORS, lambda row: _amount(row.ms))]


def _memory(measured: Figures) -> Table:
    """Of the processors on which it was measured."""
    told = [name for name, networks in measured.items() if any(row.rss_mb for rows in networks.values() for row in rows)]
    return [_head(told), *_engines(measured, told, lambda row: NONE if row.rss_mb is None else f"{row.rss_mb:.0f}")]


def _quotients(measured: Figures) -> Table:
    def cell(name: str, network: str) -> str:
        values = (quotients(measured[processor].get(network, []))[name] for processor in PROCESSORS)
        return _beside(NONE if value is None else f"{value:.2f}" for value in values)

    return [_head(PROCESSORS), *([name, *(cell(name, network) for network in cases.DEFAULT)] for name in quotients([]))]


def _engines(measured: Figures, processors: Iterable[str], told: Callable[[Row], str]) -> Table:
    """A line an engine that has a figure anywhere."""

    def cell(engine: str, network: str) -> str:
        found = ({row.engine: row for row in measured[processor].get(network, [])} for processor in processors)
        return _beside(told(rows[engine]) if engine in rows else NONE for rows in found)

    lines = ([title, *(cell(engine, network) for network in cases.DEFAULT)] for engine, title in ENGINES.items())
    return [line for line in lines if re.search(r"\d", "".join(line[1:]))]


def _head(processors: Iterable[str]) -> list[str]:
    """What stands above the cells; each network with its size."""
    sizes = {name: graph.build(cfg.read(cases.network(name).cfg)).net.width for name in cases.DEFAULT}
    return [_beside(PROCESSORS[name] for name in processors), *(f"{name} @ {size}" for name, size in sizes.items())]


def _beside(texts: Iterable[str]) -> str:
    return " / ".join(texts)


def _amount(ms: float | None) -> str:
    return NONE if ms is None else f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
