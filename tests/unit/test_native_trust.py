"""Whose object code is run: folders and files that others can have changed are left alone, with one warning."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import stat
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reference import REPO

from darknet_py import DarknetWarning
from darknet_py._support import trust
from darknet_py.engine.native import object_cache

KEY, CODE = "0" * 32, b"object code"
FILE = hashlib.sha256(CODE).digest() + CODE
STRANGER = 12345
posix = pytest.mark.skipif(os.name != "posix", reason="owners and rights of POSIX")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one file in it, which is the cache."""
    folder = tmp_path / "above" / "cache"
    folder.mkdir(parents=True, mode=0o700)
    (folder / KEY).write_bytes(FILE)
    (folder / KEY).chmod(0o644)
    monkeypatch.setenv("DARKNET_PY_CACHE", str(folder))
    monkeypatch.setattr(object_cache, "_warned", set())
    object_cache._sweep.cache_clear()
    return folder


def use(key: str = KEY) -> tuple[bytes | None, list[str]]:
    """What is read under a key, and all that is warned of; then code is stored under another one, twice."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = object_cache.load(key)
        object_cache.store("1" * 32, CODE)
        object_cache.store("2" * 32, CODE)
    assert all(issubclass(c.category, DarknetWarning) for c in caught)
    return found, [str(c.message) for c in caught]


def check_left_alone(folder: Path, *words: str) -> None:
    """Nothing is read, nothing stored, one warning says what, where and what to do."""
    before = sorted(folder.iterdir())
    found, said = use()
    assert found is None
    assert sorted(folder.iterdir()) == before
    assert len(said) == 1
    assert "\n" not in said[0]
    for word in (str(folder), "neither run from there nor kept there", "set DARKNET_PY_CACHE to a folder", *words):
        assert word in said[0]


def check_works(folder: Path) -> None:
    assert use() == (CODE, [])
    assert sorted(p.name for p in folder.iterdir()) == [n * 32 for n in "012"]


@posix
@pytest.mark.parametrize("rights", [0o777, 0o770, 0o720, 0o702, 0o1777, 0o2775])
def test_a_folder_that_others_may_write(rights: int, home: Path) -> None:
    home.chmod(rights)
    check_left_alone(home, f"may be written by others (rights {rights:04o})", f"chmod go-w {home}")


@posix
@pytest.mark.parametrize("rights", [0o700, 0o755, 0o500, 0o711])
def test_a_folder_that_others_may_read(rights: int, home: Path) -> None:
    home.chmod(rights)
    assert use()[0] == CODE


@posix
@pytest.mark.parametrize(
    ("rights", "trusted"), [(0o777, False), (0o775, False), (0o1777, True), (0o1770, True), (0o755, True)]
)
@pytest.mark.parametrize("up", [0, 1])
def test_folders_above_count(rights: int, trusted: bool, up: int, home: Path) -> None:
    folder = home.parents[up]
    before = folder.stat().st_mode
    folder.chmod(rights)
    try:
        if trusted:
            check_works(home)
        else:
            check_left_alone(home, f"{folder} may be written by others", f"chmod go-w {folder}")
    finally:
        folder.chmod(before)


@as_root
@pytest.mark.parametrize("up", [0, 1, 2])
def test_another_users_folder(up: int, home: Path) -> None:
    folder = (home, *home.parents)[up]
    os.chown(folder, STRANGER, STRANGER)
    check_left_alone(home, f"{folder} belongs to user {STRANGER}")


@posix
@pytest.mark.parametrize("rights", [0o666, 0o664, 0o646])
def test_a_file_that_others_may_write_is_replaced(rights: int, home: Path) -> None:
    (home / KEY).chmod(rights)
    found, said = use()
    assert found is None
    assert len(said) == 1
    assert said[0].startswith(f"{home / KEY} may be written by others (rights {rights:04o}), so that it is not run")
    object_cache.store(KEY, CODE)
    assert stat.S_IMODE((home / KEY).stat().st_mode) == 0o644
    assert object_cache.load(KEY) == CODE


@as_root
def test_another_users_file_is_replaced(home: Path) -> None:
    os.chown(home / KEY, STRANGER, 0)
    found, said = use()
    assert (found, len(said)) == (None, 1)
    assert f"belongs to user {STRANGER}" in said[0]
    object_cache.store(KEY, CODE)
    assert object_cache.load(KEY) == CODE


@posix
@pytest.mark.parametrize("kind", ["link", "link to nothing", "pipe", "folder"])
def test_what_is_no_file_is_not_opened(kind: str, home: Path, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(FILE)
    (home / KEY).unlink()
    make = {"link": lambda p: p.symlink_to(tmp_path / "real"), "link to nothing": lambda p: p.symlink_to("none"),
            "pipe": os.mkfifo, "folder": Path.mkdir}  # fmt: skip
    make[kind](home / KEY)
    found, said = use()
    assert found is None
    assert len(said) == (kind != "folder")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        object_cache.store(KEY, CODE)
    assert (object_cache.load(KEY) == CODE) == (kind != "folder")
    assert (tmp_path / "real").read_bytes() == FILE


def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str | Path) -> Path:
    (tmp_path / "link").symlink_to(target)
    monkeypatch.setenv("DARKNET_PY_CACHE", str(tmp_path / "link"))
    return tmp_path / "link"


@posix
@pytest.mark.parametrize("target", ["above/cache", "above/../above/./cache", "second", "absolute"])
def test_the_users_own_link_is_followed(target: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "second").symlink_to(home)
    linked(tmp_path, monkeypatch, home if target == "absolute" else target)
    check_works(home)


@posix
def test_where_a_link_leads_is_looked_at(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = linked(tmp_path, monkeypatch, "above/cache")
    home.chmod(0o777)
    check_left_alone(link, f"{home} may be written by others")
    home.chmod(0o700)
    home.parent.chmod(0o777)
    monkeypatch.setattr(object_cache, "_warned", set())
    check_left_alone(link, f"{home.parent} may be written by others")


@as_root
@pytest.mark.parametrize("place", ["itself", "above"])
def test_another_users_link_is_not_followed(place: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = linked(tmp_path, monkeypatch, home if place == "itself" else home.parent)
    os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
    folder = link if place == "itself" else link / "cache"
    monkeypatch.setenv("DARKNET_PY_CACHE", str(folder))
    check_left_alone(folder, f"{link} belongs to user {STRANGER}")


@posix
@pytest.mark.parametrize("target", ["link", "none/none"])
def test_a_link_to_nowhere(target: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that leads to itself cannot be used; what is not there yet is made."""
    link = linked(tmp_path, monkeypatch, target)
    found, said = use()
    assert found is None
    assert len(said) == (target == "link")
    assert all(s.startswith(f"{link}: kernels cannot be kept there") for s in said)


