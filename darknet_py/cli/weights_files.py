"""Files of weights that are written: what partial, average and rgbgr share."""

from __future__ import annotations

from .. import weights
from ..errors import PATH, printable
from .flags import switch

__all__ = ["force_flag", "write"]


def force_flag() -> bool:
    return switch("write over a file that is there")


def write(path: str, written: weights.Written, what: str) -> int:
    """Write them and say so; the exit code."""
    weights.save(*written, path)
    print(f"{printable(path, PATH)}: {what}, {weights.expected_size(written[0])} bytes")
    return 0
