"""What can make two runs of a network differ: the causes that are tried, in each table the likeliest first.

A new cause is a ``Cause`` in one of the tables: a function that gives the pipeline which has it.
"""

from __future__ import annotations

from .base import Cause, Scope
from .boxes import BOXES, HEADS
from .inputs import INPUTS
from .layers import LAYERS
from .spreads import ADDED_UP, SPREADS, Spread

__all__ = ["ADDED_UP", "CHEAP", "DEAR", "SPREADS", "Cause", "Scope", "Spread"]

CHEAP = BOXES  # the network need not run for them
DEAR = (INPUTS, (*LAYERS, *HEADS))
