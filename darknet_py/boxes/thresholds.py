"""Thresholds: those that Darknet takes if none is given, and those that cannot be meant."""

from __future__ import annotations

import math
import warnings
from typing import Literal

from ..errors import DarknetError, DarknetWarning

__all__ = ["DETECT_THRESH", "HIER", "NMS", "THRESH", "Kind", "check_numbers", "check_threshold", "check_thresholds"]

THRESH = 0.25  # least probability.   C: detector.c run_detector
DETECT_THRESH = 0.24  # that of ``detect``.   C: darknet.c main
HIER = 0.5  # of a tree of classes
NMS = 0.45  # largest overlap of two boxes of a class.   C: detector.c test_detector

Kind = Literal["thresh", "nms", "hier"]
# What happens below 0 and above 1
EFFECTS: dict[Kind, tuple[str, str]] = {
    "thresh": ("every box passes, as with 0", "no box passes"),
    "nms": ("of the boxes of a class only the best stays", "no box is removed"),
    "hier": ("it has no effect anyway", "it has no effect anyway"),
}


def check_numbers(**given: float) -> None:
    """Raises DarknetError for a threshold that is not a number, NaN included."""
    for name, value in given.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        except OverflowError as e:  # its digits may be too many to be shown
            raise DarknetError(f"{name} is too large a number; it must be one from 0 to 1") from e
        if math.isnan(number):
            raise DarknetError(f"{name}={value!r} is not possible; it must be a number from 0 to 1")


def check_thresholds(thresh: float, nms: float, hier_thresh: float) -> None:
    """``check_threshold`` of all that ``detect`` takes, for a function that users call."""
    check_threshold("thresh", "thresh", thresh, 4)
    check_threshold("nms", "nms", nms, 4)
    check_threshold("hier", "hier_thresh", hier_thresh, 4)


def check_threshold(kind: Kind, name: str, value: float, level: int = 3) -> None:
    """``check_numbers``, and warns (DarknetWarning) of a threshold that is not from 0 to 1; ``name``: the user's for it;
    ``level``: how far above the warning's place in a program is."""
    check_numbers(**{name: value})
    number = float(value)
    if not 0 <= number <= 1:
        effect = EFFECTS[kind][number > 1]
        percent = f"; {number:g} % is {number / 100:g}" if 1 < number <= 100 else ""
        warnings.warn(f"{name}={number:g} is not from 0 to 1, so that {effect}{percent}", DarknetWarning, stacklevel=level)
