"""A network beside another run of it: where the two first differ, by how much, and why.

    from darknet_py import Network, compare
    net = Network.load("yolov4-tiny.cfg", "yolov4-tiny.weights")
    print(compare.compare(net, "dog.png", "reference.npz").report())
    compare.save(net, "dog.png", "ours.npz")       # a reference for another machine, version or numerics
    print(compare.with_engine(net, "dog.png", "onnxruntime:cuda").report())

The reference is an .npz file with outputs of layers (see ``npz``), Darknet's JSON (``detector test -out``, see ``frames``)
an ONNX model, which ONNX Runtime runs on the same input (see ``onnx_model``), or another engine (see ``other_engine``).
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .._support.kinds import check_lasting
from .._support.version import __version__
from .._support.words import reason
from ..boxes.thresholds import THRESH
from ..engine.options import PlanOptions
from ..errors import CompareError
from ..layers import HEAD_NAMES
from ..network import Network
from . import frames, npz, onnx_model, other_engine, reduced
from .box_difference import CLASS, BoxRows
from .causes import ADDED_UP
from .comparison import Comparison, Result
from .diagnosis import Diagnosis, Explanation, diagnose
from .difference import Difference
from .pipeline import Array, Photo, Pipeline, letterbox, resize
from .reference import Reference
from .runner import INPUT, Runner
from .stages import Stage, heads_of, stages

__all__ = ["TOLERANCE", "Comparison", "Result", "Settings", "check_engine", "compare", "kind", "save", "with_engine"]

check_engine = other_engine.check

TOLERANCE = 1e-4
OWN = 1e-5  # of a stage by itself, in which rounding cannot add up


@dataclass(frozen=True)
class Settings:
    """How the picture is seen, as in ``detector test``.  ``letter_box`` None: what [net] says.

    ``entry``: the picture's filename in Darknet's JSON, where it is another one there.  ``max_pixels``: see
    ``image.Reading``.
    """

    letter_box: bool | None = None
    thresh: float = THRESH
    exif: bool = False
    entry: str | None = None
    max_pixels: int | None = None

    def photo(self, net: Network, picture: str | Path) -> Photo:
        return Photo(str(picture), net.graph.net.channels in (2, 4), self.max_pixels)

    def pipeline(self, net: Network) -> Pipeline:
        boxed = net.resolve_letter_box(self.letter_box)
        return Pipeline(net.options, self.thresh, letter_box=boxed, fit=letterbox if boxed else resize, exif=self.exif)


def compare(
    net: Network, picture: str | Path, against: str | Path, settings: Settings = Settings(), tolerance: float = TOLERANCE
) -> Comparison:
    """Run a network on a picture beside the reference in the file ``against``.

    ``tolerance``: how far apart arrays may be, as relative L2 and as largest difference over largest value, and boxes, in
    parts of the picture and as probabilities.  Raises CompareError for a file that is no reference for this network and
    picture, ImageError, DarknetError.
    """
    entry = settings.entry or str(picture)
    return _compared(net, picture, str(against), lambda x: _read(against, net, entry, x), settings, tolerance)


def with_engine(
    net: Network, picture: str | Path, engine: str, settings: Settings = Settings(), tolerance: float = TOLERANCE
) -> Comparison:
    """Run a network natively beside another engine, as ``Network.load(engine=...)`` names it, on the same input.

    Otherwise as ``compare``; raises DarknetError where the engine is not there or cannot have the network.
    """
    return _compared(net, picture, f"engine {engine}", lambda x: other_engine.read(net, engine, x), settings, tolerance)


def _compared(
    net: Network, picture: str | Path, against: str, read: Callable[[Array], Reference], settings: Settings, tolerance: float
) -> Comparison:
    photo, p = settings.photo(net, picture), settings.pipeline(net)
    x = Runner(net, photo).outputs(p, (INPUT,))[INPUT]
    reference = read(x)
    runner = Runner(net, photo, reference.layers)
    results = _results(runner, p, stages(runner, reference, p, net.names), tolerance)
    failing = _failing(results, tolerance)
    known, unknown = reduced.explain(reference.reduced, failing)
    apart = [result.stage for result in unknown]
    diagnosis = known + diagnose(runner, reference, p, apart, tolerance) if apart else known or _added_up(results)
    about = f"{against}: {reference.about}"
    return Comparison(about, describe(net, picture, p), tolerance, results, failing, diagnosis)


def save(net: Network, picture: str | Path, path: str | Path, settings: Settings = Settings()) -> None:
    """Write the input, every layer's output and the boxes of a picture as an .npz file for ``compare``.

    Raises CompareError when it cannot be written, ImageError.
    """
    runner, p = Runner(net, settings.photo(net, picture)), settings.pipeline(net)
    outputs = runner.outputs(p, (INPUT, *range(len(net.graph.nodes))))
    rows = None
    if net.heads:
        numbers = [i for i, _ in net.heads]
        rows = p.boxes(heads_of(runner, p, numbers), [outputs[i] for i in numbers], runner.fit(p))
    npz.save(path, outputs, rows, f"darknet_py {__version__} on {platform.machine()}: {describe(net, picture, p)}")


def describe(net: Network, picture: str | Path, p: Pipeline) -> str:
    """What is run, in a line."""
    words = [f"{picture} at {net.width} x {net.height}", "letterboxed" if p.letter_box else "resized",
             f"{p.options.numerics.value} numerics", f"{PlanOptions.of(p.options).lanes} lanes",
             f"thresh {p.thresh:g}"]  # fmt: skip
    return ", ".join(words + (["AVX max pool"] if p.options.avx_maxpool else []))


def kind(against: str | Path) -> Literal["npz", "json", "onnx"]:
    """What sort of reference a file is, as its first bytes tell.  Raises CompareError when it is none."""
    path = Path(against)
    try:
        check_lasting(path)
        with path.open("rb") as file:
            start = file.read(64)
    except (OSError, ValueError) as e:  # ValueError: a NUL in the path
        raise CompareError(f"{against}: cannot be read ({reason(e)})") from e
    if not start.strip():
        raise CompareError(f"{against}: the file is empty; write it again")
    if start.startswith(b"PK"):
        return "npz"
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        return "json"
    if path.suffix.lower() == ".onnx":
        return "onnx"
    raise CompareError(f"{against}: not a reference; give an .npz of layers, the JSON of detector test -out, or an .onnx "
                       "model")  # fmt: skip


def _read(against: str | Path, net: Network, entry: str, x: Array) -> Reference:
    readers: dict[str, Callable[[], Reference]] = {
        "npz": lambda: npz.read(against, net.graph),
        "json": lambda: frames.read(against, entry),
        "onnx": lambda: onnx_model.read(against, net.graph, x, net.options.threads),
    }
    reference = readers[kind(against)]()
    if reference.boxes is not None:
        _check_classes(reference.boxes.rows, net, against)
    return reference


def _check_classes(rows: BoxRows, net: Network, against: str | Path) -> None:
    """Raises CompareError for boxes that no head of the network can give."""
    if not net.heads:
        raise CompareError(f"{against}: has boxes, but the network has no {HEAD_NAMES} layer")
    classes, highest = max(head.classes for _, head in net.heads), rows[:, CLASS].max(initial=0)
    if not highest < classes:
        raise CompareError(f"{against}: has boxes of class {highest:g}, but the network has classes={classes}; is it "
                           "another network's?")  # fmt: skip


def _results(runner: Runner, p: Pipeline, compared: list[Stage], tolerance: float) -> tuple[Result, ...]:
    outputs = runner.outputs(p, tuple(dict.fromkeys(i for stage in compared for i in stage.needs)))
    results = []
    for stage in compared:
        theirs = stage.reference()
        total = stage.difference(stage.made(outputs, runner, p), theirs)
        results.append(Result(stage, total, None if total.within(tolerance) else _own(runner, p, stage, total), tolerance))
    return tuple(results)


def _own(runner: Runner, p: Pipeline, stage: Stage, total: Difference) -> Difference:
    """How far a stage is from the reference by itself."""
    if not stage.given or stage.derived:
        return total
    return stage.difference(stage.value(runner, p, stage.given), stage.reference())


def _failing(results: tuple[Result, ...], tolerance: float) -> tuple[Result, ...]:
    """The stages that differ by themselves, if anything differs at all."""
    limit = min(tolerance, OWN)
    return tuple(r for r in results if r.own is not None and not r.stage.derived and not r.own.within(limit))


def _added_up(results: tuple[Result, ...]) -> Diagnosis:
    """No stage differs by itself: at most, small differences have added up."""
    apart = [r for r in results if r.own is not None]
    if not apart or apart[0].own is None:
        return Diagnosis()
    return Diagnosis((Explanation(ADDED_UP, tuple(r.stage for r in apart), apart[0].total, apart[0].own),))
