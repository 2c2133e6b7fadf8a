"""Milliseconds and GFLOP/s of whole networks.

    python benchmarks/network.py [NAME | CFG] ... [--numerics exact] [--threads N] [--batch N] [--sizes 320,416] [--layers]

Names are those of cfg/.  Weights are random: they do not change the time.  Each figure is the median of at least
``--seconds`` of runs after a warm-up; the least is printed beside it.  ``--batch`` passes so many pictures in one call; the
figures are those of one.  ``--sizes`` runs each network at other sizes than its cfg's: the last column, milliseconds for a
million pixels, stays what it is when time grows as the picture does.  ``--layers`` lists what each layer costs.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from pathlib import Path

import cases
import numpy as np

from darknet_py import Network, cfg, graph, weights
from darknet_py.engine.native import executor
from darknet_py.engine.native.host import host
from darknet_py.engine_api.options import Numerics

__all__ = ["load", "measure", "random_weights"]


def random_weights(path: Path, file: Path, seed: int = 1) -> None:
    """Write weights of a plausible size for the network at ``path``."""
    network = graph.build(cfg.read(path))
    draw = np.random.default_rng(seed)
    params = tuple({p.name: _draw(draw, p.name, p.shape) for p in node.params} for node in network.nodes)
    weights.save(network, weights.Weights(params, weights.Header()), file)


def _draw(draw: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name in ("scales", "rolling_variance"):
        return np.ones(shape, np.float32)
    if name == "weights":
        fan = np.prod(shape[1:]) if len(shape) > 1 else 1
        return draw.standard_normal(shape, np.float32) * np.float32((2 / fan) ** 0.5)
    return np.zeros(shape, np.float32)


def load(path: Path, numerics: str, threads: int | None, size: tuple[int, int] | None = None) -> Network:
    """The network of a cfg with random weights; ``size``: (width, height) of its input in place of the cfg's."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "random.weights"
        random_weights(path, file)
        return Network.load(path, file, numerics=numerics, threads=threads, size=size)


def measure(net: Network, batch: int, seconds: float) -> list[float]:
    """Seconds for a picture, of several calls with ``batch`` of them."""
    x = np.random.default_rng(0).random((batch, *net.graph.net.shape), np.float32)
    net.predict(x)
    times: list[float] = []
    while len(times) < 5 or batch * sum(times) < seconds:
        start = time.perf_counter()
        net.predict(x)
        times.append((time.perf_counter() - start) / batch)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=cases.DEFAULT, metavar="NAME")
    parser.add_argument("--numerics", choices=[numerics.value for numerics in Numerics], default="exact")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--batch", type=int, default=1, help="pictures in a call")
    parser.add_argument("--sizes", type=_sizes, default=[None], help="sides of the input in pixels, 320,416,512")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--layers", action="store_true", help="list the time of each layer")
    args = parser.parse_args()
    threads = args.threads or executor.cpu_count()
    print(f"{platform.processor() or platform.machine()} {host().cpu}, {threads} threads, "
          f"{host().lanes} lanes, {args.numerics}, batch {args.batch}, numpy {np.__version__}")  # fmt: skip
    for name in args.networks:
        for size in args.sizes:
            net = load(cases.network(name).cfg, args.numerics, args.threads, size)
            print(_line(name, net, measure(net, args.batch, args.seconds)), flush=True)
            if args.layers:
                print(net.profile(np.zeros(net.graph.net.shape, np.float32)).table())


def _sizes(text: str) -> list[tuple[int, int] | None]:
    return [(int(side), int(side)) for side in text.split(",")]


def _line(name: str, net: Network, times: list[float]) -> str:
    middle, gflop, pixels = statistics.median(times), net.graph.flops / 1e9, net.width * net.height
    label = f"{cases.network(name).name}@{net.width}x{net.height}"
    return (f"{label:32s} median {middle * 1e3:8.2f} ms  least {min(times) * 1e3:8.2f} ms  "
            f"{gflop:7.2f} GFLOP  {gflop / middle:6.1f} GFLOP/s  {middle * 1e9 / pixels:8.1f} ms/Mpixel")  # fmt: skip


if __name__ == "__main__":
    main()
