"""Packages that only some things need, and that the project's extras install.

    with from_extra("coco", "COCO's evaluation needs pycocotools"):
        from pycocotools.coco import COCO
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from ..errors import DarknetError
from .installation import pip, requirement

__all__ = ["from_extra", "installed", "package_of", "pip_install"]


@contextmanager
def from_extra(extra: str, problem: str, error: type[DarknetError] = DarknetError, otherwise: str = "") -> Iterator[None]:
    """A block of imports.  Where one fails, raises ``error``: the problem, how to install the extra, what else can be done.

    ``{reason}`` in ``problem`` stands for what Python says.
    """
    try:
        yield
    except ImportError as e:
        raise error(f"{problem.format(reason=e)}: {pip_install(extra)}{otherwise}") from e


def package_of(extra: str, name: str, problem: str, error: type[DarknetError] = DarknetError) -> ModuleType:
    """A package that is named at run time; raises ``error`` as ``from_extra`` does."""
    with from_extra(extra, problem, error):
        module = importlib.import_module(name)
    return module  # noqa: RET504  where the block raised


def installed(name: str) -> ModuleType | None:
    """A package that something else can stand in for: None where it cannot be imported."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def pip_install(extra: str) -> str:
    """The command that installs an extra, as it works where the user is."""
    return f"{pip()} {requirement(extra)}"
