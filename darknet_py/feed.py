"""Picture files → a network's inputs, loaded by threads while the network runs on the ones before."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from . import image
from ._support import forks
from ._support.machine import cpu_count
from .errors import ImageError
from .network import Network

__all__ = ["Loaded", "ahead", "load", "loaded"]

AS_STORED = image.Reading()
LARGE = 1 << 26  # bytes of a picture, whose float32 take four times as much
_one_at_a_time = forks.lock(sys.modules[__name__], "_one_at_a_time")
MOST_LOADERS = 4  # as many as the reference has
Planes = npt.NDArray[np.float32]
Fits = Callable[[image.Size], image.Fit]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Loaded:
    """A picture (h, w, 3) uint8 BGR, and as the network's input float32 (c, net h, net w), which it went into by ``fit``."""

    path: str
    picture: npt.NDArray[np.uint8]
    x: Planes
    fit: image.Fit

    @property
    def size(self) -> image.Size:
        """(width, height) of the picture."""
        return self.fit.picture_size


def load(net: Network, path: str, fits: Fits, how: image.Reading = AS_STORED) -> Loaded | ImageError:
    """Read a picture and fit it to the network, as ``fits`` says of its size; the error, where that cannot be, for the
    caller to report or raise."""
    channels = net.graph.net.channels
    try:
        with image.enough_memory(path):
            picture = image.read_image(path, *how, alpha=channels in (2, 4))
            fit = fits((picture.shape[1], picture.shape[0]))
            with _one_at_a_time if picture.size > LARGE else nullcontext():
                x = fit.input(image.from_array(picture, channels))
            return Loaded(path, picture[..., :3], x, fit)
    except ImageError as e:
        return e


def loaded(
    net: Network, paths: Iterable[str], fits: Fits, how: image.Reading = AS_STORED
) -> Generator[Loaded | ImageError]:
    """``load`` for each path in order, some of them ahead of their time."""
    loaders = min(MOST_LOADERS, cpu_count())
    return ahead(partial(load, net, fits=fits, how=how), paths, loaders, loaders + net.batch)


def ahead(function: Callable[[T], R], items: Iterable[T], threads: int, most: int) -> Generator[R]:
    """``function`` of each item in order, computed by ``threads`` for up to ``most`` items before they are asked for."""
    pool = ThreadPoolExecutor(threads, "darknet_py-load")
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
