"""Other ways to compute layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ...engine.options import available
from ...engine_api.options import Numerics
from ...layers.activations import zero_in_c
from ...layers.base import Layer, Node
from ...layers.batchnorm import VARIANCE_EPS
from ...layers.maxpool import MaxPool
from ...layers.reorg import Reorg, Reorg3d
from ...layers.route import Route
from ..pipeline import Array, Arrays, LayerChange, Pipeline
from ..runner import INPUT, KnownOutput
from .base import Cause, Scope, layer_is, on_layers, with_layers

__all__ = ["LAYERS"]

OVERFLOW = np.float32(1) / np.finfo(np.float32).max  # the logistic of a value whose exponential is too large


@dataclass(frozen=True)
class LatePool(MaxPool):
    """Windows of an even size begin one pixel further up and left."""

    @property
    def offset(self) -> int:
        return -((self.padding + 1) // 2)


def _pooled(p: Pipeline, scope: Scope, avx_maxpool: bool) -> Pipeline | None:
    pools = any(isinstance(node.layer, MaxPool) and node.layer.avx_is_wrong(node.shape.w) for node in scope.nodes)
    fits = pools and avx_maxpool != p.options.avx_maxpool
    return replace(p, options=replace(p.options, avx_maxpool=avx_maxpool)) if fits else None


def _computed(p: Pipeline, scope: Scope, numerics: Numerics) -> Pipeline | None:
    other = numerics is not p.options.numerics and available(numerics)
    fits = other and any(i != INPUT for i in scope.computed)
    return replace(p, options=replace(p.options, numerics=numerics)) if fits else None


def _is_zero_in_c(node: Node) -> bool:
    return zero_in_c(node.layer.kind, getattr(node.layer, "activation", "linear"))


def _zero(node: Node, arrays: Arrays) -> tuple[Layer, Arrays]:
    return KnownOutput((INPUT,), np.zeros(node.shape, np.float32)), {}


def _is_normalized(node: Node) -> bool:
    return getattr(node.layer, "batch_normalize", False) or node.layer.kind == "batchnorm"


def _epsilon(node: Node, arrays: Arrays, epsilon: float) -> tuple[Layer, Arrays]:
    """Folding adds the usual epsilon to the variance."""
    variance = arrays["rolling_variance"].astype(np.float64) + (epsilon - VARIANCE_EPS)
    return node.layer, {**arrays, "rolling_variance": np.maximum(variance, 0).astype(np.float32)}


def _is_leaky(node: Node) -> bool:
    return getattr(node.layer, "activation", "") == "leaky"


def _is_even_pool(node: Node) -> bool:
    return isinstance(node.layer, MaxPool) and not node.layer.depth and node.layer.padding % 2 == 1


def _other_reorg(node: Node, arrays: Arrays) -> tuple[Layer, Arrays]:
    """The other order, if that has a shape at all."""
    other = Reorg if isinstance(node.layer, Reorg3d) else Reorg3d
    layer = other(**vars(node.layer))
    return (layer if node.inputs[0].c % layer.channel_divisor == 0 else node.layer), arrays


def _is_half(node: Node) -> bool:
    return isinstance(node.layer, Route) and node.layer.groups == 2


def _is_logistic(node: Node) -> bool:
    return node.layer.kind in ("yolo", "Gaussian_yolo") or getattr(node.layer, "activation", "") == "logistic"


def _nan(output: Array) -> Array:
    return np.where((output >= 0) & (output < OVERFLOW), np.float32(np.nan), output)


def _reference_arrays(p: Pipeline, scope: Scope) -> Pipeline | None:
    """The arrays that the reference itself has, which are folded."""

    def change(node: Node, arrays: Arrays) -> tuple[Layer, Arrays]:
        own = scope.params[node.index]()
        shapes = {name: array.shape for name, array in own.items()}
        if any(shapes.get(param.name, param.shape) != param.shape for param in node.params):
            return node.layer, arrays
        return replace(node.layer, batch_normalize=False), own  # type: ignore[call-arg]

    known: Mapping[int, Callable[[], Arrays]] = scope.params
    return with_layers(p, scope, LayerChange(lambda node: node.index in known, change))


def _changed(change: LayerChange) -> Callable[[Pipeline, Scope], Pipeline | None]:
    return partial(with_layers, change=change)


def _epsilon_cause(epsilon: float) -> Cause:
    return Cause(f"batch norm epsilon {epsilon:g}", "epsilon", f"adds {epsilon:g} to the variance in batch norm, not 1e-5",
                 "add 1e-5 to the variance there, as Darknet does, or accept the difference",
                 _changed(LayerChange(_is_normalized, partial(_epsilon, epsilon=epsilon))))  # fmt: skip


def _leaky_cause(name: str, what: str, activation: str) -> Cause:
    return Cause(name, "leaky", what, "use leaky with the slope 0.1 there",
                 _changed(on_layers(_is_leaky, lambda layer: replace(layer, activation=activation))))  # fmt: skip


_NUMERICS = "nothing is wrong; allow for it with -tolerance, or give both sides the same -numerics"

LAYERS = (
    Cause("AVX max pool", "pool", "pools as Darknet's AVX build does, wrongly near the left border",
          "trust the result here, which is that of a GPU; -avx_maxpool repeats the other one",
          partial(_pooled, avx_maxpool=True)),
    Cause("right max pool", "pool", "pools rightly near the left border", "leave -avx_maxpool out here",
          partial(_pooled, avx_maxpool=False)),
    Cause("activation missing in C", "zero",
          "is Darknet on a CPU, which makes zeros of relu6, and of other activations outside of convolutions",
          "trust the values here, which are those of Darknet on a GPU", _changed(LayerChange(_is_zero_in_c, _zero))),
    Cause("fast numerics", "numerics", "was computed with -numerics fast", _NUMERICS,
          partial(_computed, numerics=Numerics.FAST)),
    Cause("exact numerics", "numerics", "was computed with -numerics exact", _NUMERICS,
          partial(_computed, numerics=Numerics.EXACT)),
    Cause("bf16 numerics", "numerics", "was computed with -numerics bf16", _NUMERICS,
          partial(_computed, numerics=Numerics.BF16)),
    Cause("other weights", "weights", "was exported from other weights than those given here",
          "export the model again, or give the weights that it was made of", _reference_arrays),
    *map(_epsilon_cause, (1e-6, 1e-3, 1e-4)),
    _leaky_cause("leaky slope 0.01", "has the slope 0.01 below zero in leaky layers, as in other libraries", "relie"),
    _leaky_cause("leaky as relu", "computes relu in leaky layers", "relu"),
    Cause("padding of even pools", "padding", "pads max pools of even size at the left and at the top",
          "pad at the right and at the bottom there",
          _changed(on_layers(_is_even_pool, lambda pool: LatePool(**vars(pool))))),
    Cause("reorg", "reorg", "reorders in [reorg] as [reorg3d] does, or the other way round",
          "use the section that the weights were trained with", _changed(LayerChange(layer_is(Reorg), _other_reorg))),
    Cause("route group", "group", "takes the other half of the channels in [route] with groups=2", "fix group_id there",
          _changed(on_layers(_is_half, lambda route: replace(route, group_id=1 - route.group_id)))),
    Cause("NaN of the logistic", "nan", "has NaN where the logistic of less than -88.7 is 0, as Darknet's AVX build does",
          "nothing is wrong: no box comes from there",
          _changed(LayerChange(_is_logistic, finish=_nan))),
)  # fmt: skip
