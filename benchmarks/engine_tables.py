"""Tables of engines behind ``Network``, and of a card: from what matrix.py and gpu.py wrote into measured/."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cases
import matrix
from matrix import Cell

from darknet_py import cfg, graph

__all__ = ["tables"]

Table = list[list[str]]
NETWORKS = ("yolo-fastest-1.1-xl", "yolov4-chars", "yolov4-tiny", "yolov4-csp", "yolov4-p5")
ENGINES = {
    "exact": "native, exact",
    "fast": "native, fast",
    "onnxruntime": "ONNX Runtime",
    "openvino:CPU": "OpenVINO",
    "web": "the web page: ONNX Runtime in WASM, Chromium",
}
ON_CARD = {"fp32": "ONNX Runtime CUDA", "fp16": "ONNX Runtime CUDA, fp16"}
COLUMNS = {
    "alone": "as it is",
    "graph": "recorded",
    "nhwc": "channels last",
    "nhwc graph": "both",
    "fused": "both, fused",
    "predict": "`predict`",
    "detect": "`detect`",
}
NONE = "–"


def tables(folder: Path) -> dict[str, Table]:
    """By the words with which they begin."""
    cells, card = matrix.read(folder / "engines-zen3.csv"), json.loads((folder / "card-h200.json").read_text("utf-8"))
    return {"boxes within": _matrix(cells, card), "pictures a second": _speed(card)}


def _matrix(cells: list[Cell], card: Mapping[str, Any]) -> Table:
    by_name = {(cell.network, cell.engine): cell for cell in cells}
    sizes = {name: graph.build(cfg.read(cases.network(name).cfg)).net.width for name in NETWORKS}
    lines = [[title, *(_cell(by_name.get((name, engine))) for name in NETWORKS)] for engine, title in ENGINES.items()]
    lines += [[f"{title} ({_name(card)})", *(_on_card(card, name, precision) for name in NETWORKS)]
              for precision, title in ON_CARD.items()]  # fmt: skip
    told = [line for line in lines if any(text != NONE for text in line[1:])]
    return [["ms", *(f"{name} @ {size}" for name, size in sizes.items())], *told]


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return NONE
    return _beside(_difference(cell.difference, cell.lone, cell.boxes), _amount(cell.ms))


def _on_card(card: Mapping[str, Any], network: str, precision: str) -> str:
    """The least of what ONNX Runtime alone takes for one picture, by any of its options."""
    boxes = next((b for b in card["boxes"] if (b["network"], b["precision"]) == (network, precision)), None)
    times = [row["time"]["ms"] for row in card["rows"] if row["time"] and row["what"] not in ("predict", "detect")
             and (row["network"], row["precision"], row["batch"]) == (network, precision, 1)]  # fmt: skip
    difference = _difference(boxes["largest"], boxes["lone"], boxes["boxes"]) if boxes else NONE
    return _beside(difference, _amount(min(times, default=None)))


def _difference(largest: float | None, lone: int | None, boxes: int | None) -> str:
    if largest is None:
        return NONE
    text = "equal" if largest == 0 and not lone else f"{largest:.0e}".replace("e-0", "e-")
    return f"{text}, {lone} of {boxes} more or less" if lone else text


def _speed(card: Mapping[str, Any]) -> Table:
    """A line a network, precision and batch; a column what was measured of any."""
    lines: dict[tuple[str, str, int], dict[str, str]] = {}
    for row in sorted(card["rows"], key=lambda row: (row["network"], row["precision"], row["batch"])):
        key = row["network"], row["precision"], row["batch"]
        lines.setdefault(key, {})[row["what"]] = f"{row['fps']:.0f}" if row["fps"] else NONE
    columns = [name for name in COLUMNS if any(name in cells for cells in lines.values())]
    head = [_name(card), "batch", *(COLUMNS[name] for name in columns)]
    return [head, *([f"{name} {precision}", str(batch), *(cells.get(c, NONE) for c in columns)]
                    for (name, precision, batch), cells in lines.items())]  # fmt: skip


def _name(card: Mapping[str, Any]) -> str:
    return str(card["facts"]["card"]).partition(",")[0]


def _beside(difference: str, ms: str) -> str:
    return NONE if difference == ms == NONE else f"{difference}; {ms}"


def _amount(ms: float | None) -> str:
    if ms is None:
        return NONE
    return f"{ms:.2f}" if ms < 1 else f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"
