"""What to do next for those who looked for objects with the network that comes along, which finds characters alone."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .. import store
from ..boxes.table import Boxes
from .pictures import Manner
from .published import size_of

__all__ = ["Pointer"]

log = logging.getLogger("darknet_py")
SURE = 0.7  # of characters the best in a picture has .9; what looks like one in a photograph .3 to .5
OBJECTS = "yolo-fastest-1.1"


@dataclass
class Pointer:
    """Looks at what is printed of ``words``, the pictures, and tells afterwards how to look for objects."""

    words: Sequence[str]
    manner: Manner
    sure: list[bool] = field(default_factory=list)

    @property
    def watched(self) -> Manner:
        return replace(self.manner, lines=self._lines)

    def _lines(self, rows: Boxes, *others: Any) -> list[str]:
        self.sure.append(bool((rows.probs >= SURE).any()))
        return self.manner.lines(rows, *others)

    def tell(self, thresh: float) -> None:
        """Say it, where pictures were looked at and none has a character that is sure.

        ``thresh``: the least probability that was looked for.
        """
        if not self.sure or any(self.sure) or thresh > SURE:
            return
        entry = store.PUBLISHED[OBJECTS]
        fetch = "" if store.find(entry.file) else " -fetch"
        command = f"darknet_py detect {shlex.quote(self.words[0])} -model {OBJECTS}{fetch}"
        load = f" (-fetch downloads {size_of(entry)})" if fetch else ""
        problem = "no character is sure, and this network knows nothing else; people, cars, dogs, 77 other kinds of things"
        log.info("%s: %s%s", problem, command, load)
