"""``from .._support.with_numba import numba``: Python's compiler, or a KernelError that says how to get it.

It takes half a second to import, and what is compiled already needs none.
"""

from __future__ import annotations

from ..errors import KernelError
from .libraries import check

__all__ = ["intrinsic", "numba"]

AGAIN = "pip install --force-reinstall numba"


def _remedy(message: str) -> str:
    if message == "No module named 'numba'":
        return "pip install numba"
    return "install versions that go together: pip install -U numba, which takes the llvmlite and NumPy that it needs"


check("numba", "cfunc", _remedy, AGAIN, KernelError)

import numba  # noqa: E402
from numba.extending import intrinsic  # noqa: E402
