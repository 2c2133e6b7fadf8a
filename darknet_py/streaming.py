"""Pictures and frames that come one after the other, each with what a network finds in it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from threading import Event
from typing import TypeAlias

from . import feed, image
from .capture import AnySource, Every, Frame, FrameNumber, Item, frames, items_of, open_source, run
from .errors import DarknetError, ImageError
from .object_detection import ObjectDetection
from .results import Detections

__all__ = ["NotSeen", "Seen", "Streaming"]

Seen: TypeAlias = tuple[image.Picture, Detections]
NotSeen: TypeAlias = tuple[None, ImageError]
See: TypeAlias = Callable[[feed.Turns, Item], Seen | ImageError]


@dataclass(frozen=True)
class Streaming:
    """Each ``every``-th picture or frame, ``batch`` of them at the same time at most, those of folders in folders too if
    ``recursive``; a stream that is lost is tried again for ``reconnect`` seconds.  Raises DarknetError for other numbers."""

    every: int = 1
    batch: int | None = None
    recursive: bool = False
    reconnect: float = 60.0

    def __post_init__(self) -> None:
        for name, value in (("every", self.every), ("batch", self.batch)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise DarknetError(f"{name}={value!r} is not possible; it must be a whole number from 1")

    def each(
        self, net: ObjectDetection, source: AnySource, looking: feed.Looking, how: image.Reading, return_errors: bool
    ) -> Generator[Seen | NotSeen, None, None]:
        """See ``Network.stream``."""
        stop = Event()
        video = open_source(source, stop, self.reconnect)
        see = partial(feed.tried, partial(_seen, looking, how))
        if video is not None and video.live:
            results = run(Every(video, self.every), partial(_of_frame, net, see, video.name), stop)
        else:
            items = frames(video) if video else items_of(source, self.recursive)
            results = _of_items(net, items, self.every, see, self.batch)
        with closing(feed.in_turn(results, return_errors)) as answers:
            for seen in answers:
                if isinstance(seen, ImageError):
                    yield None, seen
                else:
                    yield seen
                    seen[1].forget_picture()


def _of_items(
    net: ObjectDetection, items: Generator[Item, None, None], every: int, see: See, most: int | None
) -> Generator[Seen | ImageError, None, None]:
    """Of pictures and of frames of videos, several at the same time."""
    with closing(items), closing(feed.each(net, islice(items, 0, None, every), see, most)) as results:
        yield from results


def _of_frame(net: ObjectDetection, see: See, name: str, frame: Frame) -> Seen | ImageError:
    """Of a frame of a camera, which has all threads."""
    item = Item(frame.picture, FrameNumber.of(frame.number, name, frame.time))
    return feed.one(net, item, see)


def _seen(looking: feed.Looking, how: image.Reading, turns: feed.Turns, item: Item) -> Seen:
    return feed.found(looking, how, turns, item.picture, item.source)
