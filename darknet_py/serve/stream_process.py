"""A process of its own for each stream of a service: a source's frames through a network, boxes and pictures to the front.

Through its standard input it gets what to watch and then, each time that changes, which pictures are wanted; with the
input's end it ends, as when the front was killed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from .. import capture, feed, output
from ..capture.played import Played
from ..capture.sources import DELAYS
from ..drawing import Style
from ..errors import DarknetError, VideoError
from ..files.names import numbered
from ..files.roles import is_camera
from ..network import Network
from ..output.formats import json_line
from ..store import Model
from ..video.detector import DetectedFrame, Detector, tracker_of
from ..video.outputs import MJPEG_QUALITY, Shown
from . import wire
from .settings import Settings

__all__ = ["Seen", "Told", "Watch", "main", "open_source"]

PLAIN_QUALITY = 75  # of pictures that are looked at closely
JPEG = "frame.jpg"
log = logging.getLogger("darknet_py")


@dataclass(frozen=True)
class Watch:
    """``source``: the number of a camera, a path or an address; ``track``: number objects; ``style``: of what is drawn;
    ``frame_id``: of the last frame before the first.
    """

    source: str
    model: Model
    settings: Settings
    track: bool = False
    style: Style | None = None
    frame_id: int = 0


@dataclass(frozen=True)
class Seen:
    """A frame: its number, its size, what is in it as a line of JSON; as a JPEG, ``drawn`` and ``plain``, where wanted."""

    frame_id: int
    size: tuple[int, int]
    line: bytes
    drawn: bytes = b""
    plain: bytes = b""


@dataclass(frozen=True)
class Told:
    """How a stream is: ``starting``, ``running`` or ``lost``, and why."""

    state: str
    error: str = ""


def main() -> None:
    """The process."""
    front = _Front()
    wanted = front.order()
    threading.Thread(target=front.hear, daemon=True).start()
    try:
        _Watching(wanted, front).run()
    except DarknetError as e:
        log.error("%s", e)
    finally:
        if fault := sys.exc_info()[1]:
            log.error("a fault of the stream's process", exc_info=fault)
        os._exit(1)  # the thread that hears waits for ever


class _Front(wire.Front):
    """``wants``: pictures, drawn and plain ones."""

    wants = (False, False)

    def __init__(self) -> None:
        super().__init__()
        logging.captureWarnings(True)
        logging.getLogger().addHandler(self)

    def hear(self) -> None:
        with contextlib.suppress(EOFError):
            while True:
                self.wants = self.order()
        os._exit(0)  # a camera that hangs would not let it end


def open_source(source: str, stop: threading.Event) -> capture.Source:
    """Frames as they come: a file's again and again, in its own time.  Raises VideoError, also where there are none yet."""
    if is_camera(source):
        return capture.open_camera(int(source), None, None, stop, 0)
    open_again = partial(capture.open_video, source, stop, 0)
    video = open_again()
    return video if video.live else Played(video, open_again, stop)


class _Watching:
    """``tries``: to have frames since the last one that came."""

    def __init__(self, wanted: Watch, front: _Front) -> None:
        self.wanted, self.front, self.frame_id = wanted, front, wanted.frame_id
        self.tries = 0
        self.detector: Detector | None = None

    def run(self) -> None:
        """Watch the source, again where it is lost.  Raises DarknetError for a network that cannot be loaded."""
        model = self.wanted.model
        net = Network.load(model.cfg, model.weights, names=model.names, **self.wanted.settings.loading())
        while True:
            try:
                self._watch(net)
                problem = "its source sends no more"
            except VideoError as e:
                problem = str(e)
            self.front.tell(Told("lost", problem))
            time.sleep(DELAYS[min(self.tries, len(DELAYS) - 1)])
            self.tries += 1

    def _watch(self, net: Network) -> None:
        """To the source's end.  Raises VideoError."""
        stop = threading.Event()  # ``capture.run`` sets it where reading fails
        source = open_source(self.wanted.source, stop)
        if self.detector is None:
            settings = self.wanted.settings
            looking = feed.Looking(settings.thresh, settings.nms, settings.letter_box)
            tracker = tracker_of(net, source.fps, settings.thresh) if self.wanted.track else None
            self.detector = Detector(net, looking, tracker)
        names = numbered(net.names, max(head.classes for _, head in net.heads))
        with closing(capture.run(source, self.detector, stop)) as frames:
            for detected in frames:
                self.tries = 0
                self._show(detected, names)

    def _show(self, detected: DetectedFrame, names: Sequence[str]) -> None:
        self.frame_id += 1
        shown = Shown(self.frame_id, detected, names, self.wanted.settings.thresh, True, self.wanted.style)
        taken = time.time() - (time.monotonic() - detected.frame.time)
        line = json_line(replace(shown.frame, time=taken)).strip().encode()
        wants_drawn, wants_plain = self.front.wants
        drawn = output.encoded(shown.picture, JPEG, MJPEG_QUALITY) if wants_drawn else b""
        plain = output.encoded(detected.frame.picture, JPEG, PLAIN_QUALITY) if wants_plain else b""
        self.front.tell(Seen(self.frame_id, (shown.frame.width, shown.frame.height), line, drawn, plain))
