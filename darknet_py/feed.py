"""Many pictures through a network: reading, fitting, the network and what follows, of several pictures at the same time.

Where the network is small each picture is computed on a thread of its own, else by all threads, one picture after the
other; the bits are the same.  Results come in order, and only so many pictures are taken ahead of them.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import CancelledError
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
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
from .results import Detections, Source

__all__ = [
    "AnyPicture", "Fits", "Loaded", "Looking", "Turns", "check_several", "each", "found", "in_turn", "load", "one",
    "tried",
]  # fmt: skip

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

    ``most``: pictures at a time, if that is fewer.  ``net`` computes nothing but within ``timed``.
    """

    def __init__(self, net: ObjectDetection, several: bool = True, most: int | None = None) -> None:
        self.places = min(net.batch, most or net.batch) if several else 1
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


def each(
    net: ObjectDetection, items: Iterable[T], see: Callable[[Turns, T], R], most: int | None = None
) -> Generator[R, None, None]:
    """``see`` of each item in order, of several, ``most`` of them, at the same time; see ``ahead``."""
    turns = Turns(net, most=most)
    threads = turns.places + min(most or MOST_LOADERS, MOST_LOADERS, cpu_count())
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


def load(
    net: ObjectDetection, source: AnyPicture, fits: Fits, how: image.Reading = AS_STORED, name: str = ""
) -> Loaded:
    """A picture, whatever it is given as, and fitted to the network as ``fits`` says of its size.  Raises ImageError, which
    calls it by its ``name``."""
    channels = net.graph.net.channels
    image.check_channels(channels, net.graph.net.where)
    picture = image.from_any(source, how, channels in (2, 4), name)
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
        return self._found(net, outputs, loaded), seconds

    def candidates(self, turns: Turns, loaded: Loaded, least: float) -> tuple[Boxes, Boxes, float]:
        """``rows``, all boxes above ``least`` before suppression, and the seconds; of tiles each is computed for both."""
        net = turns.net
        if self.tile is not None:
            rows, seconds = self.rows(turns, loaded)
            every, more = replace(self, thresh=least, nms=0, selection=ALL).rows(turns, loaded)
        else:
            outputs, seconds = turns.timed(net.outputs, loaded.x)
            rows, more = self._found(net, outputs, loaded), 0.0
            every = net.boxes(outputs, loaded.fit, least)
        return rows, self.selection.of_classes(every), seconds + more

    def _found(self, net: ObjectDetection, outputs: Sequence[Planes], loaded: Loaded) -> Boxes:
        return net.rows(outputs, loaded.fit, self.thresh, self.nms, nms_kind=self.nms_kind, selection=self.selection)


def check_several(pictures: object, caller: str, one: str = "") -> None:
    """``one``: what to do with one picture.  Raises ImageError for what is not several."""
    if image.is_one(pictures):
        raise ImageError(f"{caller} takes many pictures, such as a list of paths, not {type(pictures).__name__}; {one}"
                         'those of a folder are sorted(pathlib.Path(folder).glob("*.jpg"))')  # fmt: skip


def found(
    looking: Looking, how: image.Reading, turns: Turns, picture: AnyPicture, source: Source = 0, keep: bool = True,
    name: str = "",
) -> tuple[image.Picture, Detections]:  # fmt: skip
    """A picture (h, w, 3) BGR uint8, and what is found in it.  Raises ImageError.

    ``source``: how it is known; ``name``: what messages call it, if not by that; ``keep``: whether the Detections have its
    pixels, which those of a file read again where they are wanted.
    """
    name = name or image.name_of(picture, source if isinstance(source, int) else None)
    with image.enough_memory(name):
        loaded = load(turns.net, picture, looking.fits(turns.net), how, name)
        rows, _ = looking.rows(turns, loaded)
        detections = listed(rows, looking.thresh, turns.net.names, loaded.size)
    bgr = np.ascontiguousarray(loaded.bgr)
    kept = bgr if keep and not image.is_file(picture) else None
    return bgr, Detections(detections, *loaded.size, source, picture=kept, exif=bool(how.exif), file=image.file_of(picture))


def tried(see: Callable[[Turns, T], R], turns: Turns, item: T) -> R | ImageError:
    """``see`` of an item, or its error, for the caller to raise in its turn."""
    try:
        return see(turns, item)
    except ImageError as e:
        return e


def in_turn(results: Generator[R | ImageError, None, None], return_errors: bool) -> Generator[R | ImageError, None, None]:
    """Results, of which errors are raised in their turn unless they are to be returned."""
    with closing(results):
        for result in results:
            if isinstance(result, ImageError) and not return_errors:
                raise result
            yield result

