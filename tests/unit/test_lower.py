"""Every layer has a lowering, and one without is told by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import engine
import numpy as np
import pytest

from darknet_py.compare.runner import KnownOutput
from darknet_py.engine.fuse import ConvolutionWithSum, Summed
from darknet_py.engine.layout import border, is_planar
from darknet_py.engine.lower import elementwise, lower
from darknet_py.errors import KernelError
from darknet_py.layers import HEADS, LAYERS
from darknet_py.layers.base import Layer
from darknet_py.layers.dropout import Dropout
from darknet_py.shapes import Shape

CONV = "[convolutional]\nfilters=3\nactivation=linear\n"


def has_lowering(layer: type[Layer]) -> bool:
    """A function of its own, or parts, which need none."""
    return lower.dispatch(layer) is not lower.dispatch(Layer) or layer.slices is not Layer.slices


@pytest.mark.parametrize("layer", [*LAYERS.values(), ConvolutionWithSum, Summed, KnownOutput], ids=lambda layer: layer.kind)
def test_every_layer_has_one(layer: type[Layer]) -> None:
    assert has_lowering(layer)


@dataclass(frozen=True)
class Odd(Layer):
    kind: ClassVar[str] = "odd"


@dataclass(frozen=True)
class Same(Dropout):
    kind: ClassVar[str] = "same"


def test_a_layer_without_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LAYERS, "odd", Odd)
    assert not has_lowering(Odd)
    with pytest.raises(KernelError, match=r"net\.cfg:8: layer 1 \[odd\] cannot be run: .* no code for layers of this kind$"):
        engine.compiled(engine.net(CONV + "[odd]\n"), 8)


def test_a_layer_inherits_its_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LAYERS, "same", Same)
    got = engine.forward(engine.net(CONV + "[same]\n"), 8)
    assert (got[0] == got[1]).all()


@pytest.mark.parametrize("layer", LAYERS.values(), ids=lambda layer: layer.kind)
def test_questions_that_only_the_engine_asks(layer: type[Layer]) -> None:
    """Heads are planes; nothing but convolutions, [local] ones too, wants zeros around its input."""
    assert is_planar.dispatch(layer)(None) == (layer.kind in HEADS)
    if layer.kind not in ("convolutional", "local"):
        assert border.dispatch(layer)(None, (Shape(3, 4, 5),)) == 0


@pytest.mark.parametrize("layers", ["[batchnorm]\n", CONV + "[batchnorm]\n"])
def test_the_kernel_is_given_the_layers_epsilon(layers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def epsilons() -> list[object]:
        steps = engine.compiled(engine.net(layers), 8).steps
        return [word for step in steps for name, word in step.arguments if name == "epsilon"]

    assert epsilons() == [int(np.float32(1e-5).view(np.uint32))]
    monkeypatch.setattr(elementwise, "VARIANCE_EPS", 0.5)
    assert epsilons() == [int(np.float32(0.5).view(np.uint32))]
