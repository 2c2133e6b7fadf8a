"""The texts that a network was read from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .._support import same_file
from ..errors import DarknetError

__all__ = ["Inputs"]


@dataclass(frozen=True)
class Inputs:
    """Absolute paths of texts that a network was read from: nothing that it writes may take their place.

    ``cfg``: what the cfg says.  ``model_path``: of the ONNX model that an engine runs in place of one made from the weights.
    """

    cfg_path: str = ""
    name_paths: tuple[str, ...] = ()
    cfg: str = ""
    model_path: str = ""

    @classmethod
    def of(cls, cfg_path: str, names: Sequence[str | Path], cfg: str = "", model: str = "") -> Inputs:
        """``names`` as ``name_files`` gives them."""
        return cls(os.path.abspath(cfg_path), tuple(map(os.path.abspath, names)), cfg, model and os.path.abspath(model))

    def check(self, path: str | Path, error: type[DarknetError]) -> None:
        """Raises ``error`` for a path, by whatever name, of one of them."""
        names = (("the class names", own) for own in self.name_paths)
        for what, own in (("the cfg", self.cfg_path), *names, ("the model", self.model_path)):
            if own and same_file(path, own):
                raise error(f"{path}: holds {what} of this network; choose another file")
