"""Models of PyTorch as Darknet's files.

    from darknet_py.import_ import convert, save
    model = convert("best.pt")      # .cfg, the text of a cfg; .params, .names beside it
    save(model, "cars")             # cars.cfg, cars.weights, cars.names

``checkpoint`` reads files; ``picking`` finds the model in one; a family, of those in ``families``, makes a network of it.
"""

from __future__ import annotations

from .checkpoint import Record, Reference, read_checkpoint
from .converting import Converted, Model, Wish
from .families import convert
from .picking import model_of
from .saving import Saved, files_of, save

__all__ = [
    "Converted", "Model", "Record", "Reference", "Saved", "Wish", "convert", "files_of", "model_of", "read_checkpoint",
    "save",
]  # fmt: skip
