"""What writes text."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Writer"]


class Writer(Protocol):
    def lacks(self, text: str) -> frozenset[str]:
        """The characters of a text that it cannot write."""

    def ink(self, text: str, size: int) -> tuple[NDArray[np.uint8], int]:
        """A picture (h, w) of a text in letters of ``size`` pixels, 255 where they cover it, and the row they stand on."""
