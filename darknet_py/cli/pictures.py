"""Pictures, one after the other, through a network: what ``detect`` and ``detector test`` share.

C: detector.c test_detector
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .. import image, output
from ..errors import DarknetError, DarknetWarning, ImageError
from ..network import Network
from ..store import Model
from .facts import LoadFacts, head_lines, loading_lines
from .flags import SIZE, Flag, choice, count

__all__ = ["NETWORK_FLAGS", "Predictions", "load", "prompted", "run_pictures"]

NMS = 0.45

NETWORK_FLAGS = (
    Flag("ext_output", "print each box in pixels as well"),
    Flag("names", "class names, one a line", "FILE"),
    Flag("exif", "turn pictures as their EXIF tag says"),
    Flag("numerics", "exact (default): Darknet's own bits; fast: equal within rounding", "exact|fast",
         choice("exact", "fast"), "exact"),
    SIZE,
    Flag("threads", "how many threads, all cores if not given", "N", count),
    Flag("avx_maxpool", "repeat the wrong max pool of Darknet's AVX build"),
    Flag("show_layers", "print the table of layers on stderr"),
    Flag("benchmark_layers", "after each picture, print time, GFLOP/s and share of the machine's peak of every layer"),
    Flag("quiet", "print only each picture's line and its boxes"),
    Flag("dont_show", "accepted for Darknet's sake: no window is ever opened"),
    Flag("i", "accepted for Darknet's sake: there is no GPU to choose", "N"),
)  # fmt: skip


def load(model: Model, names: Any, flags: SimpleNamespace) -> Network:
    """The network as the flags want it, after printing what the reference prints about it.  Raises DarknetError."""
    net = Network.load(
        model.cfg, model.weights, numerics=flags.numerics, size=flags.size, threads=flags.threads, names=names,
        avx_maxpool=flags.avx_maxpool,
    )  # fmt: skip
    if flags.show_layers:
        print(net.summary(), file=sys.stderr)
    if not net.heads:
        raise DarknetError(f"{model.label}: no [yolo], [Gaussian_yolo] or [region] layer, so there are no boxes to find")
    if not flags.quiet:
        print(*loading_lines(_facts(net)), sep="\n", flush=True)
    return net


def _facts(net: Network) -> LoadFacts:
    layers = [node.layer for node in net.graph.nodes]
    seen_bits = 64 if net.weights.header.size == 20 else 32
    return LoadFacts(layers, net.width, net.height, net.graph.net.subdivisions, net.seen, seen_bits)


def _names(net: Network) -> list[str]:
    """A name for every class: its number where the list of names is too short."""
    classes, given = max(head.classes for _, head in net.heads), len(net.names)
    if given != classes:
        message = f"{given} class names for classes={classes}; classes without a name are shown by number"
        warnings.warn(message, DarknetWarning, stacklevel=2)
    return [*net.names, *(str(j) for j in range(given, classes))]


def prompted(quiet: bool = False) -> Iterator[str]:
    """Paths from stdin, one a line, each after a prompt; empty lines are passed over."""
    while True:
        if not quiet:
            print("Enter Image Path: ", end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if path := line.rstrip("\r\n"):
            yield path


@dataclass
class Predictions:
    """File names for drawn pictures: predictions.jpg for a single one, else predictions_<name>.jpg, never one twice."""

    single: bool
    used: set[str] = field(default_factory=set)

    def name(self, picture: str) -> str:
        stem = "predictions" if self.single else f"predictions_{Path(picture).stem}"
        name, number = f"{stem}.jpg", 1
        while name.lower() in self.used:
            number += 1
            name = f"{stem}_{number}.jpg"
        self.used.add(name.lower())
        return name


def run_pictures(net: Network, pictures: Iterable[str], flags: SimpleNamespace, single: bool) -> int:
    """Detect on every picture, print, draw, and write what the flags ask for; the exit code.

    A picture that fails is reported on stderr and does not stop the others; ``frame_id`` counts it all the same.
    """
    failed, predictions, names = False, Predictions(single), _names(net)
    with ExitStack() as stack:
        frames = output.JsonFrames(flags.out) if flags.out else None
        if frames:
            stack.callback(frames.close)
        for frame_id, picture in enumerate(pictures, 1):
            try:
                _one(net, names, picture, flags, predictions, frames, frame_id)
            except ImageError as e:
                failed = True
                sys.stdout.flush()
                print(f"darknet_py: error: {e}", file=sys.stderr)
    return int(failed)


def _one(
    net: Network, names: list[str], path: str, flags: SimpleNamespace, predictions: Predictions,
    frames: output.JsonFrames | None, frame_id: int,
) -> None:  # fmt: skip
    picture = image.read_image(path, flags.exif)
    im = image.from_array(picture, net.graph.net.channels)
    if not flags.quiet:
        print(*head_lines(net.heads), sep="\n")
    start = time.perf_counter()
    rows = net.detect_rows(im, thresh=flags.thresh, nms=NMS, letter_box=flags.letter_box or net.letter_box)
    print(f"{path}: Predicted in {(time.perf_counter() - start) * 1000:f} milli-seconds.")
    height, width = picture.shape[:2]
    for line in output.detection_lines(rows, names, flags.thresh, width, height, flags.ext_output):
        print(line)
    if flags.benchmark_layers:
        profile = net.profile(net.fitted(im, flags.letter_box or net.letter_box))
        print("", profile.table(), "", profile.sorted_table(), "", sep="\n")
    sys.stdout.flush()
    if frames:
        frames.add(frame_id, path, rows, names)
    if flags.save_labels:
        output.save_labels(path, rows, flags.thresh)
    output.save_picture(predictions.name(path), output.draw_detections(picture, rows, names, flags.thresh))
