"""Many pictures from files to results, beside what the stages cost.

    python benchmarks/pictures.py [NAME | CFG] ... [--images FOLDER] [--weights FOLDER] [--numerics fast] [--thresh .25]

``--count`` JPEGs of 768 x 576 are made of the pictures in FOLDER, or of noise.  Of each stage (reading, fitting, network,
boxes, answer, drawing) the core time is measured, on one thread and one picture after the other; the network's is that
of all threads times their number.  Their sum over the number of cores is the ``bound``.  ``ms`` is what a command takes
for a picture more, in this process: (all pictures - one picture) / (pictures - 1).  ``answer`` is what is printed, written
or counted.  Each figure is the least of ``--rounds``, in which stages and commands take turns; the network's is that of
all commands.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cases
import cv2
import machine
import network
import numpy as np

from darknet_py import Network, cli, image, output
from darknet_py.boxes.detection import listed
from darknet_py.engine.native import executor
from darknet_py.evaluate import Found, Recall
from darknet_py.files.samples import samples
from darknet_py.output.results import ResultFiles, open_results

SIZE = 768, 576
SAMPLE = 20  # pictures of which the stages are measured
DRAWN = "detect -save_dir"
STAGES = "read", "fit", "network", "boxes", "answer", "draw"


def pictures(folder: Path, images: Path | None, count: int, names: Sequence[str]) -> list[str]:
    """Write JPEGs with a label each, and the .data files that list all of them and one; their paths."""
    sources = [p for p in map(cv2.imread, map(str, sorted(images.iterdir()))) if p is not None] if images else [_noise()]
    paths = [str(folder / f"{i:06d}.jpg") for i in range(count)]
    for i, path in enumerate(paths):
        picture = cv2.resize(sources[i % len(sources)], SIZE, interpolation=cv2.INTER_AREA)
        cv2.imwrite(path, np.roll(picture, 7 * i % 200, axis=1), [cv2.IMWRITE_JPEG_QUALITY, 90])
        Path(path).with_suffix(".txt").write_text("0 .5 .5 .3 .3\n")
    for name, some in ("all", paths), ("one", paths[:1]):
        (folder / f"{name}.txt").write_text("\n".join(some) + "\n")
        listing = f"valid={folder}/{name}.txt\nnames={folder}/my.names\neval=coco\nresults={folder}/results\n"
        (folder / f"{name}.data").write_text(listing)
    (folder / "my.names").write_text("\n".join(names) + "\n")
    return paths


def _noise() -> np.ndarray:
    coarse = np.random.default_rng(0).integers(0, 256, (36, 48, 3), np.uint8)
    return cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC)


@dataclass(frozen=True)
class Case:
    """A command: its words ("-" for files), options of ``Network.rows``, what it does with the rows of a picture."""

    name: str
    words: str
    rows: dict[str, Any]
    answer: Callable[[Any, str], object]


def commands(net: Network, folder: Path, thresh: float) -> list[Case]:
    found = {"thresh": thresh, "nms": 0.45}
    results = open_results("coco", str(folder / "stage"), None, net.names, ResultFiles(lambda *_: None))
    labels = samples([str(folder / "000000.jpg")])[0].labels

    def lines(rows: Any, _path: str) -> str:
        return "\n".join(output.detection_lines(rows, net.names, thresh, *SIZE))

    def add(rows: Any, path: str) -> None:
        results.add(output.DetectedPicture(1, path, *SIZE, rows, net.names))

    return [
        Case("detect -dont_draw", f"detect - -dont_draw -thresh {thresh}", found, lines),
        Case(DRAWN, f"detect - -save_dir {folder}/drawn -thresh {thresh}", found, lines),
        Case("detector test LIST", f"detector test - -dont_draw -thresh {thresh}", found, lines),
        Case("detector map", "detector map -", {"thresh": 0.005, "nms": 0.45}, lambda rows, _: Found.of(rows)),
        Case("detector valid", "detector valid -", {"thresh": 0.001, "nms": 0.6, "pixels": True}, add),
        Case("detector recall", "detector recall -", {"thresh": 0.001, "nms": 0.4, "nms_kind": "objectness"},
             lambda rows, _: Recall().with_picture(rows, labels, 0.001)),
        Case("Network.detect_many", "", found, lambda rows, _: listed(rows, thresh, net.names)),
    ]  # fmt: skip


def stages(net: Network, case: Case, paths: list[str]) -> dict[str, float]:
    """Milliseconds of a core that each stage takes for a picture."""
    times = dict.fromkeys(STAGES, 0.0)

    def timed(stage: str, function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        start = time.perf_counter()
        result = function(*arguments, **more)
        times[stage] += (time.perf_counter() - start) * 1e3 / len(paths)
        return result

    fit = net.fit(SIZE)
    for path in paths:
        picture = timed("read", image.read_image, path)
        x = timed("fit", lambda: fit.input_of(picture))  # noqa: B023
        rows = timed("boxes", net.rows, timed("network", net.predict, x), fit, **case.rows)
        timed("answer", case.answer, rows, path)
        if case.name == DRAWN:
            timed("draw", _draw, picture, rows, net.names, case.rows["thresh"], f"{path}.drawn.jpg")
    times["network"] *= net.options.threads
    return times


def _draw(picture: np.ndarray, rows: Any, names: list[str], thresh: float, path: str) -> None:
    output.save_picture(path, output.draw_detections(picture, rows, names, thresh))


def whole(net: Network, case: Case, files: list[str], paths: list[str]) -> float:
    """Milliseconds for a picture more."""
    return (_seconds(net, case, files, paths) - _seconds(net, case, files, paths[:1])) * 1e3 / (len(paths) - 1)


def _seconds(net: Network, case: Case, files: list[str], paths: list[str]) -> float:
    data = Path(paths[0]).with_name("one" if len(paths) == 1 else "all")
    inputs = {
        "detect": [*files, *paths], "detector test": [f"{data}.data", *files, f"{data}.txt"],
    }.get(case.words.partition(" -")[0], [f"{data}.data", *files])  # fmt: skip
    before, _, after = case.words.partition("- ") if "- " in case.words else (case.words[:-1], "", "")
    start = time.perf_counter()
    if case.words:
        with _silent():
            code = cli.main([*before.split(), *inputs, *after.split()])
        if code:
            sys.exit(f"{before}failed; see what it says: {' '.join(inputs)} {after}")
    else:
        deque(net.detect_many(paths, **case.rows), maxlen=0)
    return time.perf_counter() - start


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
        yield


def measure(name: str, args: argparse.Namespace, folder: Path) -> None:
    """Print the table of a network."""
    path = cases.network(name).cfg
    weights = args.weights / f"{path.stem}.weights" if args.weights else folder / "random.weights"
    if not args.weights:
        network.random_weights(path, weights)
    net = Network.load(path, weights, numerics=args.numerics, threads=args.threads)
    net.names = net.names or [str(j) for j in range(net.classes)]
    flags = ["-numerics", args.numerics, *(["-threads", str(args.threads)] if args.threads else [])]
    paths = pictures(folder, args.images, args.count, net.names)
    print(f"\n{path.stem} {args.numerics}, {args.count} pictures, {net.options.threads} threads")
    print(f"{'':24s}" + "".join(f"{title:>9s}" for title in (*STAGES, "bound", "ms", "ratio")))
    files, rows = [str(path), str(weights), *flags], []
    for case in commands(net, folder, args.thresh):
        if not args.only or any(word in case.name for word in args.only.split(",")):
            rounds = [(stages(net, case, paths[:SAMPLE]), whole(net, case, files, paths)) for _ in range(args.rounds)]
            least = {stage: min(times[stage] for times, _ in rounds) for stage in STAGES}
            rows.append((case.name, least, min(ms for _, ms in rounds)))
    for title, least, ms in rows:
        _row(title, least | {"network": min(row["network"] for _, row, _ in rows)}, ms)


def _row(title: str, least: dict[str, float], ms: float) -> None:
    bound = sum(least.values()) / executor.cpu_count()
    print(f"{title:24s}" + "".join(f"{figure:9.2f}" for figure in [*least.values(), bound, ms, ms / bound]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=cases.DEFAULT[:2], metavar="NAME")
    parser.add_argument("--images", type=Path, help="folder of pictures to make the JPEGs of")
    parser.add_argument("--weights", type=Path, help="folder with NAME.weights; random ones without")
    parser.add_argument("--numerics", choices=["exact", "fast"], default="fast")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--thresh", type=float, default=0.25)
    parser.add_argument("--count", type=int, default=200, help="pictures")
    parser.add_argument("--only", default="", help="commands with one of these words in their names: map,valid")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    print(*(f"{name}: {text}" for name, text in machine.facts().items()), sep="\n")
    for name in args.networks:
        with tempfile.TemporaryDirectory() as folder:
            measure(name, args, Path(folder))


if __name__ == "__main__":
    main()
