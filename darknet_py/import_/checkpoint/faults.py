"""Why a checkpoint cannot be read; ``read_checkpoint`` makes one line of it, with the file's name."""

from __future__ import annotations

__all__ = ["Malformed", "Refused", "Unsupported"]


class Malformed(Exception):
    """Bytes that are not what they should be; the text says why."""


class Refused(Exception):
    """A pickle that wants to have something run; the text is its name."""


class Unsupported(Exception):
    """A whole and harmless file that holds something else; the text says what, and what to do."""
