"""What a checkpoint's objects become: nothing that could run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Record", "Reference", "key"]

Array = npt.NDArray[Any]
T = TypeVar("T")
DEEPEST_KEY = 4
LARGE = 1 << 60


@dataclass(frozen=True)
class Reference:
    """A class or function that a file only names: ``kind`` is its full name, "torch.float16"."""

    kind: str

    @property
    def name(self) -> str:
        return self.kind.rpartition(".")[2]


@dataclass(eq=False)
class Record:
    """An instance of a class that is not here, such as "models.common.Conv".

    ``kind`` is the class's full name; ``state`` what the instance held, its __dict__ in most cases; ``args`` what it was
    made with; ``items`` and ``elements`` are those of a class that is a dict or a list.
    """

    kind: str
    state: Any = None
    args: tuple[Any, ...] = ()
    items: dict[Any, Any] = field(default_factory=dict)
    elements: list[Any] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Record of {self.kind}>"

    @property
    def name(self) -> str:
        """The last part of the class's name: "Conv"."""
        return self.kind.rpartition(".")[2]

    @property
    def modules(self) -> dict[str, Record]:
        """The modules within a torch.nn.Module, by name, in order; {} of what is none."""
        return {str(name): module for name, module in self._dict("_modules").items() if isinstance(module, Record)}

    def tensor(self, name: str) -> Array | None:
        """A parameter or buffer of a torch.nn.Module."""
        found = self._dict("_parameters").get(name)
        found = self._dict("_buffers").get(name) if found is None else found
        return found if isinstance(found, np.ndarray) else None

    def get(self, name: str, default: T) -> Any | T:
        """An attribute of the instance."""
        return self.state.get(name, default) if isinstance(self.state, dict) else default

    def _dict(self, name: str) -> dict[Any, Any]:
        found = self.get(name, None)
        return found if isinstance(found, dict) else {}


def key(value: object, depth: int = 0) -> Any:
    """A key of a dict or member of a set: what cannot be one by its value is one by its identity.

    So are what nests too deep to be hashed, and large numbers, of which a file may have as many of one hash as it likes.
    """
    if isinstance(value, (str, bytes, float, type(None), Record, Reference)):
        return value
    if isinstance(value, int) and abs(value) < LARGE:
        return value
    if isinstance(value, tuple) and depth < DEEPEST_KEY:
        return tuple(key(v, depth + 1) for v in value)
    return Record(type(value).__name__, value)
