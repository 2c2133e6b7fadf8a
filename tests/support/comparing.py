"""A small detector that has a bit of everything, and other runs of it that differ in one thing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from seeded import picture, seeded_weights

from darknet_py import Network, cfg, compare, graph, output, weights
from darknet_py.compare import Settings

NET = "[net]\nwidth=96\nheight=80\nchannels=3\n"
HEAD = """[convolutional]
filters=24
size=1
activation=linear
[yolo]
mask={}
anchors=9,11, 17,30, 36,20, 30,60, 62,45, 59,70
num=6
classes=3
scale_x_y=1.3
nms_kind=greedynms
beta_nms=0.2
"""


def conv(filters: int, size: int, stride: int, activation: str) -> str:
    return (f"[convolutional]\nbatch_normalize=1\nfilters={filters}\nsize={size}\nstride={stride}\npad=1\n"
            f"activation={activation}\n")  # fmt: skip


LAYERS = (
    conv(8, 3, 2, "leaky")                                      # 0: 48 x 40
    + conv(16, 3, 1, "leaky")                                   # 1
    + "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n"              # 2
    + conv(8, 1, 1, "leaky")                                    # 3
    + "[shortcut]\nfrom=2\nactivation=mish\n"                   # 4
    + "[maxpool]\nsize=5\nstride=1\n"                           # 5
    + "[maxpool]\nsize=2\nstride=1\n"                           # 6
    + conv(16, 3, 2, "swish")                                   # 7: 24 x 20
    + "[reorg]\nstride=2\n"                                     # 8: 12 x 10
    + HEAD.format("3,4,5")                                      # 9, 10
    + "[route]\nlayers=7\n"                                     # 11: 24 x 20
    + HEAD.format("0,1,2")                                      # 12, 13
)  # fmt: skip
HEADS = (10, 13)


@dataclass
class Place:
    """A folder with the network's files and a picture."""

    folder: Path

    def __post_init__(self) -> None:
        self.cfg, self.weights, self.picture = (str(self.folder / f"net.{end}") for end in ("cfg", "weights", "png"))
        Path(self.cfg).write_text(NET + LAYERS)
        network = graph.build(cfg.read(self.cfg))
        weights.save(network, seeded_weights(network, 4, -1.6), self.weights)
        cv2.imwrite(self.picture, picture("m")[:75, :121])
        self.net = Network.load(self.cfg, self.weights, names=("cat", "dog", "cow"))

    def variant(self, *changes: tuple[str, str], path: str = "variant.cfg", **options: Any) -> Network:
        """The network with other words in its cfg, each of which is there."""
        text = NET + LAYERS
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        target = self.folder / path
        target.write_text(text)
        return Network.load(target, self.weights, names=self.net.names, **options)

    def weighted(self, change: Callable[[int, str, np.ndarray], np.ndarray]) -> Network:
        """The network with other weights: ``change`` gets layer, name and values of each array."""
        found = self.net.weights.params
        arrays = tuple({name: change(i, name, values) for name, values in found[i].items()} for i in range(len(found)))
        path = self.folder / "other.weights"
        weights.save(self.net.graph, weights.Weights(arrays), path)
        return Network.load(self.cfg, path, names=self.net.names)

    def saved(self, net: Network | None = None, **settings: Any) -> dict[str, np.ndarray]:
        """What another run saves of the picture."""
        path = self.folder / "saved.npz"
        compare.save(net or self.net, self.picture, path, Settings(**settings))
        with np.load(path) as arrays:
            return dict(arrays)

    def npz(self, arrays: dict[str, np.ndarray], keep: Callable[[str], bool] = lambda name: True) -> str:
        """A reference file of some of these arrays."""
        path = self.folder / "reference.npz"
        np.savez(path, **{name: array for name, array in arrays.items() if keep(name)})
        return str(path)

    def upto(self, layer: int, arrays: dict[str, np.ndarray]) -> str:
        """A reference file that knows nothing beyond a layer."""
        return self.npz(arrays, lambda name: name == "input" or (name[:6] == "layer_" and int(name[6:]) <= layer))

    def json(self, rows: Any, filename: str = "net.png", names: Sequence[str] = ()) -> str:
        """A file as detector test -out writes it."""
        path = self.folder / "reference.json"
        frame = output.DetectedPicture(1, filename, 121, 75, rows, names or self.net.names)
        path.write_text(f"[\n{output.frame_json(frame)}\n]")
        return str(path)

    def compare(
        self, against: str, net: Network | None = None, tolerance: float = 1e-4, **settings: Any
    ) -> compare.Comparison:
        comparison = compare.compare(net or self.net, self.picture, against, Settings(**settings), tolerance)
        json.dumps(comparison.data(), allow_nan=False)
        return comparison


def causes(comparison: compare.Comparison) -> list[str]:
    """The names of what was found."""
    assert comparison.report()
    return [explanation.cause.name for explanation in comparison.diagnosis.explanations]