@posix
@pytest.mark.parametrize("mask", [0, 0o002, 0o022, 0o077])
def test_what_is_made_is_the_users_alone(mask: int, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new" / "cache"
    monkeypatch.setenv("DARKNET_PY_CACHE", str(folder))
    before = os.umask(mask)
    try:
        assert use() == (None, [])
    finally:
        os.umask(before)
    assert [stat.S_IMODE(p.stat().st_mode) for p in (folder, folder.parent)] == [0o700, 0o700]
    assert [stat.S_IMODE(p.stat().st_mode) & 0o022 for p in folder.iterdir()] == [0, 0]
    assert object_cache.load("1" * 32) == CODE


@pytest.mark.parametrize("error", [28, 30, 122])
def test_a_disk_that_takes_nothing_is_one_warning(error: int, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "replace", fails)
    found, said = use()
    assert found == CODE
    assert len(said) == 1
    assert said[0].startswith(f"{home}: kernels cannot be kept there ({os.strerror(error)})")
    assert [p.name for p in home.iterdir()] == [KEY]


def test_what_killed_processes_left_is_swept_up(home: Path) -> None:
    names = [f".darknet_py.{i:016x}.part" for i in range(3)]
    others = [".darknet_py.part", "tmpabcdefgh", ".darknet_py.000000000000000g.part", ".weights.part", f"x{names[0]}"]
    for name in (*names, *others):
        (home / name).write_bytes(b"")
        os.utime(home / name, (0, 0))
    os.utime(home / names[2])  # somebody writes it now
    assert use() == (CODE, [])
    assert {p.name for p in home.iterdir()} == {names[2], *others, *(n * 32 for n in "012")}


def test_without_the_variable_the_users_folder_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for empty in (True, False):  # set to nothing is not set
        monkeypatch.setenv("DARKNET_PY_CACHE", "") if empty else monkeypatch.delenv("DARKNET_PY_CACHE")
        assert tmp_path in object_cache.folder().parents
        assert object_cache.folder().name == "darknet_py"
    monkeypatch.setenv("DARKNET_PY_CACHE", "~/kernels")
    assert object_cache.folder() == Path(os.path.expanduser("~/kernels"))


@pytest.mark.skipif(sys.platform != "linux", reason="the variables of Linux")
def test_a_cache_folder_that_is_relative_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the XDG specification has it."""
    monkeypatch.delenv("DARKNET_PY_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "caches")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert object_cache.folder() == tmp_path / ".cache" / "darknet_py"
    monkeypatch.setenv("HOME", "relative")
    assert object_cache.folder() is None


AS_STRANGER = f"""
import json, os, sys, warnings
sys.path.insert(0, {str(REPO)!r})
from darknet_py.engine.native import object_cache
os.setgroups([])
os.setgid({STRANGER})
os.setuid({STRANGER})
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    found = object_cache.load(sys.argv[1])
    if not found:
        object_cache.store(sys.argv[1], b"code")
        object_cache.store("1" * 32, b"code")
print(json.dumps([bool(found), [str(c.message) for c in caught]]))
"""


def stranger(key: str, **environment: str) -> Any:
    """What a user without a name finds, and what is said, in a folder that nobody but root may write."""
    command = [sys.executable, "-c", AS_STRANGER, key]
    kept = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME", "DARKNET_PY_CACHE")}
    done = subprocess.run(command, env={**kept, **environment}, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def image(home: Path) -> Iterator[Path]:
    """A cache that root has made for all users, as in a container's image."""
    place = Path("/tmp") / f"darknet_py-{os.getpid()}"
    place.mkdir()
    place.chmod(0o755)
    (place / KEY).write_bytes(FILE)
    (place / KEY).chmod(0o644)
    yield place
    for path in place.iterdir():
        path.unlink()
    place.rmdir()


@as_root
def test_roots_cache_is_read_by_others(image: Path) -> None:
    assert stranger(KEY, DARKNET_PY_CACHE=str(image)) == [True, []]
    found, said = stranger("3" * 32, DARKNET_PY_CACHE=str(image))
    assert not found
    assert len(said) == 1
    assert said[0].startswith(f"{image}: kernels cannot be kept there (Permission denied)")
    image.chmod(0o700)
    found, said = stranger(KEY, DARKNET_PY_CACHE=str(image))
    assert (found, len(said)) == (False, 1)
    assert "Permission denied" in said[0]


@as_root
@pytest.mark.parametrize("home", [None, "", "/", "relative", "/none", "/dev/null", "/proc"])
def test_without_a_home_kernels_live_in_memory(home: str | None) -> None:
    found, said = stranger(KEY, **({} if home is None else {"HOME": home}))
    assert not found
    assert len(said) == 1
    assert "are compiled anew in every process" in said[0]
    assert "set DARKNET_PY_CACHE to a folder that can be written" in said[0]


@as_root
def test_in_a_container_without_root_folders_above_belong_to_nobody(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of root and others outside of it; what is run is the user's own all the same."""
    monkeypatch.setattr(trust, "_outsiders", lambda: STRANGER)
    os.chown(home.parent, STRANGER, STRANGER)
    check_works(home)
    os.chown(home, STRANGER, STRANGER)
    check_left_alone(home, f"{home} belongs to user {STRANGER}")


def test_where_users_have_no_numbers_rights_are_not_looked_at(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows, where os.geteuid is missing and rights say nothing."""
    monkeypatch.setattr(trust, "POSIX", False)
    monkeypatch.delattr(os, "geteuid", raising=False)
    home.chmod(0o777)
    (home / KEY).chmod(0o666)
    check_works(home)
    monkeypatch.setenv("DARKNET_PY_CACHE", str(home / "new" / "folder"))
    assert use() == (None, [])
    assert object_cache.load("1" * 32) == CODE


def test_numbas_own_cache_on_disk_is_not_used() -> None:
    """It runs whatever lies in __pycache__ or NUMBA_CACHE_DIR."""
    for path in (REPO / "darknet_py").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("numba."):
                assert all(k.arg != "cache" for k in node.keywords), path
