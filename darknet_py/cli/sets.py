"""Sets of pictures, as .data files list them, through a network: what map, valid and recall share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from .. import feed
from ..boxes.table import Boxes
from ..errors import PATH, ImageError, printable
from ..files.samples import Sample
from ..image import Reading, enough_memory
from ..network import Network
from .progress import progress

__all__ = ["View", "report_missing", "views"]


@dataclass(frozen=True)
class View:
    """What a network sees in a picture: (width, height) and its boxes, None when it cannot be read."""

    path: str
    size: tuple[int, int] | None
    rows: Boxes | None


def report_missing(samples: Iterable[Sample]) -> None:
    """Label files that are not there, in the reference's words.   C: data.c read_boxes"""
    for path in (path for sample in samples for path in sample.missing):
        print(f"Can't open label file. (This can be normal only if you use MSCOCO): {printable(path, PATH)} ")


def views(
    net: Network, paths: Sequence[str], how: Reading, letter_box: bool | None = None, bar: bool = True, **options: Any
) -> Iterator[View]:
    """Each picture in order, through the network; those that cannot be read are reported on stderr.

    ``options``: of ``Network.rows``.  ``bar``: show progress, where there is a terminal.
    """
    fits = partial(net.fit, letter_box=letter_box)
    with progress(len(paths), shown=bar) as shown, closing(feed.loaded(net, paths, fits, how)) as source:
        for path, (loaded, outputs) in zip(paths, _predicted(net, source)):
            try:
                if isinstance(loaded, ImageError):
                    raise loaded
                with enough_memory(path):
                    view = View(path, loaded.size, net.rows(outputs, loaded.fit, **options))
            except ImageError as e:
                shown.complain(e)
                view = View(path, None, None)
            yield view
            shown.step()


def _predicted(
    net: Network, source: Iterator[feed.Loaded | ImageError]
) -> Iterator[tuple[feed.Loaded | ImageError, list[np.ndarray]]]:
    """Pictures with the outputs of the heads, as many at once as suits the network."""
    while chunk := list(islice(source, net.batch)):
        good = [loaded for loaded in chunk if isinstance(loaded, feed.Loaded)]
        try:
            with enough_memory(", ".join(loaded.path for loaded in good)):
                outputs = zip(*net.predict(np.stack([loaded.x for loaded in good]))) if good else iter(())
        except ImageError as e:
            yield from ((loaded if isinstance(loaded, ImageError) else e, []) for loaded in chunk)
            continue
        for loaded in chunk:
            yield loaded, [] if isinstance(loaded, ImageError) else list(next(outputs))
