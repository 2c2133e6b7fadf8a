"""Models of PyTorch as Darknet's files.

    from darknet_py.import_ import convert
    convert("best.pt").cfg      # the text of a cfg; .params, .names beside it

``checkpoint`` reads files; ``picking`` finds the model in them; a family makes a network of it.
"""

from __future__ import annotations

from .checkpoint import Record, Reference, read_checkpoint
from .converting import Converted, Wish, convert
from .picking import model_of

__all__ = ["Converted", "Record", "Reference", "Wish", "convert", "model_of", "read_checkpoint"]
