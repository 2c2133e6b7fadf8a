"""Many pictures through a network: reading, fitting, the network and what follows, of several pictures at the same time.

Where the network is small each picture is computed on a thread of its own, else by all threads, one picture after the
other; the bits are the same.  Results come in order, and only so many pictures are taken ahead of them.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import CancelledError
from contextlib import closing, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from . import image
from ._support import forks
from ._support.ahead import ahead
from ._support.machine import cpu_count
from .boxes.detection import listed
from .boxes.selection import ALL, Selection
from .boxes.table import Boxes
from .boxes.thresholds import NMS, THRESH
from .errors import ImageError
from .object_detection import ObjectDetection
from .results import Detections

__all__ = ["AnyPicture", "Fits", "Loaded", "Looking", "Turns", "check_several", "detections", "each", "load", "one"]

AS_STORED = image.Reading()
LARGE = 1 << 26  # bytes of a picture, whose float32 take four times as much
_one_at_a_time = forks.lock(sys.modules[__name__], "_one_at_a_time")
MOST_LOADERS = 4  # as many as the reference has, beside the threads that are in the network
Planes = npt.NDArray[np.float32]
Fits: TypeAlias = Callable[[image.Size], image.Fit]
AnyPicture: TypeAlias = image.AnyPicture
T = TypeVar("T")
R = TypeVar("R")


class Turns:
    """A network that several threads use, as many pictures at a time as suits it; not ``several``: one, on all its threads.

    ``net`` computes nothing but within ``timed``.
    """

    def __init__(self, net: ObjectDetection, several: bool = True) -> None:
        self.places = net.batch if several else 1
        self.net = net.alone() if self.places > 1 else net
        self._free = threading.Semaphore(self.places)
        self._closed = False

    def timed(self, function: Callable[..., R], *arguments: Any) -> tuple[R, float]:
        """What the function gives when it is this thread's turn, and the seconds that it took."""
        with self._free:
            if self._closed:
                raise CancelledError
            start = time.perf_counter()
            return function(*arguments), time.perf_counter() - start

    def close(self) -> None:
        """Nobody waits for what is to come: those whose turn has not come get a CancelledError."""
        self._closed = True


def each(net: ObjectDetection, items: Iterable[T], see: Callable[[Turns, T], R]) -> Generator[R, None, None]:
    """``see`` of each item in order, of several at the same time; see ``ahead``."""
    turns = Turns(net)
    threads = turns.places + min(MOST_LOADERS, cpu_count())
    return ahead(partial(see, turns), items, threads, 2 * threads, turns.close)


def one(net: ObjectDetection, item: T, see: Callable[[Turns, T], R]) -> R:
    """``see`` of an item that there is no other beside: the network has all its threads for it."""
    return see(Turns(net, several=False), item)


@dataclass(frozen=True)
class Loaded:
    """A picture (h, w, channels) BGR, and the network's input float32 (c, net h, net w), which it went into by ``fit``."""

    picture: image.Picture
    x: Planes
    fit: image.Fit

    @property
    def bgr(self) -> image.Picture:
        """The picture without alpha, (h, w, 3) uint8."""
        return self.picture[..., :3]

    @property
    def size(self) -> image.Size:
        """(width, height) of the picture."""
        return self.fit.picture_size


def load(net: ObjectDetection, source: AnyPicture, fits: Fits, how: image.Reading = AS_STORED) -> Loaded:
    """A picture, whatever it is given as, and fitted to the network as ``fits`` says of its size.  Raises ImageError."""
    channels = net.graph.net.channels
    image.check_channels(channels, net.graph.net.where)
    picture = image.from_any(source, how, alpha=channels in (2, 4))
    fit = fits((picture.shape[1], picture.shape[0]))
    with _one_at_a_time if picture.size > LARGE else nullcontext():
        return Loaded(picture, fit.input_of(picture, channels), fit)


class _Whole(image.Fit):
    """A picture of its own size, as it is, for tiles."""

    def __init__(self, size: image.Size) -> None:
        super().__init__(size, size)

    def input_of(self, picture: image.AnyArray | None, channels: int = 3) -> Planes:
        return image.from_array(picture, channels)


@dataclass(frozen=True)
class Looking:
    """What is looked for in pictures, and how; see ``ObjectDetection.detect``, ``tiled_rows`` and ``rows``."""

    thresh: float = THRESH
    nms: float = NMS
    letter_box: bool | None = None
    tile: int | None = None
    overlap: float = 0.2
    nms_kind: str | None = None
    selection: Selection = ALL

    def fits(self, net: ObjectDetection) -> Fits:
        """How pictures go into the network; for tiles they stay what they are."""
        if self.tile is not None:
            return _Whole
        return net.fit if self.letter_box is None else partial(net.fit, letter_box=self.letter_box)

    def rows(self, turns: Turns, loaded: Loaded) -> tuple[Boxes, float]:
        """The boxes in a picture, and the seconds that the network took; of tiles with all that is done with them."""
        net = turns.net
        if self.tile is not None:
            return turns.timed(
                net.tiled_rows, loaded.x, self.tile, self.overlap, self.thresh, self.nms, self.letter_box, self.selection
            )  # fmt: skip
        outputs, seconds = turns.timed(net.outputs, loaded.x)
        found = partial(net.rows, nms_kind=self.nms_kind, selection=self.selection)
        return found(outputs, loaded.fit, self.thresh, self.nms), seconds


def check_several(pictures: object, caller: str, one: str = "") -> None:
    """``one``: what to do with one picture.  Raises ImageError for what is not several."""
    if image.is_one(pictures):
        raise ImageError(f"{caller} takes many pictures, such as a list of paths, not {type(pictures).__name__}; {one}"
                         'those of a folder are sorted(pathlib.Path(folder).glob("*.jpg"))')  # fmt: skip


def detections(
    net: ObjectDetection, pictures: Iterable[AnyPicture], looking: Looking, how: image.Reading, return_errors: bool
) -> Generator[Detections | ImageError, None, None]:
    """See ``Network.detect_many``.  Raises ImageError for what is not several pictures."""
    check_several(pictures, "detect_many", "one is for detect, ")
    return _in_turn(each(net, enumerate(pictures), partial(_detections, looking, how)), return_errors)


def _in_turn(
    results: Generator[Detections | ImageError, None, None], return_errors: bool
) -> Generator[Detections | ImageError, None, None]:
    with closing(results):
        for result in results:
            if isinstance(result, ImageError) and not return_errors:
                raise result
            yield result


def _detections(
    looking: Looking, how: image.Reading, turns: Turns, numbered: tuple[int, AnyPicture]
) -> Detections | ImageError:
    """Of a picture that comes with its number; the error, for the caller to raise."""
    number, picture = numbered
    path = image.path_of(picture)
    try:
        with image.enough_memory(image.name_of(picture, number)):
            loaded = load(turns.net, picture, looking.fits(turns.net), how)
            rows, _ = looking.rows(turns, loaded)
            found = listed(rows, looking.thresh, turns.net.names, loaded.size)
            return Detections(found, *loaded.size, number if path is None else path, exif=bool(how.exif))
    except ImageError as e:
        return e
