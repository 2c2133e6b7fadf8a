"""``darknet_py visualize cfg weights``.   C: darknet.c visualize"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .. import cfg, weights
from ..errors import PATH, WeightsError, printable
from ..graph import build
from ..layers.convolutional import Convolutional
from ..output import kernel_picture, save_picture
from .command import Command
from .flags import switch, valued
from .guard import Guard
from .progress import progress
from .roles import NETWORK, network_and_rest

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "visualize"
    arguments = NETWORK
    about = """Draw the kernels of each [convolutional] into a PNG file, layer_000.png and so on.  Each filter's least number
    is black, its largest white.  Filters that read three channels are tiles in colours, those that read one channel tiles in
    grey; of all others each is a row, with a tile for each channel."""
    example = "darknet_py visualize cfg/yolov4-tiny.cfg yolov4-tiny.weights -o kernels"

    o: str | None = valued("the folder to write into, which is made; the network's name with _kernels, if not given",
                           "FOLDER", str)  # fmt: skip
    force: bool = switch("write over pictures that are there")


def run(arguments: list[str], options: Options) -> int:
    source, rest = network_and_rest(arguments, options)
    options.no_more(rest)
    graph = build(cfg.read(source.cfg))
    drawn = [node for node in graph.nodes if isinstance(node.layer, Convolutional) and node.params]
    if not drawn:
        raise WeightsError(f"{source.label}: no [convolutional] whose kernels could be drawn")
    loaded = weights.load(graph, source.weights)
    guard, folder = Guard(*source.files), Path(options.o or f"{source.stem}_kernels")
    guard.folder(folder)
    files = [folder / f"layer_{node.index:03d}.png" for node in drawn]
    for file in files:
        guard.new("-o", file, options.force)
    with progress(len(files), "layer") as bar:
        for node, file in zip(drawn, files):
            kernels = loaded.params[node.index]["weights"]
            picture = kernel_picture(kernels)
            save_picture(file, picture)
            filters, channels, h, w = kernels.shape
            with bar.aside():
                print(f"{printable(file, PATH)}: {filters} filters of {channels} x {h} x {w}, "
                      f"{picture.shape[1]} x {picture.shape[0]} pixels")  # fmt: skip
            bar.step()
    return 0
