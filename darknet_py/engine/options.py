"""What a plan is compiled for: what was asked for, and this machine's vector width."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..engine_api.options import Numerics, Options
from .native.host import host

__all__ = ["ELEMENT", "PlanOptions"]

ELEMENT = np.dtype(np.float32)  # of pictures, weights and vectors


@dataclass(frozen=True)
class PlanOptions(Options):
    """``lanes``: floats of a vector.  ``keep``: every layer's output stays readable after a run, at the price of memory."""

    lanes: int = field(default_factory=lambda: host().lanes)
    keep: bool = False

    @classmethod
    def of(cls, options: Options) -> PlanOptions:
        """For this machine."""
        return cls(options.numerics, options.threads, options.avx_maxpool)

    @property
    def fma(self) -> bool:
        """Whether products are added without being rounded."""
        return self.numerics is not Numerics.EXACT and host().fma

    @property
    def embedded(self) -> bool:
        """Whether rounded products read their pixels from memory; fused ones gain nothing by it."""
        return not self.fma and host().embedded_broadcast
