"""Whatever pictures or frames come from → each of them, with what it is known by."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import numpy as np

from .. import image
from ..errors import VideoError
from ..files.addresses import is_address
from ..files.lists import PICTURES
from ..files.pictures import each_picture, place_of
from ..files.roles import VIDEOS, is_camera, is_video
from .sources import Source, open_camera, open_video

__all__ = ["AnySource", "FrameNumber", "Item", "frames", "items_of", "open_source"]

AnySource: TypeAlias = image.AnyPicture | int | Iterable[image.AnyPicture]
_NUMBERED = re.compile(r"%0?\d*d")


class FrameNumber(int):
    """The number of a frame, from 0, in the video or stream ``video``; ``time``: its own, in seconds.

    The time of a file's frame counts from the file's beginning, that of a stream's or camera's is ``time.monotonic()``.
    """

    video: str
    time: float

    @classmethod
    def of(cls, number: int, video: str, time: float) -> FrameNumber:
        frame = cls(number)
        frame.video, frame.time = video, time
        return frame


@dataclass(frozen=True)
class Item:
    """A picture, and what it is known by: its path, or its number among frames."""

    picture: Any
    source: str | os.PathLike[str] | int


def open_source(source: object, stop: Event, reconnect: float) -> Source | None:
    """The camera, by its number, or the video at an address; None for all else.  Raises VideoError."""
    if isinstance(source, (bool, np.bool_)):
        raise VideoError(f"{source} is no camera; give its number, from 0")
    if isinstance(source, (int, np.integer)):
        return open_camera(int(source), None, None, stop, reconnect)
    if not isinstance(source, (str, os.PathLike)):
        return None
    text = os.fspath(source)
    if is_camera(text):
        return open_camera(int(text), None, None, stop, reconnect)
    return open_video(text, stop, reconnect) if is_address(text) and not _is_picture(text) else None


def _is_picture(address: str) -> bool:
    """By its name or, where that leaves it open, by what is there: FFmpeg would take a picture for a stream that is lost."""
    suffix = Path(urlsplit(address).path).suffix.lower()
    return suffix in PICTURES or (suffix not in VIDEOS and image.sends_picture(address))


def frames(video: Source) -> Generator[Item, None, None]:
    """The frames of a video with an end, which is closed then, or when nobody wants more."""
    with closing(video):
        for number in count():
            if (frame := video.read()) is None:
                return
            yield Item(frame.picture, FrameNumber.of(number, video.name, frame.time))


def items_of(source: Any, recursive: bool) -> Generator[Item, None, None]:
    """The pictures and frames of all that is no camera and no stream.

    A path may be a picture, a video, numbered pictures (``img_%04d.jpg``), a folder, a pattern (``**/*.jpg``) or a list of
    paths; several may be given by anything that can be iterated, as may pictures in any form.
    Raises ImageError, VideoError, DatasetError.
    """
    if isinstance(source, (str, os.PathLike)):
        yield from _of_word(source, recursive)
    elif image.is_one(source):
        yield Item(source, 0)
    else:
        for number, item in enumerate(source):
            if isinstance(item, (str, os.PathLike)):
                yield from _of_word(item, recursive)
            elif isinstance(item, (int, np.integer)):
                raise VideoError(f"camera {item} among other sources, which would wait for it for ever; give it alone")
            else:
                yield Item(item, number)


def _of_word(word: str | os.PathLike[str], recursive: bool) -> Iterator[Item]:
    text = os.fspath(word)
    for path in each_picture([place_of(text, recursive, PICTURES | VIDEOS)]):
        if (video := _video(path)) is not None:
            yield from frames(video)
        else:
            yield Item(path, word if path == text else path)


def _video(path: str) -> Source | None:
    """The video with an end that a path or an address stands for; None for a picture.  Raises VideoError."""
    numbered = _NUMBERED.search(path) and not os.path.lexists(path)
    video = open_video(path, Event(), 0) if numbered or is_video(path) else open_source(path, Event(), 0)
    if video is not None and video.live:
        video.close()
        raise VideoError(f"{video.name}: a stream without an end among other sources; give it alone")
    return video
