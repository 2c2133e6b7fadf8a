"""darknet.py's networks: loaded, run, asked for their size.   C: parser.c, network.c

What the reference's functions call a network is a ``NetworkHandle`` here.  Several threads may use one: each finds what it
predicted itself.
"""

from __future__ import annotations

import ctypes as ct
import logging
import threading
import warnings
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ... import cfg
from ...boxes.table import Boxes
from ...engine_api.options import NumericsName
from ...errors import CfgError, DarknetError, DarknetWarning, ShapeError
from ...image import Fit, size_of
from ...network import Network
from .detections import Color, class_colors
from .pictures import AnyPath, Picture, path_of, planes
from .structures import METADATA, Array, FloatPtr, floats, new_metadata

__all__ = [
    "LoadOptions", "NetworkHandle", "choose", "free_network_ptr", "free_ptrs", "handle_of", "init_cpu", "load_meta",
    "load_names", "load_net", "load_net_custom", "load_network", "network_height", "network_predict", "network_width",
    "predict", "predict_image", "predict_image_letterbox", "predict_image_outputs", "predict_pictures", "reset_rnn",
    "set_gpu",
]  # fmt: skip

Outputs = list[Array]  # of the detection layers, for one picture

_log = logging.getLogger(__name__)


class LoadOptions(NamedTuple):
    """What ``Network.load`` gets besides the files."""

    numerics: NumericsName = "exact"
    threads: int | None = None
    size: tuple[int, int] | None = None
    avx_maxpool: bool = False
    names_encoding: str | None = None
    engine: str = "native"


_options = LoadOptions()


def choose(options: LoadOptions) -> None:
    """How this process loads networks from now on: darknet.py's own functions have no arguments for it."""
    global _options  # noqa: PLW0603
    _options = options


@dataclass(eq=False)
class NetworkHandle:
    """A loaded network, its batch size, the classes that it shall not report, and what it last predicted."""

    network: Network
    batch: int = 1
    skipped: frozenset[int] = frozenset()
    latest: list[Outputs] = field(default_factory=list, repr=False)
    own: threading.local = field(default_factory=threading.local, repr=False)

    def remember(self, outputs: list[Outputs]) -> list[Outputs]:
        """Keep the outputs of each picture of a batch for who asks for boxes later."""
        self.latest = self.own.outputs = outputs
        return outputs

    def free(self) -> None:
        """Let go of the network and of what it predicted."""
        del self.network
        self.latest, self.own = [], threading.local()

    def outputs(self) -> Outputs:
        """What this thread predicted last, or else any thread; of a batch the first picture."""
        known: list[Outputs] = getattr(self.own, "outputs", self.latest)
        if not known:
            raise DarknetError("the network has predicted nothing yet; call predict_image before asking for boxes")
        return known[0]

    def boxes(self, outputs: Outputs, fit: Fit, thresh: float) -> Boxes:
        """Boxes before suppression, relative to the picture, without skipped classes."""
        boxes = self.network.boxes(outputs, fit, thresh)
        boxes.probs[:, [j for j in self.skipped if j < boxes.classes]] = 0
        return boxes


def handle_of(network: Any) -> NetworkHandle:
    """The handle in what a script has: hank-ai's load_network returns the network alone, AlexeyAB's a tuple with it."""
    handle = network[0] if isinstance(network, tuple) and network else network
    if not isinstance(handle, NetworkHandle):
        raise DarknetError(f"a network is needed, as load_network returns it, not {type(network).__name__}")
    if not hasattr(handle, "network"):
        raise DarknetError("the network was freed; load it again")
    return handle


def load_net_custom(config: AnyPath, weights: AnyPath, clear: int = 0, batch: int = 1) -> NetworkHandle:
    """Read a network for batches of ``batch`` pictures.  Raises DarknetError.  ``clear`` concerns training only."""
    if batch < 1:
        raise DarknetError(f"batch_size={batch} is not possible; it must be at least 1")
    network = Network.load(path_of(config), path_of(weights), names=(), **_options._asdict())
    if _log.isEnabledFor(logging.DEBUG):
        _log.debug("%s", network.summary())
    return NetworkHandle(network, batch)


def load_net(config: AnyPath, weights: AnyPath, clear: int = 0) -> NetworkHandle:
    """Read a network for single pictures."""
    return load_net_custom(config, weights, clear)


