"""KeyboardInterrupt at random moments of runs: prints how many there were, and how many results were wrong afterwards.

interrupts.py CASE COUNT [SEED]; the cases are the names in CASES.
"""

from __future__ import annotations

import faulthandler
import gc
import random
import signal
import sys
import time
from collections.abc import Callable

import numpy as np

from darknet_py import Network, cfg, graph, weights

THREADS = 3
CONVOLUTION = "[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=leaky\n"
Run = Callable[[Network, np.ndarray], list[np.ndarray]]


def network(side: int, seed: int = 0) -> Network:
    text = f"[net]\nwidth={side}\nheight={side}\nchannels=3\n" + 3 * CONVOLUTION
    layers = graph.build(cfg.parse(text))
    data = bytearray(weights.expected_size(layers))
    data[4] = 2
    values = np.frombuffer(data, np.float32, offset=20)
    values[:] = np.random.RandomState(seed).standard_normal(values.size) * 0.1
    return Network.of(layers, weights.load(layers, bytes(data)), threads=THREADS)


def every_layer(net: Network, x: np.ndarray) -> list[np.ndarray]:
    return list(net.activations(x[0]).values())


CASES: dict[str, tuple[int, Run]] = {
    "small": (16, lambda net, x: net.predict(x[0])),
    "large": (160, lambda net, x: net.predict(x[0])),
    "each": (16, lambda net, x: net.predict(x)),  # a thread a picture
    "layers": (16, every_layer),
}


class Trial:
    """Runs of one case, again and again, until a signal ends them."""

    def __init__(self, case: str) -> None:
        side, self.run = CASES[case]
        self.pictures = [np.random.RandomState(i).rand(2 * THREADS, 3, side, side).astype(np.float32) for i in range(3)]
        self.side = side
        self.net = network(side)
        self.want = [self.run(self.net, x) for x in self.pictures]
        self.runs = self.wrong = 0

    def once(self) -> None:
        i = self.runs % len(self.pictures)
        got = self.run(self.net, self.pictures[i].copy())
        self.runs += 1
        self.wrong += not all(np.array_equal(a, b) for a, b in zip(got, self.want[i], strict=True))

    def seconds(self) -> float:
        start = time.perf_counter()
        for _ in range(20):
            self.once()
        return (time.perf_counter() - start) / 20

    def interrupted(self, after: float) -> None:
        """Run until a KeyboardInterrupt that comes ``after`` so many seconds."""
        try:
            signal.setitimer(signal.ITIMER_REAL, after)
            while True:
                self.once()
        except KeyboardInterrupt:
            pass

    def drop(self) -> None:
        """Give the network's memory back, and take another one's."""
        del self.net
        gc.collect()
        self.net = network(self.side)


def main(case: str, count: int, seed: int = 0) -> None:
    faulthandler.enable()
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    moments, trial = random.Random(seed), Trial(case)
    each = trial.seconds()
    for i in range(count):
        trial.interrupted(moments.uniform(0.02, 1.0) * each)
        if i % 20 == 0:
            trial.drop()
        trial.once()
    print(f"{count} interrupts, {trial.runs} runs, {trial.wrong} wrong")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
