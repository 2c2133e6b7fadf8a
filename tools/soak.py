"""Memory of a process that detects and loads for a long time: it must not grow.

    python tools/soak.py [KIND ...] [--detections 10000] [--loads 300] [--model CFG WEIGHTS] [--picture FILE]

Each KIND is a process of its own (all of them, if none is named): ``detect``, ``darknet`` and ``dnn`` run one network
again and again, by the package itself, as darknet.py and as cv2.dnn; ``load``, ``darknet-load``, ``dnn-load`` and
``command`` read it anew each time.  After a tenth of the rounds memory and open files are looked at fifty times; a line says
what they were at first and at last, and how much a round adds.  The exit code is 1 when the process grew by more than 2 MB
or by a file.  Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from darknet_py import Network
from darknet_py.cli import main as command
from darknet_py.compat import cv2_dnn, darknet

ROOT = Path(__file__).parent.parent
MODEL = str(ROOT / "cfg/yolov4-chars.cfg"), str(ROOT / "weights/yolov4-chars.weights")
LOOKS, GROWTH = 50, 2.0  # megabytes
Round = Callable[[int], object]
Files = tuple[str, str, str]  # cfg, weights, picture


def detect(files: Files) -> Round:
    """By path and by array, whole and, now and then, in tiles."""
    net, picture = Network.load(*files[:2]), cv2.imread(files[2])
    return lambda i: net.detect(files[2] if i % 2 else picture, thresh=0.1, tile=None if i % 100 else net.width)


def load(files: Files) -> Round:
    picture = cv2.imread(files[2])
    return lambda i: Network.load(*files[:2], numerics=("exact", "fast")[i % 2]).detect(picture)


def as_darknet(files: Files) -> Round:
    """The calls that scripts make, with and without giving things back."""
    net = darknet.load_net_custom(*files[:2], 0, 1)
    names = [f"n{i}" for i in range(net.network.classes)]

    def one(i: int) -> None:
        im, num = darknet.load_image(files[2], 0, 0), darknet.c_int()
        darknet.detect_image(net, names, im, thresh=0.1)
        boxes = darknet.get_network_boxes(net, im.w, im.h, 0.1, 0.5, None, 0, num, 0)
        darknet.do_nms_sort(boxes, num.value, len(names), 0.45)
        if i % 2:
            darknet.free_detections(boxes, num.value)
            darknet.free_image(im)

    return one


def darknet_load(files: Files) -> Round:
    picture = cv2.cvtColor(cv2.imread(files[2]), cv2.COLOR_BGR2RGB)

    def one(i: int) -> None:
        net = darknet.load_net_custom(*files[:2], 0, 1)
        darknet.detect_image(net, ["a"], picture)
        if i % 2:
            darknet.free_network_ptr(net)

    return one


def as_dnn(files: Files) -> Round:
    """One size, now and then another one: compiled networks come and go."""
    model, picture = cv2_dnn.DetectionModel(*files[1::-1]), cv2.imread(files[2])
    side = model._net.size[0] // 2

    def one(i: int) -> None:
        size = side if i % 20 else side - 32 * (i // 20 % 5)
        model.setInputParams(1 / 255, (size, size), swapRB=True)
        model.detect(picture, 0.1, 0.4)

    return one


def dnn_load(files: Files) -> Round:
    blob = np.zeros((1, 3, 64, 64), np.float32)

    def one(_i: int) -> None:
        net = cv2_dnn.readNetFromDarknet(*files[:2])
        net.setInput(blob)
        net.forward(net.getUnconnectedOutLayersNames())

    return one


def as_command(files: Files) -> Round:
    def one(_i: int) -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            command(["detect", *files, "-dont_draw", "-quiet"])

    return one


KINDS: dict[str, tuple[Callable[[Files], Round], str]] = {
    "detect": (detect, "detections"), "darknet": (as_darknet, "detections"), "dnn": (as_dnn, "detections"),
    "load": (load, "loads"), "darknet-load": (darknet_load, "loads"), "dnn-load": (dnn_load, "loads"),
    "command": (as_command, "loads"),
}  # fmt: skip


def look() -> tuple[float, int]:
    """Megabytes that the process has, and open files."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6, len(os.listdir("/proc/self/fd"))


def soak(kind: str, rounds: int, files: Files) -> bool:
    """Run one kind and print its line; whether it stayed as it was."""
    one = KINDS[kind][0](files)
    warm, step = rounds // 10, max(1, rounds * 9 // 10 // LOOKS)
    looks = []
    for i in range(1, rounds + 1):
        one(i)
        if i >= warm and (i - warm) % step == 0:
            looks.append((i, *look()))
    at, megabytes, open_files = (np.array(column, float) for column in zip(*looks, strict=True))
    slope = np.polyfit(at, megabytes, 1)[0] if len(at) > 1 else 0.0
    fifth = max(1, len(at) // 5)
    first, last = statistics.median(megabytes[:fifth]), statistics.median(megabytes[-fifth:])
    flat = last - first <= GROWTH and open_files[-1] <= open_files[0]
    print(f"{kind:13s} {rounds:6d} rounds  {first:7.1f} -> {last:7.1f} MB, {slope * 1e6:+8.0f} bytes a round, "
          f"{open_files[0]:.0f} -> {open_files[-1]:.0f} files  {'flat' if flat else 'GROWS'}", flush=True)  # fmt: skip
    return flat


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], metavar="KIND")
    parser.add_argument("--detections", type=int, default=10_000)
    parser.add_argument("--loads", type=int, default=300)
    parser.add_argument("--model", nargs=2, metavar=("CFG", "WEIGHTS"), default=MODEL)
    parser.add_argument("--picture", default=str(ROOT / "examples/plate.jpg"))
    given = parser.parse_args()
    if len(given.kinds) == 1:
        rounds: int = getattr(given, KINDS[given.kinds[0]][1])
        return int(not soak(given.kinds[0], rounds, (*given.model, given.picture)))
    words = ["--detections", given.detections, "--loads", given.loads, "--picture", given.picture, "--model", *given.model]
    codes = [
        subprocess.run([sys.executable, __file__, kind, *map(str, words)], check=False).returncode
        for kind in given.kinds or KINDS
    ]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
