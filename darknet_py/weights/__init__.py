"""The .weights file: its header, what a network expects of its size, and its arrays.

C: parser.c load_weights_upto, save_weights_upto
"""

from __future__ import annotations

from .file import Changed, Params, Weights, arrays, load, peek, save
from .header import Header
from .rewriting import Written, average, partial, rgbgr
from .sizes import Misfit, expected_size, misfit, sizes
from .source import sha256

__all__ = [
    "Changed", "Header", "Misfit", "Params", "Weights", "Written", "arrays", "average", "expected_size", "load", "misfit",
    "partial", "peek", "rgbgr", "save", "sha256", "sizes",
]  # fmt: skip
