"""``darknet_py export cfg weights|name``: the network as an ONNX model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import cfg, export, weights
from ..errors import PATH, printable
from ..export.triton import Place, place, save
from ..files.names import class_names
from ..graph import Graph, build
from ..network import Network
from ..store import Model
from .command import Command, UsageError
from .flags import group, valued
from .guard import Guard
from .loading import named
from .model_form import FormOptions
from .options import NetworkOptions, encoding_flag
from .quantizing import pictures_of, quantized
from .roles import NETWORK, network_and_rest
from .web_page import PageOptions, write_page

__all__ = ["Options", "run"]

SUFFIX, BESIDE = ".onnx", ".data"  # the latter for weights beyond 2 GB


@dataclass(frozen=True)
class Options(Command):
    name = "export"
    arguments = NETWORK
    about = """Write a network as an ONNX model for ONNX Runtime, OpenVINO, TensorRT and others.
    Its input is float32 (n, c, h, w), RGB in [0, 1].  Outputs "heads": what Darknet's detection layers give, (n, c, h,
    w) each.  "boxes": boxes (n, rows, 4), centre x, y, width, height relative to the input, and scores (n, rows,
    classes), objectness times class probability, without threshold and non-maximum suppression.  "yolov8": both in output0
    (n, 4 + classes, rows), boxes in pixels of the input, as YOLOv8's models of Ultralytics give them.  "nms": the boxes of
    detect, by Darknet's own suppression, in plain operators: num_dets (n, 1), det_boxes (n, N, 4), left, top, right,
    bottom in pixels of the input, det_scores (n, N), det_classes (n, N); "nms-rows": the same as one list of rows (d, 7),
    picture, box, score, class; "nms-onnx" and "nms-tensorrt": num_dets and so on by the operator NonMaxSuppression, by the
    plugin EfficientNMS_TRT, both with IoU for every network and the most probable first.
    Needs: pip install "darknet-runtime[export]"."""
    example = "darknet_py export cfg/yolov4-tiny.cfg yolov4-tiny.weights -outputs boxes -o tiny.onnx"

    o: str | None = valued("the file to write; the network's name with .onnx in this folder, if not given", "FILE", str)
    model: FormOptions = group(FormOptions)
    int8: str | None = valued("convolutions in int8 (QuantizeLinear, DequantizeLinear), their ranges from the pictures of "
                              "DATA: a .data file (its train=, else valid=), a list, a folder", "DATA", str)  # fmt: skip
    names: str | None = valued("class names, one a line", "FILE", str)
    names_encoding: str | None = encoding_flag()
    page: PageOptions = group(PageOptions)
    triton: str | None = valued("write FOLDER/NAME, a model for Triton, in place of a file; -o is its NAME", "FOLDER", str)

    def __post_init__(self) -> None:
        """Raises ValueError for flags that have no effect."""
        self.page.check(self.o, self.model)
        if not self.page.web:
            self.model.check()
        elif self.model.size == "dynamic":
            raise ValueError("-size dynamic: a page has a network of one size; give it as in -size 416x416")
        if self.int8 and (self.page.web or self.model.fp16):
            raise ValueError(f"-int8 is not possible with -{'web' if self.page.web else 'fp16'}; leave one of them out")


def run(arguments: list[str], options: Options) -> int:
    names = NetworkOptions(names=options.names, names_encoding=options.names_encoding)
    source, rest = network_and_rest(arguments, options, names)
    if rest and not options.page.web:
        raise UsageError(f"{rest[0]}: export takes one network", options.name)
    if options.page.web and options.triton:
        raise UsageError("-web and -triton write different things; say one of them", options.name)
    if options.page.web:
        return write_page(source, rest, options.model.one_size, options.page, options.names_encoding, options.model)
    file = options.o or f"{source.stem}{SUFFIX}"
    version = _version(options.triton, options.o or source.stem) if options.triton else None
    pictures = pictures_of(options.int8) if options.int8 else []
    if version is None:
        _check_files(file, source, options.int8, *pictures)
    sections = cfg.read(source.cfg)
    graph = build(sections, options.model.one_size)
    arrays, about = weights.load(graph, source.weights), _about(source, sections, graph, options)
    model = export.model_of(graph, arrays, options.model.form, about)
    if options.int8:
        model = quantized(Network.of(graph, arrays), model, pictures, options.model.opset)
    written = save(version, model, _labels(source, graph, about.names)) if version else export.save(file, model)
    print(f"{printable(written.path, PATH)}: {_shapes(written.inputs)} -> {_shapes(written.outputs)}, {written.size} bytes")
    return 0


def _version(repository: str, name: str) -> Place:
    return place(repository, name.removesuffix(SUFFIX))


def _check_files(file: str, source: Model, *read: str | None) -> None:
    guard = Guard(*source.files, *read)
    guard.target("-o", file)
    guard.target("-o", f"{file}{BESIDE}")


def _about(source: Model, sections: Sequence[cfg.Section], graph: Graph, options: Options) -> export.About:
    names = class_names(source.names, graph.classes, options.names_encoding)
    text = cfg.written(sections, {"width": graph.net.width, "height": graph.net.height})
    return export.About(names, text, [file for file in source.files if file != source.weights])


def _labels(source: Model, graph: Graph, names: Sequence[str]) -> Sequence[str]:
    """A name for each class of boxes, if there are names; those of a classifier as they are."""
    classes = graph.classes
    return named(names, classes, source.names_file)[:classes] if names and classes else names


def _shapes(shapes: dict[str, tuple[int | str, ...]]) -> str:
    return ", ".join(f"{name} {' x '.join(map(str, shape))}" for name, shape in shapes.items())
