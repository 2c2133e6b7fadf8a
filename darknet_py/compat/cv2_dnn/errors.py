"""Errors that are both this package's and OpenCV's, so that programs written for either catch them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..._support.with_cv2 import cv2
from ...errors import DarknetError

__all__ = ["opencv_errors"]

UNSPECIFIED = -2  # OpenCV's code of an error that has none of its own


@contextmanager
def opencv_errors() -> Iterator[None]:
    """Within it, or within a function that it decorates, each DarknetError becomes a cv2.error as well."""
    try:
        yield
    except DarknetError as e:
        raise (e if isinstance(e, cv2.error) else _as_both(e)).with_traceback(e.__traceback__) from None


def _as_both(error: DarknetError) -> DarknetError:
    kind, text = type(error), str(error)
    if kind not in _BOTH:
        _BOTH[kind] = type(kind.__name__, (kind, cv2.error), {"__doc__": kind.__doc__, "__module__": kind.__module__})
    both = _BOTH[kind](text)
    vars(both).update(code=UNSPECIFIED, err=text, msg=text, func="", file="", line=0)
    return both


_BOTH: dict[type[DarknetError], type[DarknetError]] = {}
