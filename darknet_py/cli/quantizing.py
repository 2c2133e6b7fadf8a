"""``export -int8 DATA``: pictures, what the layers are on them, and what is told of it."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import export, feed
from .._support.words import counted
from ..compare.loss import Loss, measure_loss
from ..errors import PATH, CfgError, DarknetError, DarknetWarning, DatasetError, ImageError, printable
from ..files.data import Data
from ..files.lists import read_list
from ..files.paths import find
from ..files.pictures import expand
from ..network import Network
from .progress import Progress, progress

if TYPE_CHECKING:
    from ..export.int8 import Int8

__all__ = ["pictures_of", "quantized"]

MOST, FEW, TRIED = 200, 20, 32  # pictures that are read, that are hardly enough, whose boxes are compared
LISTS = ("train", "valid")  # what map measures is rather not what ranges are from


def pictures_of(data: str) -> list[str]:
    """The pictures of a .data file's train= or else valid=, of a list, of a folder, or one; of many some, spread evenly.

    Raises CfgError, DatasetError.
    """
    path = find(data) or data
    if not os.path.exists(path):
        raise DatasetError(f"-int8 {data}: is not there; it is a .data file, a list of pictures (.txt), a folder of them or "
                           "a picture")  # fmt: skip
    pictures = read_list(_list_of(Data.read(path))) if path.lower().endswith(".data") else expand([path])
    step = max(1, len(pictures) / MOST)
    return [pictures[int(i * step)] for i in range(min(len(pictures), MOST))]


def _list_of(data: Data) -> Path:
    """Raises CfgError when it names no list that is there."""
    named = [key for key in LISTS if key in data]
    if not named:
        raise CfgError(f"{data.path}: no train= or valid= in it, the list of pictures; add it")
    for key in named[:-1]:
        with suppress(CfgError):
            return data.file(key)
    return data.file(named[-1])


def quantized(net: Network, model: Any, pictures: Sequence[str], opset: int) -> Any:
    """An ONNX model in int8, calibrated on pictures; prints what became of it.

    Raises DatasetError when no picture can be read, ExportError.
    """
    calibration, readable = _calibrated(net, pictures)
    made = export.to_int8(model, net.graph, calibration)
    print(f"int8: {_layers(made)}; ranges from {counted(len(readable), 'picture')}")
    print(f"int8: {_loss(net, calibration, readable[:: max(1, len(readable) // TRIED)][:TRIED], opset)}", flush=True)
    return made.model


def _calibrated(net: Network, pictures: Sequence[str]) -> tuple[export.Calibration, list[str]]:
    """What the layers are on the pictures that can be read, and these."""
    calibration, readable = export.Calibration(net.graph), []
    with progress(len(pictures)) as shown:
        for picture in pictures:
            if _added(calibration, net, picture, shown):
                readable.append(picture)
            shown.step()
    if not readable:
        raise DatasetError("-int8: none of its pictures can be read; give others")
    if len(readable) < FEW:
        warnings.warn(f"-int8: {counted(len(readable), 'picture')} may not show all that layers can be; give a hundred or "
                      "more, of the kind that will be seen", DarknetWarning, stacklevel=2)  # fmt: skip
    return calibration, readable


def _added(calibration: export.Calibration, net: Network, picture: str, shown: Progress) -> bool:
    try:
        x = feed.load(net, picture, net.fit).x
    except ImageError as e:
        shown.complain(e)
        return False
    calibration.add(x, net.activations(x))
    return True


def _layers(made: Int8) -> str:
    """``54 of 57 convolutions; float32: 88, 92 (the last before the heads), 2 (...)``"""
    words = f"{len(made.quantized)} of {counted(len(made.quantized) + len(made.kept), 'convolution')}"
    reasons: dict[str, list[str]] = {}
    for layer, why in made.kept.items():
        reasons.setdefault(why, []).append(str(layer))
    kept = [f"{', '.join(layers)} ({why})" for why, layers in reasons.items()]
    return words + (f"; float32: layers {'; '.join(kept)}" if kept else "")


def _loss(net: Network, calibration: export.Calibration, pictures: Sequence[str], opset: int) -> str:
    """What the boxes lose on pictures, by ONNX Runtime; or why that is not known."""
    heads = export.to_int8(export.to_onnx(net.graph, net.weights, opset=opset), net.graph, calibration).model
    with tempfile.TemporaryDirectory(prefix="darknet_py_") as folder:
        file = Path(folder) / "int8.onnx"
        export.save(file, heads)
        try:
            with progress(len(pictures)) as shown:
                other = Network.of(net.graph, net.weights, engine=f"onnxruntime,{file}")
                loss: Loss = measure_loss(net, other, pictures, shown.step)
        except DarknetError as e:
            return f"the loss is not measured: {printable(str(e), PATH)}"
    return f"loss on {len(pictures)} of them: {loss.text()}"
