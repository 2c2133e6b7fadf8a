"""Where weights lie: ./weights, this folder, the user's data folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from .._support.words import home, reason
from ..errors import FetchError
from .needs import need

__all__ = ["built_in", "find", "folder", "places", "told"]

VARIABLE = "DARKNET_PY_WEIGHTS"
HERE = Path("weights")
PACKAGE = Path(__file__).parent.parent


def folder() -> Path:
    """Where weights are put: ./weights if there is such a folder, else the user's data folder.

    The latter is DARKNET_PY_WEIGHTS or what the system has for it.  Raises FetchError where there is none, and without the
    package platformdirs.
    """
    return HERE if os.path.isdir(HERE) else _data_folder()


def places() -> list[Path]:
    """The folders where weights are looked for, in this order.

    The user's data folder is not among them where nothing could have been fetched to it, for want of platformdirs or of
    a home folder.
    """
    try:
        return [HERE, Path(), _data_folder()]
    except FetchError:
        return [HERE, Path()]


def find(file: str) -> Path | None:
    """The first of ``places`` that has a file of this name; one that may not be looked into has none."""
    return _first(place / file for place in places())


def told() -> str:
    """``places`` in a message, each with why it cannot be looked into, if so."""
    return ", ".join(f"{place}{os.sep}{_closed(place)}" for place in places())


def built_in(file: str) -> Path | None:
    """The file of this name that comes with the package: in its data, or in weights/ of a clone."""
    return _first([PACKAGE / "data" / file, PACKAGE.parent / "weights" / file])


def _first(paths: Iterable[Path]) -> Path | None:
    return next((path for path in paths if os.path.isfile(path)), None)  # Path's raises errors of folders that are closed


def _closed(place: Path) -> str:
    try:
        os.scandir(place).close()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as e:
        return f" ({reason(e)})"
    return ""


def _data_folder() -> Path:
    if chosen := os.environ.get(VARIABLE):
        return Path(os.path.expanduser(chosen))
    need("platformdirs")
    import platformdirs

    try:
        path = platformdirs.user_data_path("darknet_py", appauthor=False)
    except RuntimeError:
        path = Path()
    if not path.is_absolute():  # as some releases of platformdirs have it without a home folder
        raise FetchError(f"there is no home folder ({home()}) to put weights into; set {VARIABLE} to a folder, or choose "
                         "one with -o")  # fmt: skip
    return path
