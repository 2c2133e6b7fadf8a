"""``darknet_py export cfg weights|name``: the network as an ONNX model."""

from __future__ import annotations

from collections.abc import Sequence

from .. import cfg, export, graph, weights
from ..errors import PATH, printable
from .arguments import NETWORK, network_and_rest
from .flags import SIZE, Command, Flag, UsageError, choice, count
from .guard import Guard

__all__ = ["COMMAND", "run"]

SUFFIX, BESIDE = ".onnx", ".data"  # the latter for weights beyond 2 GB


def _batch(text: str) -> int | str:
    return text if text == "dynamic" else count(text)


COMMAND = Command(
    "export",
    NETWORK,
    "Write a network as an ONNX model (opset 18) for ONNX Runtime, OpenVINO, TensorRT and others.\n"
    "Its input is float32 (n, c, h, w), RGB in [0, 1].  Outputs \"heads\": what Darknet's detection layers give, (n, c, h,\n"
    "w) each.  \"boxes\": boxes (n, rows, 4), centre x, y, width, height relative to the input, and scores (n, rows,\n"
    "classes), objectness times class probability, without threshold and non-maximum suppression.\n"
    "Needs: pip install darknet-runtime[export].",
    "darknet_py export cfg/yolov4-tiny.cfg yolov4-tiny.weights -outputs boxes -o tiny.onnx",
    (
        Flag("o", "the file to write; the network's name with .onnx in this folder, if not given", "FILE"),
        Flag("outputs", "heads (default) or boxes", "heads|boxes", choice(*export.OUTPUTS), "heads"),
        Flag("batch", "pictures a run: a number, 1 if not given, or dynamic", "N|dynamic", _batch, 1),
        SIZE,
    ),
    least=1,
)  # fmt: skip


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    arguments, flags = parsed
    source, rest = network_and_rest(arguments, COMMAND)
    if rest:
        raise UsageError(f"{rest[0]}: export takes one network", COMMAND.name)
    file = flags.o or f"{source.stem}{SUFFIX}"
    guard = Guard(*source.files)
    guard.target("-o", file)
    guard.target("-o", f"{file}{BESIDE}")
    network = graph.build(cfg.read(source.cfg), flags.size)
    arrays = weights.load(network, source.weights)
    model = export.to_onnx(network, arrays, flags.outputs, flags.batch)
    written = export.save(file, model)
    print(f"{printable(written.path, PATH)}: {_listed(written.inputs)} -> {_listed(written.outputs)}, {written.size} bytes")
    return 0


def _listed(shapes: dict[str, tuple[int | str, ...]]) -> str:
    return ", ".join(f"{name} {' x '.join(map(str, shape))}" for name, shape in shapes.items())
