"""Sets of pictures, as .data files list them, through a network: what map, valid and recall share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from .. import feed
from ..boxes.table import Boxes
from ..errors import PATH, ImageError, printable
from ..files.samples import Sample, samples
from ..image import Reading, enough_memory
from ..network import Network
from .progress import Progress, progress

__all__ = ["View", "views", "with_labels"]


@dataclass(frozen=True)
class View:
    """What a network sees in a picture: (width, height) and its boxes, None when it cannot be read."""

    path: str
    size: tuple[int, int] | None
    rows: Boxes | None


def with_labels(pictures: Sequence[str], difficult: Sequence[str] = (), classes: int | None = None) -> list[Sample]:
    """``samples``, after telling of label files that are not there, in the reference's words.   C: data.c read_boxes"""
    with progress(len(pictures), "label file") as shown:
        found = samples(pictures, difficult, classes, shown.step)
    for path in (path for sample in found for path in sample.missing):
        print(f"Can't open label file. (This can be normal only if you use MSCOCO): {printable(path, PATH)} ")
    return found


@contextmanager
def views(
    net: Network, paths: Sequence[str], how: Reading, letter_box: bool | None = None, bar: bool = True, **options: Any
) -> Iterator[Iterator[View]]:
    """Each picture in order, through the network; those that cannot be read are reported on stderr.

    ``options``: of ``Network.rows``.  ``bar``: show progress, where there is a terminal.
    """
    see = partial(_seen, partial(net.fit, letter_box=letter_box), how, options)
    with progress(len(paths), shown=bar) as shown, closing(feed.each(net, paths, see)) as source:
        yield _viewed(paths, source, shown)


def _viewed(paths: Sequence[str], source: Iterator[View | ImageError], shown: Progress) -> Iterator[View]:
    for path, seen in zip(paths, source):
        if isinstance(seen, ImageError):
            shown.complain(seen)
        yield View(path, None, None) if isinstance(seen, ImageError) else seen
        shown.step()


def _seen(fits: feed.Fits, how: Reading, options: dict[str, Any], turns: feed.Turns, path: str) -> View | ImageError:
    try:
        with enough_memory(path):
            loaded = feed.load(turns.net, path, fits, how)
            outputs, _ = turns.timed(turns.net.predict, loaded.x)
            return View(path, loaded.size, turns.net.rows(outputs, loaded.fit, **options))
    except ImageError as e:
        return e
