"""References that another engine computes: the same network on the same input."""

from __future__ import annotations

from functools import partial

import numpy as np

from .. import engines
from ..errors import CompareError
from ..network import Network
from .pipeline import Array
from .reference import Reference, shaped
from .runner import Loader

__all__ = ["check", "read"]


def check(engine: str) -> None:
    """Raises CompareError for the engine that computes our own side, DarknetError for none."""
    if engines.spec(engine).name == "native":
        raise CompareError(f"engine={engine!r} is what others are compared with; name another one, as onnxruntime, or "
                           "compare two -numerics by -save and -against")  # fmt: skip


def read(net: Network, engine: str, x: Array) -> Reference:
    """Run an engine, ``engines.spec``'s, on the input ``x`` (c, h, w): the outputs of all layers, or those of the heads
    where it runs a model from a file.

    Raises CompareError, DarknetError where the engine is not there or cannot have the network.
    """
    check(engine)
    spec = engines.spec(engine)
    other = Network.of(net.graph, net.weights, threads=net.options.threads, engine=engine)
    layers = _heads(other, x) if spec.model else other.activations(x)
    arrays = {i: shaped(y, i, net.graph, f"engine {engine}: layer {i}") for i, y in sorted(layers.items())}
    loaders: dict[int, Loader] = {i: partial(np.asarray, y) for i, y in arrays.items()}
    return Reference(f"computed now, {len(loaders)} arrays of layers", loaders, half=spec.fp16)


def _heads(net: Network, x: Array) -> dict[int, Array]:
    return dict(zip(net.graph.heads, net.predict(x), strict=True))
