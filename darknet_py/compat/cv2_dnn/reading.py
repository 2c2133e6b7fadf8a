"""Files and buffers → networks, as cv2.dnn reads them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from ...engine.options import require
from ...engine_api.options import Numerics, NumericsName
from ...errors import CfgError, DarknetError
from .arguments import opencv_call
from .native import NATIVE
from .net import Net
from .runner import Runner, Source

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["OPTIONS", "checked", "darknet_files", "readNet", "readNetFromDarknet"]

OPTIONS: dict[str, Any] = {"numerics": "exact", "threads": None}  # where a call names none

BUFFERS = bytes, bytearray, memoryview, np.ndarray
EXTENSIONS = {"cfg", "weights"}


class Options(TypedDict, total=False):
    """As in Network.load; threads None: as cv2.setNumThreads says."""

    numerics: NumericsName
    threads: int | None


@opencv_call
def readNetFromDarknet(
    cfgFile: Any = None, darknetModel: Any = None, *, bufferCfg: Any = None, bufferModel: Any = None,
    **options: Unpack[Options],
) -> Net:
    """A network from a cfg and its weights: paths, or what the files hold as bytes or a uint8 array.

    Without weights only its layers can be looked at.  ``numerics`` and ``threads`` as in Network.load; threads None: as
    cv2.setNumThreads says.  Raises CfgError, ShapeError, WeightsError, which are cv2.errors too.
    """
    chosen = {**OPTIONS, **checked(**options)}
    cfg = _source(cfgFile if bufferCfg is None else bufferCfg)
    weights = _source(darknetModel if bufferModel is None else bufferModel)
    if cfg is None:
        raise CfgError("no .cfg was given, which tells what the weights mean; give both files")
    return Net(Runner(cfg, weights, chosen["threads"]), chosen["numerics"])


def readNet(*args: Any, **kwargs: Any) -> Any:
    """readNet(model[, config[, framework]]) or readNet(framework, bufferModel[, bufferConfig]).

    A .cfg and a .weights file, in either order, or framework "darknet", give what ``readNetFromDarknet`` does; anything
    else is left to OpenCV.
    """
    options = {key: kwargs.pop(key) for key in OPTIONS if key in kwargs}
    files = darknet_files(*args, **kwargs)
    return NATIVE.readNet(*args, **kwargs) if files is None else readNetFromDarknet(*files, **options)


def checked(**options: Any) -> dict[str, Any]:
    """The options.  Raises DarknetError for those that are not known, and numerics that the processor lacks."""
    for name in options.keys() - OPTIONS:
        raise DarknetError(f"there is no option {name!r}; there are {', '.join(OPTIONS)}")
    require(Numerics.named(options.get("numerics", "exact")))
    threads = options.get("threads")
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise DarknetError(f"threads={threads!r} is not possible; it must be a whole number from 1, or None")
    return options


def darknet_files(*args: Any, **kwargs: Any) -> tuple[Any, Any] | None:
    """The cfg and the weights among ``readNet``'s arguments, None when they are another framework's."""
    buffers = "bufferModel" in kwargs or any(isinstance(value, BUFFERS) for value in args)
    return _from_buffers(*args, **kwargs) if buffers else _from_paths(*args, **kwargs)


def _from_buffers(
    framework: Any = "", bufferModel: Any = None, bufferConfig: Any = None, *_: Any, **__: Any
) -> tuple[Any, Any] | None:
    return (bufferConfig, bufferModel) if str(framework).lower() == "darknet" else None


def _from_paths(model: Any = "", config: Any = "", framework: Any = "", *_: Any, **__: Any) -> tuple[Any, Any] | None:
    first, second = (str(path).rpartition(".")[2] for path in (model, config))
    if str(framework).lower() != "darknet" and not EXTENSIONS & {first, second}:
        return None
    return (model, config) if first == "cfg" or second == "weights" else (config, model)


def _source(value: Any) -> Source | None:
    """A path, or bytes; None for nothing.  Raises DarknetError for what is neither."""
    if isinstance(value, BUFFERS):
        if isinstance(value, np.ndarray) and value.dtype != np.uint8:
            raise DarknetError(f"a buffer must be bytes or a uint8 array, not {value.dtype}")
        return bytes(value) or None
    if value is not None and not isinstance(value, str | os.PathLike):
        raise DarknetError(f"a network's file is given as its path or its bytes, not as {type(value).__name__}")
    return os.fspath(value) if value else None
