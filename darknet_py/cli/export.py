"""``darknet_py export cfg weights|name``: the network as an ONNX model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .. import cfg, export, weights
from ..errors import PATH, printable
from ..graph import build
from .command import Command, UsageError
from .flags import Size, choice, count, group, valued
from .guard import Guard
from .options import NetworkOptions, encoding_flag, size_flag
from .roles import NETWORK, network_and_rest
from .web_page import PageOptions, write_page

__all__ = ["Options", "run"]

Batch = int | Literal["dynamic"]
SUFFIX, BESIDE = ".onnx", ".data"  # the latter for weights beyond 2 GB


def _batch(text: str) -> Batch:
    return "dynamic" if text == "dynamic" else count(text)


@dataclass(frozen=True)
class Options(Command):
    name = "export"
    arguments = NETWORK
    about = """Write a network as an ONNX model (opset 18) for ONNX Runtime, OpenVINO, TensorRT and others.
    Its input is float32 (n, c, h, w), RGB in [0, 1].  Outputs "heads": what Darknet's detection layers give, (n, c, h,
    w) each.  "boxes": boxes (n, rows, 4), centre x, y, width, height relative to the input, and scores (n, rows,
    classes), objectness times class probability, without threshold and non-maximum suppression.
    Needs: pip install darknet-runtime[export]."""
    example = "darknet_py export cfg/yolov4-tiny.cfg yolov4-tiny.weights -outputs boxes -o tiny.onnx"

    o: str | None = valued("the file to write; the network's name with .onnx in this folder, if not given", "FILE", str)
    outputs: export.Outputs = valued("heads (default) or boxes", "heads|boxes", choice(*export.OUTPUTS), "heads")
    batch: Batch = valued("pictures a run: a number, 1 if not given, or dynamic", "N|dynamic", _batch, 1)
    size: Size | None = size_flag()
    names: str | None = valued("-web: class names, one a line", "FILE", str)
    names_encoding: str | None = encoding_flag()
    page: PageOptions = group(PageOptions)


def run(arguments: list[str], options: Options) -> int:
    names = NetworkOptions(names=options.names, names_encoding=options.names_encoding)
    source, rest = network_and_rest(arguments, options, names if options.page.web else None)
    if rest:
        raise UsageError(f"{rest[0]}: export takes one network", options.name)
    if options.page.web:
        return write_page(source, options.size, options.page, options.names_encoding)
    file = options.o or f"{source.stem}{SUFFIX}"
    guard = Guard(*source.files)
    guard.target("-o", file)
    guard.target("-o", f"{file}{BESIDE}")
    graph = build(cfg.read(source.cfg), options.size)
    model = export.to_onnx(graph, weights.load(graph, source.weights), options.outputs, options.batch)
    written = export.save(file, model)
    print(f"{printable(written.path, PATH)}: {_shapes(written.inputs)} -> {_shapes(written.outputs)}, {written.size} bytes")
    return 0


def _shapes(shapes: dict[str, tuple[int | str, ...]]) -> str:
    return ", ".join(f"{name} {' x '.join(map(str, shape))}" for name, shape in shapes.items())
