"""Where weights lie: ./weights, this folder, the user's data folder."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from .needs import need

__all__ = ["built_in", "find", "folder", "places"]

VARIABLE = "DARKNET_PY_WEIGHTS"
HERE = Path("weights")
PACKAGE = Path(__file__).parent.parent


def folder() -> Path:
    """Where weights are put: ./weights if there is such a folder, else the user's data folder.

    The latter is DARKNET_PY_WEIGHTS or what the system has for it.  Raises FetchError without the package platformdirs.
    """
    return HERE if HERE.is_dir() else _data_folder()


def places() -> list[Path]:
    """The folders where weights are looked for, in this order.

    The user's data folder is not among them where nothing could have been fetched to it, for want of platformdirs.
    """
    known = os.environ.get(VARIABLE) or importlib.util.find_spec("platformdirs")
    return [HERE, Path(), *([_data_folder()] if known else [])]


def find(file: str) -> Path | None:
    """The first of ``places`` that has a file of this name."""
    return next((place / file for place in places() if (place / file).is_file()), None)


def built_in(file: str) -> Path | None:
    """The file of this name that comes with the package: in its data, or in weights/ of a clone."""
    inside = PACKAGE / "data" / file, PACKAGE.parent / "weights" / file
    return next((path for path in inside if path.is_file()), None)


def _data_folder() -> Path:
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    need("platformdirs")
    import platformdirs

    return platformdirs.user_data_path("darknet_py", appauthor=False)
