"""Object code on disk: one file a function, in a folder that nobody else can write to.

A function's key is a hash of its name, the engine's sources, the compiler's version and the processor, so that an edit, an
upgrade or another machine never meets stale code.
Where that folder is not to be had - no home, another's, full, read only - kernels live in memory, and one warning says so.
Two processes may store at once: files appear whole or not.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
import warnings
from pathlib import Path

from ..._support import new_file, sweep
from ..._support.trust import Distrusted, read_trusted, trusted_folder
from ..._support.with_llvmlite import llvm
from ..._support.words import home, reason
from ...errors import DarknetWarning
from .host import host

__all__ = ["folder", "kept", "key", "load", "store"]

ENGINE = Path(__file__).parent.parent
VARIABLE = "DARKNET_PY_CACHE"
ANEW = "are compiled anew in every process"
RIGHTS = 0o644  # what others may write is not read


def key(name: str) -> str:
    """What the function ``name`` is stored under."""
    return hashlib.sha256(_fingerprint() + name.encode()).hexdigest()[:32]


@functools.cache
def _fingerprint() -> bytes:
    """A hash of all that object code depends on, but for the function itself."""
    h = hashlib.sha256()
    for source in sorted(ENGINE.rglob("*.py")):
        h.update(str(source.relative_to(ENGINE)).encode() + source.read_bytes())
    compiler = (llvm.llvm_version_info, host().cpu, host().features, sys.platform, _numba_version())
    h.update(repr(compiler).encode())
    return h.digest()


def _numba_version() -> str:
    """As the folder says that pip keeps beside numba; importlib.metadata would take longer than all the rest."""
    for folder in sys.path:
        for info in Path(folder).glob("numba-*-info"):
            return info.name.split("-")[1].removesuffix(".dist")
    from ..._support.with_numba import numba  # copied or frozen without that folder

    return str(numba.__version__)


def folder() -> Path | None:
    """Where object code is kept: DARKNET_PY_CACHE, or the user's cache folder; None where there is no home folder."""
    try:
        if chosen := os.environ.get(VARIABLE):
            return Path.cwd() / os.path.expanduser(chosen)
        base = _caches()
    except (RuntimeError, OSError):  # a user without a name, a working folder that is gone
        return None
    return base / "darknet_py" if base.is_absolute() else None


def _caches() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return chosen if chosen.is_absolute() else Path.home() / ".cache"


def load(key: str) -> bytes | None:
    """What is stored under a key; None if there is nothing, or what is there is damaged or not to be trusted."""
    try:
        if (place := _place()) is None:
            return None
        data = read_trusted(place / key)
    except OSError:
        return None
    except Distrusted as e:
        _warn(f"{e}, so that it is not run but compiled anew")
        return None
    return data[32:] if hashlib.sha256(data[32:]).digest() == data[:32] else None


def store(key: str, code: bytes) -> None:
    """Keep object code under a key, if that can be."""
    try:
        if (place := _place(make=True)) is None:
            return
        _sweep(place)
        with new_file(place / key, RIGHTS) as file:
            file.write(hashlib.sha256(code).digest() + code)
    except OSError as e:
        _warn(f"{folder()}: kernels cannot be kept there ({reason(e)}) and {ANEW}; "
              f"set {VARIABLE} to a folder that can be written")  # fmt: skip


def kept() -> Path | None:
    """The folder where ``store`` puts object code; None where it cannot."""
    try:
        place = _place(make=True)
    except OSError:
        return None
    return place if place and os.access(place, os.W_OK) else None


def _place(make: bool = False) -> Path | None:
    """The folder itself; None, with a warning, where there is none that can be trusted.  Raises OSError."""
    if (chosen := folder()) is None:
        _warn(f"there is no home folder ({home()}) to keep kernels in: they {ANEW}; "
              f"set {VARIABLE} to a folder that can be written")  # fmt: skip
        return None
    try:
        return trusted_folder(chosen, make)
    except Distrusted as e:
        remedy = f"{e.remedy}, or set" if e.remedy else "set"
        _warn(f"{chosen}: kernels are neither run from there nor kept there and {ANEW}, as {e}; "
              f"{remedy} {VARIABLE} to a folder of your own")  # fmt: skip
        return None


_sweep = functools.cache(sweep)
_warned: set[Path | None] = set()


def _warn(message: str) -> None:
    """Once for a folder: what comes after has the same cause, or comes to the same."""
    if (place := folder()) not in _warned:
        _warned.add(place)
        warnings.warn(message, DarknetWarning, stacklevel=2)
