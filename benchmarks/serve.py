"""``darknet_py serve`` under load, beside ``detect`` over a folder, other engines behind it, OpenCV 4's dnn behind FastAPI.

    python benchmarks/serve.py [NAME | CFG] [--weights FOLDER] [--images FOLDER] [--engines native,onnxruntime:cpu]
                               [--venv FOLDER] [--connections 16] [--seconds 8] [--rounds 2] [--flags="-queue 32"]

The client runs on the same cores.  1x: so many connections ask one question after the other.  2x: questions come twice as
fast as they were answered, however many are waiting; ``refused`` are those that got 503 with a Retry-After.  A wait counts
from when a question was due.  ``of detect`` is answers a second beside pictures a second of ``darknet_py detect`` over a
folder, (all pictures - one picture) / (pictures - 1).  Folder and services take turns, for several rounds; of each the best
counts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cases
import cv2
import machine
import network
import numpy as np
from load import Load, at_rate, by_connections
from prepare import create_venv
from running_service import Service, ServiceError, running
from service_clients import post

from darknet_py._support.machine import cpu_count
from darknet_py.errors import DarknetError

SIDE, SAMPLE, WARM = 416, 64, 1.0
OVERLOAD = 2


@dataclass(frozen=True)
class Model:
    """A network's files and the pictures that it is asked about."""

    cfg: str
    weights: str
    names: str
    pictures: tuple[Path, ...]

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.cfg, self.weights, self.names)))


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    service: str
    times: str
    load: Load
    folder: float

    def __str__(self) -> str:
        load, median, p99 = self.load, self.load.wait(50), self.load.wait(99)
        figures = (f"{load.offered / load.seconds:9.1f}", f"{load.rate:9.1f}", f"{load.rate / self.folder:9.0%}",
                   f"{median:7.1f}", f"{p99:7.1f}", f"{p99 / median:6.2f}", f"{load.refused / max(1, load.offered):7.1%}",
                   f"{sum(load.failed.values()):6d}")  # fmt: skip
        remark = "; ".join(f"{count} x {text}" for text, count in load.failed.most_common(2))
        return f"{self.service:21s} {self.times:2s} {' '.join(figures)}  {remark}".rstrip()


TITLES = ("  asked/s", "answers/s", "of detect", "     ms", "    p99", "p99/ms", "refused", "failed")
HEADER = f"{'service':21s}    {' '.join(TITLES)}"


def pictures(folder: Path, images: Path | None) -> tuple[Path, ...]:
    """JPEGs of 416 x 416, made of those in a folder, or of noise."""
    sources = [p for p in map(cv2.imread, map(str, sorted(images.iterdir()))) if p is not None] if images else [_noise()]
    paths = tuple(folder / f"{i:03d}.jpg" for i in range(SAMPLE))
    for i, path in enumerate(paths):
        picture = cv2.resize(sources[i % len(sources)], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(path), np.roll(picture, 7 * (i // len(sources)), axis=1), [cv2.IMWRITE_JPEG_QUALITY, 90])
    return paths


def _noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (26, 26, 3), np.uint8)


def detect_rate(model: Model, count: int) -> float:
    """Pictures a second of ``detect`` over a folder of so many."""
    with tempfile.TemporaryDirectory() as folder:
        for i in range(count):
            os.link(model.pictures[i % SAMPLE], Path(folder, f"{i:06d}.jpg"))
        return (count - 1) / (_seconds(model, folder) - _seconds(model, str(model.pictures[0])))


def _seconds(model: Model, pictures: str) -> float:
    names = ["-names", model.names] if model.names else []
    out = [*names, "-dont_draw", "-quiet", "-format", "jsonl", "-out", os.devnull]
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "darknet_py", "detect", model.cfg, model.weights, pictures, *out], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    return time.perf_counter() - start


async def loads(address: tuple[str, int], requests: Sequence[bytes], connections: int, seconds: float) -> tuple[Load, Load]:
    """At once and at twice what is answered."""
    await by_connections(address, requests, connections, min(WARM, seconds))
    once = await by_connections(address, requests, connections, seconds)
    return once, await at_rate(address, requests, OVERLOAD * max(once.rate, 1.0), seconds)


def measure(services: Sequence[Service], model: Model, args: argparse.Namespace) -> list[Row]:
    requests = [post("/v1/detect", path.read_bytes()) for path in model.pictures]
    best: dict[str, tuple[Load, Load]] = {}
    folder = 0.0
    for _ in range(args.rounds):
        folder = max(folder, detect_rate(model, args.count))
        for service in services:
            with running(service) as one:
                found = asyncio.run(loads(one.address, requests, args.connections, args.seconds))
            if service.name not in best or found[0].rate > best[service.name][0].rate:
                best[service.name] = found
    print(f"detect over a folder of {args.count}: {folder:.1f} pictures/s\n\n{HEADER}")
    return [Row(name, f"{n}x", load, folder) for name, both in best.items() for n, load in zip((1, OVERLOAD), both)]


def services(model: Model, args: argparse.Namespace) -> list[Service]:
    flags = args.flags.split()
    engines = filter(None, args.engines.split(","))
    ours = [Service.of(f"serve {engine}", model.files, "-engine", engine, *flags) for engine in engines]
    if args.venv:
        ours.append(opencv(str(create_venv(args.venv)), model))
    return ours


def opencv(python: str, model: Model) -> Service:
    program = Path(__file__).parent / "engines" / "opencv_service.py"
    return Service("OpenCV 4 dnn", (python, str(program), *model.files[:2], "-workers", str(cpu_count())))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", nargs="?", default=cases.DEFAULT[0], metavar="NAME")
    parser.add_argument("--weights", type=Path, help="folder with NAME.weights; random weights without")
    parser.add_argument("--images", type=Path, help="folder of pictures to make the JPEGs of; noise without")
    parser.add_argument("--names", default="", help="file of names, which are part of each answer")
    parser.add_argument("--engines", default="native,onnxruntime:cpu", help="behind serve, with commas between them")
    parser.add_argument("--venv", type=Path, help="environment of the peers, for OpenCV 4; made if it does not exist")
    parser.add_argument("--flags", default="", help="of serve, for all engines")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--count", type=int, default=600, help="pictures of the folder")
    args = parser.parse_args()
    if args.count < 2:
        parser.error("--count is of two pictures at least: the time for one is taken off")
    for folder in filter(None, (args.weights, args.images)):
        if not folder.is_dir():
            parser.error(f"{folder} is no folder")
    return args


def main() -> None:
    args = parse()
    print(*(f"{name}: {text}" for name, text in machine.facts().items()), sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        cfg = cases.network(args.network).cfg
        weights = args.weights / f"{cfg.stem}.weights" if args.weights else Path(folder, "random.weights")
        if not args.weights:
            network.random_weights(cfg, weights)
        Path(folder, "pictures").mkdir()
        model = Model(str(cfg), str(weights), args.names, pictures(Path(folder, "pictures"), args.images))
        print(*measure(services(model, args), model, args), sep="\n")


if __name__ == "__main__":
    try:
        main()
    except (DarknetError, ServiceError, subprocess.CalledProcessError) as e:
        sys.exit(f"serve.py: {e}")
