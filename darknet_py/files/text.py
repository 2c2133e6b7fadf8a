"""The bytes of a text file as text."""

from __future__ import annotations

from pathlib import Path

from ..errors import CfgError, DatasetError

__all__ = ["decoded", "read_bytes", "read_text"]


def read_text(path: str | Path) -> str:
    """The text of a file; what is not UTF-8 becomes U+FFFD.  Raises CfgError when it is missing, a directory or binary."""
    try:
        data = Path(path).read_bytes()
    except OSError as e:
        raise CfgError(f"{path}: cannot be read ({e.strerror})") from e
    return decoded(data, path)


def decoded(data: bytes, path: str | Path) -> str:
    """The text of a file's bytes; ``path`` names it in the CfgError for binary ones."""
    if b"\0" in data:
        raise CfgError(f"{path}: binary data, not a text file; were the arguments given in the wrong order?")
    return data.decode("utf-8-sig", errors="replace")


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a list or label file.  Raises DatasetError when it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as e:
        raise DatasetError(f"{path}: cannot be read ({e.strerror})") from e
