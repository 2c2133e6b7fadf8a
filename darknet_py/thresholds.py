"""Thresholds that cannot be meant."""

from __future__ import annotations

import math
import warnings

from .errors import DarknetError, DarknetWarning

__all__ = ["check_thresholds"]

# What happens below 0 and above 1
EFFECTS = {
    "thresh": ("every box passes, as with 0", "no box passes"),
    "nms": ("of the boxes of a class only the best stays", "no box is removed"),
    "hier": ("it has no effect anyway", "it has no effect anyway"),
}


def check_thresholds(**given: float) -> None:
    """Warns (DarknetWarning) of a thresh, nms or hier that is not from 0 to 1, by the name that the user knows it by.

    Raises DarknetError for what is not a number.
    """
    for name, value in given.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if math.isnan(number):
            raise DarknetError(f"{name}={value!r} is not possible; it must be a number from 0 to 1")
        if not 0 <= number <= 1:
            effect = EFFECTS[name.lstrip("-").partition("_")[0]][number > 1]
            percent = f"; {number:g} % is {number / 100:g}" if 1 < number <= 100 else ""
            warnings.warn(f"{name}={number:g} is not from 0 to 1, so that {effect}{percent}", DarknetWarning, stacklevel=3)
