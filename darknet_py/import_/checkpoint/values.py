"""What a checkpoint's objects become: nothing that could run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Record", "Reference", "key"]

Array = npt.NDArray[Any]
T = TypeVar("T")
LONGEST_KEY = 16
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


def key(value: object) -> Any:
    """A key of a dict or member of a set: what cannot be one by its value is one by its identity.

    So are large numbers, of which a file may have as many of one hash as it likes, and tuples of more than a few texts
    and numbers.
    """
    if _is_plain(value) or (isinstance(value, tuple) and len(value) <= LONGEST_KEY and all(map(_is_plain, value))):
        return value
    return Record(type(value).__name__, value)


def _is_plain(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) < LARGE
    return value is None or isinstance(value, (str, bytes, float, Record, Reference))
