"""What stands under a path that is no file."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

__all__ = ["check_lasting", "kind_of"]

_KINDS = [
    (stat.S_ISDIR, "directory"), (stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
]  # fmt: skip


def kind_of(mode: int) -> str | None:
    """Directory, pipe, socket or device, by ``st_mode`` of os.stat; None for a file."""
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), None)


def check_lasting(path: str | Path) -> None:
    """Raises OSError for what can be read only once, as a pipe, or is not there."""
    if (kind := kind_of(os.stat(path).st_mode)) not in (None, "directory"):
        raise OSError(errno.ESPIPE, f"it is a {kind}, and this is read more than once; save it as a file")
