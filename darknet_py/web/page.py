"""A network → the files of its page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import export
from .._support.version import __version__
from ..boxes import lines
from ..boxes.thresholds import DETECT_THRESH, NMS
from ..errors import ExportError
from ..files.names import numbered
from ..graph import Graph
from ..image import check_channels
from ..layers import HEAD_NAMES
from ..layers.head import DetectionHead
from ..weights import Weights

__all__ = ["MODEL", "NETWORK", "Page", "first_thresh", "page_of", "static_files"]

NETWORK = "network.json"
MODEL = "model.onnx"
DATA = Path(__file__).parent.parent / "data" / "web"


@dataclass(frozen=True)
class Page:
    """What differs between pages: the model, what network.json says of it (see core/description.js), and pictures that it
    offers, by their paths in the page's folder.
    """

    model: Any  # onnx.ModelProto
    network: dict[str, Any]
    examples: Mapping[str, bytes] = field(default_factory=dict)

    def description(self, size: int) -> bytes:
        """network.json, with the size of the model's file."""
        more = {"model": MODEL, "bytes": size, "examples": [*self.examples]}
        return json.dumps(self.network | more, indent=1, ensure_ascii=False).encode()


def page_of(
    name: str, graph: Graph, weights: Weights, names: Sequence[str], thresh: float = DETECT_THRESH, nms: float = NMS,
    fp16: bool = False, examples: Mapping[str, bytes] | None = None,
) -> Page:  # fmt: skip
    """The page of a detector called ``name``; ``thresh`` and ``nms`` are what it begins with, ``fp16``: see
    ``export.Form``, ``examples``: see ``read_examples``.  Raises DarknetError.
    """
    last = graph.nodes[graph.heads[-1]].layer
    if not isinstance(last, DetectionHead):
        raise ExportError(f"{name}: no {HEAD_NAMES} layer, so there are no boxes that a page could draw")
    check_channels(graph.net.channels, graph.net.where)
    network = {
        "name": name, "version": __version__,
        "width": graph.net.width, "height": graph.net.height, "channels": graph.net.channels,
        "letter_box": bool(graph.net.letter_box), "names": numbered(names, graph.classes),
        "thresh": thresh, "nms": nms, "nms_kind": last.nms_kind, "beta_nms": last.beta_nms,
    }  # fmt: skip
    model = export.to_onnx(graph, weights, "boxes", softplus=False, fp16=fp16)
    if export.is_large(model):
        raise ExportError(f"{name}: its weights are beyond the 2 GB that browsers load; -fp16 halves them")
    return Page(model, network, examples or {})


def first_thresh(names: Sequence[str]) -> float:
    """What a page begins with: the threshold of ``read`` where boxes are characters, else that of ``detect``."""
    return lines.THRESH if lines.are_characters(names) else DETECT_THRESH


def static_files() -> dict[str, bytes]:
    """The files that all pages share, by their paths in the page's folder."""
    return {path.relative_to(DATA).as_posix(): path.read_bytes() for path in sorted(DATA.rglob("*")) if path.is_file()}
