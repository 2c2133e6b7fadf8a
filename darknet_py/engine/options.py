"""What a plan is compiled for."""

from __future__ import annotations

from dataclasses import dataclass

from .native.host import host

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """What a plan is compiled for: vector width, any order of the arithmetic (fast) or the reference's, threads, which
    max pool.

    ``keep``: every layer's output stays readable after a run, at the price of memory.
    """

    lanes: int
    fast: bool = False
    threads: int = 1
    avx_maxpool: bool = False
    keep: bool = False

    @property
    def fma(self) -> bool:
        """Whether products are added without being rounded."""
        return self.fast and host().fma
