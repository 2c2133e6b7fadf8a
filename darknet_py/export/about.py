"""What a model says about itself: its metadata, so that a program that has nothing else knows how to use it.

Ultralytics' programs, and those made for their models, read ``names``, ``stride``, ``imgsz``, ``batch``, ``channels`` and
``task``, in Python's notation.  All of ours begins with ``darknet_py.``, and is JSON or a text:

- ``version``, ``outputs``: of this program, and what it was asked for;
- ``names``: the classes', a list, where they are known;
- ``input``: colours, what values are divided by, its size or what width and height must be multiples of, and how
  ``detect`` fits pictures in: "stretch" or "letterbox" (on grey);
- ``heads``: the detection layers' anchors, strides, and whatever else decoding them needs;
- ``suppression``: thresholds of the model's own, where it has them;
- ``sources``: {file: sha256} of what it was made from;
- ``cfg``: what the cfg says, of which ``darknet_py import`` makes one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._support.version import __version__
from ..files.names import numbered
from ..graph import Graph
from ..layers.base import Node
from ..layers.head import DetectionHead
from ..layers.yolo import Yolo
from ..weights import Weights, sha256
from .form import Form

__all__ = ["CFG", "NAMES", "SOURCES", "About", "metadata"]

PREFIX = "darknet_py."
CFG = f"{PREFIX}cfg"
NAMES = f"{PREFIX}names"
SOURCES = f"{PREFIX}sources"
FULL = 255  # the largest value of a picture


@dataclass(frozen=True)
class About:
    """What is known beside graph and weights: ``names`` of the classes, the text of a ``cfg``, paths of ``files`` that the
    network was read from, the weights' apart.
    """

    names: Sequence[str] = ()
    cfg: str = ""
    files: Sequence[str | Path] = ()


def metadata(graph: Graph, weights: Weights, form: Form, about: About) -> dict[str, str]:
    """{key: text} as said above."""
    heads = [node for i in graph.heads if isinstance((node := graph.nodes[i]).layer, DetectionHead)]
    names = numbered(about.names, graph.classes or len(about.names))
    facts = {
        "version": __version__, "outputs": form.outputs, "input": json.dumps(_input(graph, form)),
        "sources": json.dumps(_sources(weights, about.files)),
        "heads": json.dumps([_head(node, graph) for node in heads]) if heads else "",
        "names": json.dumps(names, ensure_ascii=False) if about.names else "",
        "suppression": json.dumps(_suppression(form)) if form.suppresses else "",
        "cfg": about.cfg,
    }  # fmt: skip
    ours = {f"{PREFIX}{key}": text for key, text in facts.items() if text}
    task = {"task": "detect" if heads else "classify"}
    return {key: _utf8(text) for key, text in (task | _for_ultralytics(graph, form, names) | ours).items()}


def _for_ultralytics(graph: Graph, form: Form, names: Sequence[str]) -> dict[str, str]:
    net = graph.net
    dynamic = {"args": repr({"dynamic": True})} if form.dynamic_size else {}
    return {
        **dynamic, "names": repr(dict(enumerate(names))),
        "stride": str(max(graph.stride)), "imgsz": str([net.height, net.width]),
        "batch": str(form.pictures or 1), "channels": str(net.channels),
    }  # fmt: skip


def _input(graph: Graph, form: Form) -> dict[str, Any]:
    net = graph.net
    fit = {"resize": "letterbox", "grey": 0.5} if net.letter_box else {"resize": "stretch"}
    colours = {"colours": "RGB"} if net.channels == 3 else {}
    size = {"multiples_of": list(graph.stride)} if form.dynamic_size else {"width": net.width, "height": net.height}
    return {"layout": "NCHW", **colours, "divide_by": FULL, **fit, **size}


def _head(node: Node, graph: Graph) -> dict[str, Any]:
    layer = node.layer
    assert isinstance(layer, DetectionHead)
    new_coords = {"new_coords": layer.new_coords} if isinstance(layer, Yolo) else {}
    return {
        "output": node.name, "kind": layer.kind, "classes": layer.classes,
        "anchors": layer.masked_anchors.tolist(), "mask": list(layer.mask),
        "stride": [graph.net.width / node.shape.w, graph.net.height / node.shape.h], "scale_x_y": layer.scale_x_y,
        **new_coords, "nms_kind": layer.nms_kind, "beta_nms": layer.beta_nms,
    }  # fmt: skip


def _suppression(form: Form) -> dict[str, float]:
    return {"thresh": form.thresh, "nms": form.nms, "max_det": form.max_det}


def _sources(weights: Weights, files: Sequence[str | Path]) -> dict[str, str]:
    """Of the files that are still there."""
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in map(Path, files) if path.is_file()}
    if source := weights.source:
        found[Path(source.name).name] = sha256(source)
    return found


def _utf8(text: str) -> str:
    """What UTF-8 can hold of it."""
    return text.encode("utf-8", "replace").decode()
