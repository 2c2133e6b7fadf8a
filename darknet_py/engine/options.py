"""What a plan is compiled for: what was asked for, and this machine's vector width."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..engine_api.options import Numerics, Options
from ..errors import DarknetError
from .native.host import host

__all__ = ["ELEMENT", "PlanOptions", "available", "require"]

ELEMENT = np.dtype(np.float32)  # of pictures, weights and vectors
NO_BF16 = (
    'numerics="bf16" needs a processor with AVX512_BF16 (AMD from Zen 4 on, Intel Xeon from Sapphire Rapids on), '
    'which this one ({}) lacks; use numerics="fast" (-numerics fast)'
)


def available(numerics: Numerics) -> bool:
    """Whether this machine's processor has what they need."""
    return numerics is not Numerics.BF16 or host().bf16


def require(numerics: Numerics) -> None:
    """Raises DarknetError where they are not available."""
    if not available(numerics):
        raise DarknetError(NO_BF16.format(host().cpu))


@dataclass(frozen=True)
class PlanOptions(Options):
    """``lanes``: floats of a vector.  ``keep``: every layer's output stays readable after a run, at the price of memory.

    ``emulated``: products of bfloat16 are computed as the processor's instruction does it, but without it: for tests.
    """

    lanes: int = field(default_factory=lambda: host().lanes)
    keep: bool = False
    emulated: bool = False

    @classmethod
    def of(cls, options: Options) -> PlanOptions:
        """For this machine.  Raises DarknetError for numerics that its processor has no instruction for."""
        require(options.numerics)
        return cls(options.numerics, options.threads, options.avx_maxpool)

    @property
    def bf16(self) -> bool:
        """Whether convolutions round what they multiply to bfloat16."""
        return self.numerics is Numerics.BF16

    @property
    def fma(self) -> bool:
        """Whether products are added without being rounded."""
        return self.numerics is not Numerics.EXACT and host().fma

    @property
    def embedded(self) -> bool:
        """Whether rounded products read their pixels from memory; fused ones gain nothing by it."""
        return not self.fma and host().embedded_broadcast
