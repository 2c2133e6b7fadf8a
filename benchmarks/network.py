"""Milliseconds and GFLOP/s of whole networks.

    python benchmarks/network.py [NAME | CFG] ... [--numerics exact] [--threads N] [--batch N] [--layers]

Names are those of cfg/.  Weights are random: they do not change the time.  Each figure is the median of at least
``--seconds`` of runs after a warm-up; the least is printed beside it.  ``--layers`` lists what each layer costs.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from darknet_py import Network, cfg, graph, weights
from darknet_py.kernels import executor, native

CFG = Path(__file__).parent.parent / "cfg"
DEFAULT = ["yolo-fastest-1.1-xl", "yolov4-tiny", "yolov4-csp"]


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


def load(name: str, numerics: str, threads: int | None) -> Network:
    """The network ``name`` of cfg/, or of a cfg file, with random weights."""
    path = Path(name) if name.endswith(".cfg") else CFG / f"{name}.cfg"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "random.weights"
        random_weights(path, file)
        return Network.load(path, file, numerics=numerics, threads=threads)


def measure(net: Network, batch: int, seconds: float) -> list[float]:
    """Seconds of each of several runs on ``batch`` pictures."""
    x = np.random.default_rng(0).random((batch, *net.graph.net.shape), np.float32)
    net.predict(x)
    times: list[float] = []
    while len(times) < 5 or sum(times) < seconds:
        start = time.perf_counter()
        net.predict(x)
        times.append(time.perf_counter() - start)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=DEFAULT, metavar="NAME")
    parser.add_argument("--numerics", choices=["exact", "fast"], default="exact")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--layers", action="store_true", help="list the time of each layer")
    args = parser.parse_args()
    threads = args.threads or executor.cpu_count()
    print(f"{platform.processor() or platform.machine()} {native.host().cpu}, {threads} threads, "
          f"{native.host().lanes} lanes, {args.numerics}, numpy {np.__version__}")  # fmt: skip
    for name in args.networks:
        net = load(name, args.numerics, args.threads)
        times = [t / args.batch for t in measure(net, args.batch, args.seconds)]
        middle, gflop = statistics.median(times), net.graph.flops / 1e9
        label = f"{Path(name).name.removesuffix('.cfg')}@{net.width}x{net.height}"
        print(f"{label:32s} median {middle * 1e3:8.2f} ms  least {min(times) * 1e3:8.2f} ms  "
              f"{gflop:7.2f} GFLOP  {gflop / middle:6.1f} GFLOP/s")  # fmt: skip
        if args.layers:
            print(table(net))


def table(net: Network) -> str:
    """What each layer costs: the least of several runs of its steps alone."""
    net.predict(np.zeros(net.graph.net.shape, np.float32))
    lines = []
    for node in net.graph.nodes:
        mine = [i for i, step in enumerate(net.plan.steps) if step.layer == node.index]
        if not mine:
            continue
        program = executor.Program(net.plan.program.steps[mine[0] : mine[-1] + 1])
        best = min(_seconds(program, net.plan.threads) for _ in range(9))
        rate = node.layer.flops(node.inputs, node.shape) / best / 1e9
        lines.append(f"{node.index:4d} {node.layer.kind:14s} {node.inputs[0]!s:>18s} -> {node.shape!s:18s} "
                     f"{best * 1e6:9.1f} us {rate:7.1f} GFLOP/s")  # fmt: skip
    return "\n".join(lines)


def _seconds(program: executor.Program, threads: int) -> float:
    start = time.perf_counter()
    executor.run(program, threads)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
