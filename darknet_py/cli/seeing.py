"""What is done with a picture while others are printed: it is read, goes through the network, and is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from .. import feed, output
from ..boxes.table import Boxes
from ..drawing.heat import LEAST
from ..errors import ImageError, OutputError
from ..image import Picture, Planes, Reading, Size, enough_memory
from .picture_files import Asked
from .picture_options import PictureOptions

__all__ = ["Drawing", "Seeing", "Seen", "drawing", "write_drawing"]

Drawing: TypeAlias = bytes | OutputError | None
"""A drawn picture as its file's bytes, or why there are none; None: none is asked for."""


def drawing(target: Path | None, draw: Callable[[], Picture]) -> Drawing:
    """What is to be written into a file."""
    if target is None:
        return None
    try:
        return output.encoded(draw(), target)
    except OutputError as e:
        return e


def write_drawing(target: Path | None, drawn: Drawing) -> None:
    """Write it, if there is one.  Raises OutputError."""
    if isinstance(drawn, OutputError):
        raise drawn
    if target is not None and drawn is not None:
        output.write(target, drawn)


@dataclass(frozen=True)
class Seen:
    """The boxes in a picture of ``size``, and the seconds that the network took.

    ``x``: the picture as the network got it, where its layers are to be timed; ``crops``: the class of each box and what
    is in it.
    """

    size: Size
    rows: Boxes
    seconds: float
    drawing: Drawing = None
    x: Planes | None = None
    crops: Sequence[tuple[str, Drawing]] = ()


@dataclass(frozen=True)
class Seeing:
    """How pictures are read, what is looked for in them, and how it is drawn."""

    how: Reading
    looking: feed.Looking
    names: Sequence[str]
    options: PictureOptions

    def __call__(self, turns: feed.Turns, asked: Asked) -> Seen | ImageError | OutputError | None:
        """Of one picture; what cannot be done is given back, to be told in its turn.  None: it is passed over."""
        if asked.held:
            return None
        if asked.error:
            return asked.error
        try:
            with enough_memory(asked.path):
                return self._seen(turns, asked)
        except ImageError as e:
            return e

    def _seen(self, turns: feed.Turns, asked: Asked) -> Seen:
        loaded = feed.load(turns.net, asked.picture, self.looking.fits(turns.net), self.how, asked.path)
        rows, candidates, seconds = self._found(turns, loaded, asked.targets.drawn is not None)
        x = loaded.x if self.options.benchmark_layers else None
        drawn = drawing(asked.targets.drawn, lambda: self._draw(loaded, rows, candidates))
        return Seen(loaded.size, rows, seconds, drawn, x, self._crops(asked, loaded, rows) if asked.targets.crops else ())

    def _found(self, turns: feed.Turns, loaded: feed.Loaded, drawn: bool) -> tuple[Boxes, Boxes | None, float]:
        """The boxes, all that there are before suppression where they are drawn as heat, and the seconds."""
        if drawn and self.options.style.made.form == "heatmap":
            return self.looking.candidates(turns, loaded, LEAST)
        rows, seconds = self.looking.rows(turns, loaded)
        return rows, None, seconds

    def _draw(self, loaded: feed.Loaded, rows: Boxes, candidates: Boxes | None) -> Picture:
        if candidates is not None:
            return output.draw_heat(loaded.bgr, candidates, self.names, self.options.style.made)
        return output.draw_detections(loaded.bgr, rows, self.names, self.looking.thresh, style=self.options.style.made)

    def _crops(self, asked: Asked, loaded: feed.Loaded, rows: Boxes) -> list[tuple[str, Drawing]]:
        file = Path(f"{asked.path}.{self.options.folders.drawn}")  # of which only the suffix counts
        found = output.crops(loaded.bgr, rows, self.names, self.looking.thresh)
        return [(name, drawing(file, partial(np.ascontiguousarray, crop))) for name, crop in found]
