"""Pictures one after the other: frames of videos, cameras and network streams, and what folders, patterns and lists name.

    source ──read──▶ frames ──run──▶ what is made of each, while the caller works on the one before

A file loses no frame.  A live source never waits: whoever is slower than it gets its newest frame.
"""

from __future__ import annotations

from .items import AnySource, FrameNumber, Item, frames, items_of, open_source
from .pipeline import run
from .sources import Every, Frame, Source, open_camera, open_video

__all__ = [
    "AnySource", "Every", "Frame", "FrameNumber", "Item", "Source", "frames", "items_of", "open_camera", "open_source",
    "open_video", "run",
]  # fmt: skip
