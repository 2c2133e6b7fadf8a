"""The tensors of a state dict, by section of the cfg and by one name for all ages of the code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..checkpoint import Array
from ..picking import State

__all__ = ["CONVOLUTION", "Tensors", "is_cfg_based"]

KEY = re.compile(r"module_list\.(\d+)\.(.+)")
CONVOLUTION = "Conv2d.weight"
COUNTER = "num_batches_tracked"
OLD = re.compile(r"(conv|batch_norm)_\d+\.")    # ultralytics/yolov3 before August 2019
FUSED = re.compile(r"0\.(weight|bias)")         # after model.fuse(), which leaves no batch norm


def is_cfg_based(state: State) -> bool:
    """Whether it is one of a network that was built from a cfg."""
    return any(KEY.fullmatch(name) for name in state)


@dataclass(frozen=True)
class Tensors:
    """``of``: number of a section after [net] → name → tensor.  ``others``: names that are of no section.

    ``is_old``: written before August 2019, by a class that knows leaky alone.
    """

    of: Mapping[int, Mapping[str, Array]]
    others: tuple[str, ...]
    is_old: bool

    @classmethod
    def sorted(cls, state: State) -> Tensors:
        found: dict[int, dict[str, Array]] = {}
        for name, tensor in state.items():
            if (match := KEY.fullmatch(name)) and not name.endswith(COUNTER):
                found.setdefault(int(match[1]), {})[_name(match[2])] = tensor
        others = tuple(name for name in state if not KEY.fullmatch(name))
        is_old = any(OLD.match(match[2]) for name in state if (match := KEY.fullmatch(name)))
        return cls(found, others, is_old)

    def has(self, index: int, name: str) -> bool:
        return name in self.of.get(index, {})

    @property
    def convolutions(self) -> list[tuple[int, tuple[int, ...]]]:
        """(section, shape) of each convolution's weights, in order."""
        shapes = {index: of[CONVOLUTION].shape for index, of in self.of.items() if CONVOLUTION in of}
        return sorted(shapes.items())

    @property
    def sections(self) -> int:
        """How many sections there are at least."""
        return max(self.of, default=-1) + 1


def _name(name: str) -> str:
    if match := OLD.match(name):
        return {"conv": "Conv2d.", "batch_norm": "BatchNorm2d."}[match[1]] + name[match.end() :]
    return f"Conv2d.{name[2:]}" if FUSED.fullmatch(name) else name
