"""Darknet networks (.cfg and .weights) on a CPU, with the reference's own numbers.

    import darknet_py
    net = darknet_py.load("yolov4-csp.cfg", "yolov4-csp.weights")       # or load("yolov4-csp"), once fetched
    for d in net.detect("dog.jpg"):
        print(d.name, d.prob, d.box)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ._support.version import __version__
from .errors import (
    CfgError,
    CompareError,
    DarknetError,
    DarknetWarning,
    DatasetError,
    ExportError,
    FetchError,
    ImageError,
    KernelError,
    OutputError,
    ShapeError,
    VideoError,
    WeightsError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .engine_api.options import NumericsName
    from .network import Network
    from .results import Detection, Detections

__all__ = [
    "CfgError", "CompareError", "DarknetError", "DarknetWarning", "DatasetError", "Detection", "Detections", "ExportError",
    "FetchError", "ImageError", "KernelError", "Network", "OutputError", "ShapeError", "VideoError", "WeightsError",
    "__version__", "load",
]  # fmt: skip

# imported late, so that help and errors of the command come at once
_LATE = {"Detection": ".results", "Detections": ".results", "Network": ".network"}


def load(
    network: str | Path,
    weights: str | Path | None = None,
    *,
    numerics: NumericsName = "exact",
    size: tuple[int, int] | None = None,
    threads: int | None = None,
    names: str | Path | Sequence[str] | None = None,
    avx_maxpool: bool = False,
    names_encoding: str | None = None,
    engine: str = "native",
) -> Network:
    """A network by name, as ``load("yolov4-tiny")``, or of its files, as ``load("my.cfg", "my.weights")`` or ``load("my")``.

    Files come first; which are found where only some are named, ``Network.load`` says.  The cfg of a name is built in; its
    weights are looked for in ./weights, in this folder and in the user's data folder, where ``darknet_py fetch`` puts them.
    ``weights`` names others.  The options are those of ``Network.load``.
    Raises CfgError for a name that is not known, WeightsError for weights that are not there, and as ``Network.load`` does.
    """
    from .network import Network
    from .store import model

    chosen = model(network, weights, names, encoding=names_encoding)
    how = numerics, size, threads, chosen.names, avx_maxpool, names_encoding, engine
    return Network.load(chosen.cfg, chosen.weights, *how)


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATE[name], __name__), name)
