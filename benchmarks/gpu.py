"""Pictures a second of networks on a card, through ONNX Runtime: what it does alone, and what is left of that in use.

    python benchmarks/gpu.py [NAME | CFG] ... [--provider cuda] [--batches 1,4,8] [--weights FOLDER] [--images FOLDER]
                             [--json FILE] [--minutes N]

Of each network, precision and number of pictures in a call:

- alone: ONNX Runtime on the exported model, input and outputs in the card's memory; then the same with other options of
  the provider (--variants): graph, its calls recorded as a CUDA graph; nhwc, channels last; fused, bias and activation in
  the convolution as well, which takes long to load;
- predict: ``Network.predict`` with this engine, from arrays in the computer's memory to arrays there;
- detect: ``Network.detect`` (one picture) and ``detect_many`` of pictures in memory, of 768 x 576: resize, network, boxes,
  suppression.

Before that the boxes in the pictures of --images are compared with native's.  Needs onnxruntime-gpu, or the package of
another provider, and onnx.  Weights are FOLDER/NAME.weights, or random: they do not change the time.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import card
import cases
import cv2
import machine
import numpy as np
from bare import EXACT, PLAIN, VARIANTS, BareError, Time, alone, measured
from boxes import Apart, apart
from prepare import Files

from darknet_py import Network
from darknet_py.compare.box_difference import rows_of
from darknet_py.errors import DarknetError

SIZE = 768, 576
DEFAULT = ("yolov4-tiny", "yolov4-csp", "yolov4-p6")
PRECISIONS = {"fp32": "", "tf32": None, "fp16": ",fp16"}  # what they are behind Network, which has no TF32
PICTURES = 64  # that detect_many is given


@dataclass(frozen=True)
class Row:
    """``what``: a column; ``time`` None where ``remark`` says why."""

    network: str
    precision: str
    batch: int
    what: str
    time: Time | None
    remark: str = ""

    @property
    def fps(self) -> float | None:
        return self.time and 1e3 * self.batch / self.time.ms


@dataclass
class Bench:
    """One network in one precision; ``emit`` takes each row as it is measured, of which none begins after ``ends``."""

    case: cases.NetworkCase
    weights: Path
    precision: str
    args: argparse.Namespace
    emit: Callable[[Row], None]
    ends: float

    def run(self, pictures: list[np.ndarray]) -> None:
        net = self._load(self.engine)
        for batch in self.args.batches:
            x = np.random.default_rng(0).random((batch, *net.graph.net.shape), np.float32)
            self._alone(net, x)
            if self.is_behind_network:
                self._row(batch, "predict", lambda x=x: measured(lambda: net.predict(x), self.args.seconds))
        if self.is_behind_network:
            self._detect(net, pictures)

    def _detect(self, net: Network, pictures: list[np.ndarray]) -> None:
        self._row(1, "detect", lambda: measured(lambda: net.detect(pictures[0]), self.args.seconds))
        many = (pictures * PICTURES)[:PICTURES]
        self._row(len(many), "detect", lambda: measured(lambda: list(net.detect_many(many)), self.args.seconds))

    @property
    def is_behind_network(self) -> bool:
        return PRECISIONS[self.precision] is not None

    @property
    def engine(self) -> str:
        return f"onnxruntime:{self.args.provider}{PRECISIONS[self.precision] or ''}"

    def boxes(self, pictures: list[np.ndarray]) -> Apart:
        seen = ([rows_of(net.detect(picture)) for picture in pictures] for net in map(self._load, ("native", self.engine)))
        return apart(*seen)

    def _load(self, engine: str) -> Network:
        return Network.load(self.case.cfg, self.weights, engine=engine)

    def _alone(self, net: Network, x: np.ndarray) -> None:
        """A row for each variant of the provider's options."""
        if time.monotonic() > self.ends:
            return
        model, provider = _model(net, len(x), self.precision == "fp16"), self.args.provider
        exact = EXACT.get(provider, {}) if self.precision == "fp32" else {}
        for name, options in VARIANTS.get(provider, PLAIN).items():
            if name in self.args.variants:
                self._row(len(x), name, partial(alone, model, x, provider, {**exact, **options}, self.args.seconds))

    def _row(self, batch: int, what: str, measure: Callable[[], Time]) -> None:
        if time.monotonic() > self.ends:
            return
        try:
            self.emit(Row(self.case.name, self.precision, batch, what, measure()))
        except BareError as e:
            self.emit(Row(self.case.name, self.precision, batch, what, None, str(e)))


