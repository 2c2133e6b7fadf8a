"""Random small networks that mix everything which decides where a layer's output lies."""

from __future__ import annotations

import numpy as np

from darknet_py import cfg, graph
from darknet_py.shapes import Shape

FILTERS = (1, 3, 5, 8, 12, 13, 16, 24, 32, 40)
ACTIVATIONS = ("linear", "leaky", "relu", "hard_mish")


class Writer:
    """Writes a cfg layer by layer; ``shapes`` are those of the layers so far."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.RandomState(seed)
        self.input = Shape(self.pick((1, 3, 5, 8, 16)), self.pick((4, 6, 8)), self.pick((4, 6, 12)))
        self.text = ""
        self.shapes: list[Shape] = []

    def pick(self, values):
        return values[self.random.randint(len(values))]

    def layer(self, name: str, **options: object) -> None:
        lines = [f"[{name}]", *(f"{k}={v}" for k, v in options.items()), ""]
        self.text += "\n".join(lines)
        net = f"[net]\nwidth={self.input.w}\nheight={self.input.h}\nchannels={self.input.c}\n"
        self.shapes = [node.shape for node in graph.build(cfg.parse(net + self.text)).nodes]

    def like(self, shape: Shape, same_channels: bool = False) -> list[int]:
        """Layers of the same height and width."""
        return [i for i, s in enumerate(self.shapes) if s[1:] == shape[1:] and (s.c == shape.c or not same_channels)]

    def some(self, layers: list[int], most: int) -> list[int]:
        """One to ``most`` of them, possibly twice."""
        return [int(i) for i in self.random.choice(layers, self.random.randint(1, most + 1))]

    @property
    def last(self) -> Shape:
        return self.shapes[-1] if self.shapes else self.input

    def convolutional(self) -> None:
        c, h, w = self.last
        size, depthwise = self.pick((1, 3, 3)), self.random.rand() < 0.25
        filters = c if depthwise else self.pick(FILTERS)
        groups = c if depthwise else 2 if c % 2 == filters % 2 == 0 and self.random.rand() < 0.2 else 1
        stride = 2 if min(h, w) > 3 and self.random.rand() < 0.15 else 1
        dilation = 2 if size == 3 and stride == 1 and self.random.rand() < 0.2 else 1
        self.layer("convolutional", filters=filters, size=size, pad=1, stride=stride, groups=groups, dilation=dilation,
                   activation=self.pick(ACTIVATIONS))  # fmt: skip

    def route(self) -> None:
        layers = self.some(self.like(self.pick(self.shapes)), 4)
        groups = self.pick([g for g in (1, 1, 2, 3, 4) if all(self.shapes[i].c % g == 0 for i in layers)])
        self.layer("route", layers=",".join(map(str, layers)), groups=groups, group_id=self.random.randint(groups))

    def shortcut(self) -> None:
        sources = ",".join(map(str, self.some(self.like(self.last), 3)))
        kind = self.pick(("none", "none", "per_layer", "per_channel"))
        self.layer("shortcut", **{"from": sources}, activation=self.pick(ACTIVATIONS), weights_type=kind)

    def sam(self) -> None:
        self.layer("sam", **{"from": self.pick(self.like(self.last, same_channels=True))})

    def squeeze(self) -> None:
        source = len(self.shapes) - 1
        self.layer("avgpool")
        self.layer("scale_channels", **{"from": source})

    def upsample(self) -> None:
        if max(self.last[1:]) < 13:
            self.layer("upsample", stride=2)

    def maxpool(self) -> None:
        stride = 2 if min(self.last[1:]) > 3 and self.random.rand() < 0.3 else 1
        self.layer("maxpool", size=self.pick((2, 3, 5)), stride=stride)

    def identity(self) -> None:
        self.layer(self.pick(("dropout", "empty", "cost")))


OPERATIONS = (
    [Writer.convolutional] * 6 + [Writer.route] * 6 + [Writer.shortcut] * 3 + [Writer.identity] * 2
    + [Writer.sam, Writer.squeeze, Writer.upsample, Writer.maxpool]
)  # fmt: skip


def random_network(seed: int, layers: int = 14) -> tuple[str, Shape]:
    """The layers of a network as cfg text, and the shape of its input."""
    writer = Writer(seed)
    writer.pick((Writer.convolutional, Writer.identity, Writer.maxpool))(writer)
    while len(writer.shapes) < layers:
        writer.pick(OPERATIONS)(writer)
    return writer.text, writer.input
