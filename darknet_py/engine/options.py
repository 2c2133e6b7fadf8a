"""What a plan is compiled for: numerics, threads, vector width.  What cannot be is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeAlias

import numpy as np

from .._support.machine import cpu_count
from ..errors import DarknetError
from .native.host import host

__all__ = ["Numerics", "NumericsName", "Options", "options", "whole"]

NumericsName: TypeAlias = Literal["exact", "fast"]


class Numerics(Enum):
    """How sums are rounded: in the reference's order and with its bits, or in any order and fused."""

    EXACT = "exact"
    FAST = "fast"

    @classmethod
    def named(cls, name: Any) -> Numerics:
        """Raises DarknetError for a name that is not known."""
        known = [one.value for one in cls]
        if not isinstance(name, str) or name not in known:
            raise DarknetError(f"numerics={name!r} is not known; use one of: {', '.join(known)}")
        return cls(name)


@dataclass(frozen=True)
class Options:
    """``lanes``: floats of a vector.  ``avx_maxpool``: pool as the reference's AVX build does.

    ``keep``: every layer's output stays readable after a run, at the price of memory.
    """

    lanes: int
    numerics: Numerics = Numerics.EXACT
    threads: int = 1
    avx_maxpool: bool = False
    keep: bool = False

    @property
    def fma(self) -> bool:
        """Whether products are added without being rounded."""
        return self.numerics is not Numerics.EXACT and host().fma

    def __reduce__(self) -> tuple[Callable[..., Options], tuple[Any, ...]]:
        """Lanes, and one thread a processor, are those of the machine where it is unpickled."""
        threads = None if self.threads == cpu_count() else self.threads
        return options, (self.numerics.value, threads, self.avx_maxpool, self.keep)


def options(
    numerics: NumericsName = "exact", threads: int | None = None, avx_maxpool: bool = False, keep: bool = False
) -> Options:
    """For this machine; ``threads``: None for one a processor.

    Raises DarknetError for unknown numerics and less than one thread.
    """
    chosen = Numerics.named(numerics)
    return Options(host().lanes, chosen, whole("threads", threads) or cpu_count(), avx_maxpool, keep)


def whole(name: str, value: Any) -> int | None:
    """A number from 1, or None.  Raises DarknetError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        kind = "at least 1" if isinstance(value, (int, np.integer)) else "a whole number from 1"
        raise DarknetError(f"{name}={value!r} is not possible; it must be {kind}")
    return int(value)
