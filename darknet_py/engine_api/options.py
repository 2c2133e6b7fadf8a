"""What a user asks of an engine, whichever it is.  What cannot be is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeAlias

import numpy as np

from .._support.machine import cpu_count
from ..errors import DarknetError

__all__ = ["Numerics", "NumericsName", "Options", "options", "positive_int"]

NumericsName: TypeAlias = Literal["exact", "fast", "bf16"]


class Numerics(Enum):
    """How sums are rounded: in the reference's order and with its bits; in any order and fused; or that of products whose
    factors were rounded to bfloat16.
    """

    EXACT = "exact"
    FAST = "fast"
    BF16 = "bf16"

    @classmethod
    def named(cls, name: Any) -> Numerics:
        """Raises DarknetError for a name that is not known."""
        known = [one.value for one in cls]
        if not isinstance(name, str) or name not in known:
            raise DarknetError(f"numerics={name!r} is not known; use one of: {', '.join(known)}")
        return cls(name)


@dataclass(frozen=True)
class Options:
    """``avx_maxpool``: pool as the reference's AVX build does, wrongly near the left border."""

    numerics: Numerics = Numerics.EXACT
    threads: int = 1
    avx_maxpool: bool = False

    def __reduce__(self) -> tuple[Callable[..., Options], tuple[Any, ...]]:
        """One thread a processor stays so on the machine where it is unpickled."""
        threads = None if self.threads == cpu_count() else self.threads
        return options, (self.numerics.value, threads, self.avx_maxpool)


def options(numerics: NumericsName = "exact", threads: int | None = None, avx_maxpool: bool = False) -> Options:
    """For this machine; ``threads``: None for one a processor.

    Raises DarknetError for unknown numerics and less than one thread.
    """
    chosen = Numerics.named(numerics)
    return Options(chosen, positive_int("threads", threads) or cpu_count(), avx_maxpool)


def positive_int(name: str, value: Any) -> int | None:
    """A number from 1, or None.  Raises DarknetError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        kind = "at least 1" if isinstance(value, (int, np.integer)) else "a whole number from 1"
        raise DarknetError(f"{name}={value!r} is not possible; it must be {kind}")
    return int(value)
