"""What stands under a path that is no file."""

from __future__ import annotations

import stat

__all__ = ["kind_of"]

_KINDS = [
    (stat.S_ISDIR, "directory"), (stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
]  # fmt: skip


def kind_of(mode: int) -> str | None:
    """Directory, pipe, socket or device, by ``st_mode`` of os.stat; None for a file."""
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), None)