def _model(net: Network, batch: int, half: bool) -> bytes:
    """The model that ONNX Runtime gets."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        net.export(file, batch=batch, fp16=half)
        return file.read_bytes()


class Report:
    """All rows so far, in a file after each of them."""

    def __init__(self, file: Path | None, facts: dict[str, str]) -> None:
        self.file, self.facts, self.rows = file, facts, list[Row]()
        self.boxes: list[dict[str, Any]] = []
        print("\n".join(f"{name}: {text}" for name, text in facts.items()), flush=True)

    def row(self, row: Row) -> None:
        told = f"{row.time.ms:9.3f} ms  {row.fps:9.1f} pictures/s" if row.time else row.remark
        print(f"{row.network} {row.precision} batch {row.batch:3d} {row.what:10s} {told}", flush=True)
        self.rows.append(row)
        self._write()

    def apart(self, network: str, precision: str, found: Apart) -> None:
        print(f"{network} {precision}: {found}", flush=True)
        self.boxes.append({"network": network, "precision": precision, **asdict(found), "largest": found.largest})
        self._write()

    def _write(self) -> None:
        if self.file:
            rows = [{**asdict(row), "fps": row.fps} for row in self.rows]
            self.file.write_text(json.dumps({"facts": self.facts, "boxes": self.boxes, "rows": rows}, indent=1), "utf-8")

    def table(self) -> str:
        """Pictures a second: a line each network, precision and batch."""
        columns = list(dict.fromkeys(row.what for row in self.rows))
        lines: dict[tuple[str, str, int], dict[str, str]] = {}
        for row in self.rows:
            cells = lines.setdefault((row.network, row.precision, row.batch), {})
            cells[row.what] = f"{row.fps:.0f}" if row.fps else "-"
        head = f"{'pictures a second':20s} {'':5s}{'batch':>6s}" + "".join(f"{name:>12s}" for name in columns)
        for (name, precision, batch), cells in lines.items():
            head += f"\n{name:20s} {precision:5s}{batch:6d}" + "".join(f"{cells.get(c, ''):>12s}" for c in columns)
        return head


def _pictures(folder: Path | None) -> list[np.ndarray]:
    """Of 768 x 576: those in the folder, or noise."""
    found = [cv2.imread(str(path)) for path in sorted(folder.iterdir())] if folder else []
    sized = [cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA) for picture in found if picture is not None]
    return sized or [np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)]


def parse(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=DEFAULT, metavar="NAME")
    parser.add_argument("--provider", default="cuda", help="of ONNX Runtime: cuda, tensorrt, rocm, coreml, cpu ...")
    parser.add_argument("--precisions", type=_words, default=["fp32", "fp16"], help=f"of {','.join(PRECISIONS)}")
    parser.add_argument("--batches", type=lambda text: [int(word) for word in _words(text)], default=[1, 4, 8])
    parser.add_argument("--variants", type=_words, default=["alone", "graph", "nhwc graph"],
                        help="of the provider's options: alone, graph, nhwc, nhwc graph, fused")
    parser.add_argument("--seconds", type=float, default=1.0, help="of runs for each figure")
    parser.add_argument("--minutes", type=float, default=60.0, help="after which no figure is begun")
    parser.add_argument("--weights", type=Path, help="folder with NAME.weights; random weights without")
    parser.add_argument("--images", type=Path, help="folder of pictures; one of noise without")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args(words)
    unknown = [name for name in args.precisions if name not in PRECISIONS]
    if unknown:
        parser.error(f"--precisions {','.join(unknown)}: known are {','.join(PRECISIONS)}")
    return args


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def main() -> None:
    args = parse()
    ends = time.monotonic() + 60 * args.minutes
    report = Report(args.json, {**machine.facts(), **card.facts()})
    pictures = _pictures(args.images)
    for name in args.networks:
        with tempfile.TemporaryDirectory() as folder:
            files = Files(cases.network(name), args.weights, None, None, Path(folder))
            for precision in args.precisions:
                bench = Bench(files.case, files.weights, precision, args, report.row, ends)
                if files.has_weights and args.images and bench.is_behind_network:
                    report.apart(files.case.name, precision, bench.boxes(pictures))
                bench.run(pictures)
    print("\n" + report.table())


if __name__ == "__main__":
    try:
        main()
    except DarknetError as e:
        sys.exit(f"gpu.py: {e}")
