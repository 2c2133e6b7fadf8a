"""Libraries that are there but cannot be imported: one line that says what fixes it, the first time and ever after."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from types import ModuleType

from ..errors import DarknetError
from .installation import pip

__all__ = ["check", "debian_package", "missing_library"]

BROKEN = (ImportError, OSError, AttributeError, RuntimeError, SystemError, TypeError, ValueError)
PIP = re.compile(r"\bpip ((?:un)?install)")
LIBRARY = re.compile(r"(?:^|[\s:])(lib[^\s:/]+?\.so[.\d]*)(?=: (?:cannot open|No such file))")
OTHERS = {"libgthread-2.0": "libglib2.0-0", "libglib-2.0": "libglib2.0-0", "libgobject-2.0": "libglib2.0-0",
          "libgio-2.0": "libglib2.0-0", "libz": "zlib1g"}  # fmt: skip

_problems: dict[str, str] = {}  # that of a second attempt would be another one


def check(
    name: str, needed: str, remedy: Callable[[str], str], left_over: str, error: type[DarknetError] = DarknetError
) -> None:
    """Import a module, and see that it has what is ``needed``.  Raises ``error`` with one line that ends in a remedy.

    ``remedy`` makes one of an exception's text; ``left_over`` is that for a folder without the module in it, which Python
    imports too.
    """
    if name not in _problems:
        try:
            _problems[name] = _empty(importlib.import_module(name), needed, left_over)
        except BROKEN as e:
            _problems[name] = f"{name} cannot be imported ({str(e) or type(e).__name__}); {remedy(str(e))}"
    if _problems[name]:
        raise error(PIP.sub(lambda found: pip(found[1]), _problems[name]))


def _empty(module: ModuleType, needed: str, left_over: str) -> str:
    if hasattr(module, needed):
        return ""
    where = next(iter(getattr(module, "__path__", [])), getattr(module, "__file__", None))
    return f"{module.__name__} has no {needed}, there is nothing of it but {where}; {left_over}"


def missing_library(message: str) -> str | None:
    """The system's library, as libGL.so.1, that the text of an ImportError says is not there."""
    match = LIBRARY.search(message)
    return match[1] if match else None


def debian_package(library: str) -> str:
    """The package that has a library, on Debian and Ubuntu: libgl1 for libGL.so.1."""
    name, _, version = library.partition(".so")
    version = version.strip(".").partition(".")[0]
    return OTHERS.get(name, f"{name.lower()}{'-' if name[-1].isdigit() else ''}{version}")
