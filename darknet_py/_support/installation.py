"""Commands as they work where the user is: in its environment, of the clone or index that the package is from."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from .files import same_file

__all__ = ["pip", "program", "quoted", "requirement"]

NAME = "darknet-runtime"
PROGRAM = "darknet_py"
PACKAGE = Path(__file__).parent.parent
UNSAFE = re.compile(r"[^\w./:@%+=,~\[\]<>; -]")  # within "", too


def requirement(extra: str) -> str:
    """What pip is to install for an extra, quoted for any shell: the clone, file or address that the package is from, else
    its name on the index."""
    root = PACKAGE.parent
    clone, origin = (root / "pyproject.toml").is_file(), _origin()
    folder = root if clone else _local(origin)
    if folder is not None:
        place = "." if same_file(".", folder) else str(folder)
        editable = "-e " if clone and _is_editable(origin) else ""
        return editable + quoted(f"{place}[{extra}]")
    return quoted(f"{NAME}[{extra}]{_address(origin)}")


def pip(verb: str = "install") -> str:
    """``pip install`` of the environment that runs this, in these words where they are that; uv's where it is made by uv."""
    if _is_on_path("pip"):
        return f"pip {verb}"
    if beside := _beside("pip"):
        return f"{_word(_near(beside))} {verb}"
    if not _has("pip") and shutil.which("uv"):
        return f"uv pip {verb} --python {_word(_near(sys.executable))}"
    return f"{_word(_near(sys.executable))} -m pip {verb}"


def program() -> str:
    """The command: ``darknet_py`` where that starts it, else the way to it, or the module."""
    if _is_on_path(PROGRAM):
        return PROGRAM
    beside = _beside(PROGRAM)
    return _word(_near(beside)) if beside else f"{_word(_near(sys.executable))} -m {PROGRAM}"


def _beside(name: str) -> str | None:
    """A program of the environment that runs this."""
    return shutil.which(name, path=os.path.dirname(sys.executable or ""))


def _is_on_path(name: str) -> bool:
    found, beside = shutil.which(name), _beside(name)
    return bool(found and beside and same_file(found, beside))


def _origin() -> dict[str, object]:
    """What pip has noted of where the package is from (PEP 610); nothing where that is the index.

    In a clone an .egg-info folder stands before what pip has installed.
    """
    import json
    from importlib import metadata

    texts = (one.read_text("direct_url.json") for one in metadata.distributions(name=NAME))
    noted = json.loads(next(filter(None, texts), "{}"))
    return noted if isinstance(noted, dict) else {}


def _local(origin: dict[str, object]) -> Path | None:
    """The folder or file that it was installed from, if it is still there."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    address = urlsplit(str(origin.get("url", "")))
    path = Path(url2pathname(address.path)) if address.scheme == "file" else None
    return path if path and path.exists() else None


def _is_editable(origin: dict[str, object]) -> bool:
    folder = origin.get("dir_info")
    return isinstance(folder, dict) and bool(folder.get("editable"))


def _address(origin: dict[str, object]) -> str:
    """`` @ git+https://…``, where it is from there."""
    url, vcs = str(origin.get("url", "file:")), origin.get("vcs_info")
    if url.startswith("file:"):
        return ""
    return f" @ {vcs.get('vcs')}+{url}" if isinstance(vcs, dict) else f" @ {url}"


def _has(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def _near(path: str) -> str:
    """A path below this folder as seen from here."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):  # OSError: this folder is gone
        return path


def _word(path: str) -> str:
    return shlex.quote(path) if os.name == "posix" else quoted(path) if " " in path else path


def quoted(text: str) -> str:
    """For sh, zsh, fish, cmd.exe and PowerShell; what they would read within ``"`` too is quoted for the system's own."""
    return shlex.quote(text) if os.name == "posix" and UNSAFE.search(text) else f'"{text}"'