def load_network(
    config_file: AnyPath, data_file: AnyPath, weights: AnyPath, batch_size: int = 1
) -> tuple[NetworkHandle, list[str], dict[str, Color]]:
    """(network, class names, a colour for each).  ``data_file``: .data or .names.  Raises DarknetError.

    hank-ai's function returns the network alone; so that its callers run too, every function that takes a network takes
    this tuple as well.
    """
    names = load_names(data_file)
    handle = load_net_custom(config_file, weights, 0, batch_size)
    if len(names) != handle.network.classes:
        message = f"{path_of(data_file)}: {len(names)} class names for a network of {handle.network.classes} classes"
        warnings.warn(f"{message}; what has no counterpart is left out", DarknetWarning, stacklevel=2)
    return handle, names, class_colors(names)


def load_meta(file: AnyPath) -> METADATA:
    """Class names of a .data file, as bytes; where it has no classes=, all of them.   C: option_list.c get_metadata"""
    names = load_names(file)
    return new_metadata(len(names), names)


def load_names(file: AnyPath) -> list[str]:
    """As many class names as a .data file says, or all of a .names file.  Raises CfgError when there are fewer."""
    path, encoding = path_of(file), _options.names_encoding
    if path.endswith(".names"):
        return cfg.read_names(path, encoding)
    names = cfg.read_names(cfg.names_file(path), encoding)
    classes = cfg.atoi(cfg.read_data(path).get("classes", str(len(names))))
    if classes > len(names):
        raise CfgError(f"{path}: classes={classes}, but its names= has {len(names)}; fix either")
    return names[:classes]


def network_width(net: Any) -> int:
    """Of the network's input, in pixels."""
    return handle_of(net).network.width


def network_height(net: Any) -> int:
    """Of the network's input, in pixels."""
    return handle_of(net).network.height


def predict(net: Any, x: Any) -> Any:
    """Run the network on its input: a pointer to, or an array of, ``batch`` times (c, h, w) float32 in [0, 1].

    Returns a pointer to the outputs of the last layer.   C: network.c network_predict_ptr
    """
    handle = handle_of(net)
    return _last_layer(predict_pictures(handle, x, handle.batch))


network_predict = predict


def predict_image(net: Any, im: Picture) -> Any:
    """Run the network on a picture of any size, resized; returns a pointer to the outputs of the last layer."""
    return _last_layer([predict_image_outputs(handle_of(net), im, letter=False)[0]])


def predict_image_letterbox(net: Any, im: Picture) -> Any:
    """``predict_image`` with the picture's proportions kept."""
    return _last_layer([predict_image_outputs(handle_of(net), im, letter=True)[0]])


def predict_pictures(handle: NetworkHandle, x: Any, count: int) -> list[Outputs]:
    """The outputs for each of ``count`` pictures that lie one after the other in ``x``, see ``predict``."""
    shape = (count, *handle.network.graph.net.shape)
    heads = handle.network.predict(_input(x, shape))
    return handle.remember([list(outputs) for outputs in zip(*heads, strict=True)])


def predict_image_outputs(handle: NetworkHandle, im: Picture, letter: bool | None) -> tuple[Outputs, Fit]:
    """The outputs for a picture of any size, and how it went in: letterboxed, resized, None: as [net] says."""
    network = handle.network
    x = planes(im, network.graph.net.channels)
    fit = network.fit(size_of(x), letter)
    (outputs,) = handle.remember([network.predict(fit.input(x))])
    return outputs, fit


def _input(x: Any, shape: tuple[int, ...]) -> Array:
    size = int(np.prod(shape))
    if not isinstance(x, np.ndarray):
        try:
            pointer = ct.cast(FloatPtr.from_param(x), FloatPtr)
        except TypeError as e:
            raise ShapeError(f"the network takes a pointer to float32 or an array of it, not {type(x).__name__}") from e
        return floats(pointer, getattr(x, "_arr", x), size).reshape(shape)
    if x.size != size or not np.issubdtype(x.dtype, np.floating):
        raise ShapeError(f"the network takes float32 of shape {shape} with values from 0 to 1, not {x.dtype} of {x.shape}")
    return np.ascontiguousarray(x, np.float32).reshape(shape)


def _last_layer(outputs: list[Outputs]) -> Any:
    """C: network.c get_network_output"""
    return np.stack([heads[-1] for heads in outputs]).ctypes.data_as(FloatPtr)


def free_network_ptr(net: Any) -> None:
    """Let go of a network; without this it goes with its last reference."""
    handle_of(net).free()


def free_ptrs(ptrs: Any, n: int) -> None:
    """Nothing to do: memory goes with its last reference."""


def set_gpu(n: int) -> None:
    """Nothing to do: there is no GPU to choose."""


def init_cpu() -> None:
    """Nothing to do: kernels are compiled when a network is loaded."""


def reset_rnn(net: Any) -> None:
    """Nothing to do: networks with a memory are not supported, and do not load."""
