"""Files written whole or not at all: what survives a failure, links, rights, pipes and folders that take no new file."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import processes
import pytest
from reference import REPO

from darknet_py._support import files
from darknet_py._support.files import put, whole_file, write_whole

needs_posix = pytest.mark.skipif(os.name != "posix", reason="links, pipes and rights of POSIX")
needs_user = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become another user")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def broken_off(path: Path, error: type[BaseException]) -> None:
    with whole_file(path) as file:
        file.write(b"line\n" * 9999)
        raise error("broken off")


@pytest.mark.parametrize("before", [None, b"before"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, OSError])
def test_what_was_there_survives_a_failure(before: bytes | None, error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "file"
    if before:
        path.write_bytes(before)
    with pytest.raises(error):
        broken_off(path, error)
    assert names(tmp_path) == (["file"] if before else [])
    assert not before or path.read_bytes() == before


@needs_posix
@pytest.mark.parametrize(("mask", "rights"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_rights_that_open_gives(mask: int, rights: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert mode(tmp_path / "file") == rights


@needs_posix
def test_the_masks_of_other_threads_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "umask", lambda _: pytest.fail("umask belongs to the whole process"))
    write_whole(tmp_path / "file", b"")


@needs_posix
@pytest.mark.parametrize("rights", [0o600, 0o640, 0o755])
def test_a_file_lends_its_rights(rights: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    path.chmod(rights)
    write_whole(path, b"after")
    assert (path.read_bytes(), mode(path)) == (b"after", rights)


@needs_posix
@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to nothing"])
@pytest.mark.parametrize("target", ["other/file", "../file", "link2"])
def test_what_a_link_points_to_is_written(there: bool, target: str, tmp_path: Path) -> None:
    here = tmp_path / "here"
    (here / "other").mkdir(parents=True)
    (here / "link2").symlink_to("other/end")
    (here / "link").symlink_to(target)
    if there:
        (here / "link").write_bytes(b"before")
    write_whole(here / "link", b"after")
    assert os.readlink(here / "link") == target
    assert (here / "link").read_bytes() == b"after"
    assert names(here) == ["link", "link2", "other"]


@needs_posix
def test_a_link_to_itself_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(OSError, match=r"[Ss]ymbolic"):
        write_whole(tmp_path / "link", b"")
    assert names(tmp_path) == ["link"]


@needs_posix
def test_a_pipe_is_written_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_whole(tmp_path / "pipe", b"data")
    reader.join(10)
    assert read == [b"data"]
    assert names(tmp_path) == ["pipe"]


WRITER = """
import sys
from darknet_py._support.files import write_whole
print("first", flush=True)
write_whole(sys.argv[1], b"second\\n")
print("third")
"""


@needs_posix
@pytest.mark.parametrize("name", ["/dev/stdout", "out.txt", "link"])
@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_standard_output_by_any_name_loses_nothing(name: str, kind: str, tmp_path: Path) -> None:
    if kind == "pipe" and name == "out.txt":
        pytest.skip("a pipe has no name here")
    (tmp_path / "link").symlink_to("/dev/stdout")
    command = [sys.executable, "-c", WRITER, name]
    environment = processes.environment()
    if kind == "pipe":
        out = subprocess.run(command, cwd=tmp_path, env=environment, check=True, stdout=subprocess.PIPE).stdout
    else:
        with (tmp_path / "out.txt").open("wb") as file:
            subprocess.run(command, cwd=tmp_path, env=environment, check=True, stdout=file)
        out = (tmp_path / "out.txt").read_bytes()
    assert out == b"first\nsecond\nthird\n"


@pytest.mark.parametrize("path", ["", "none/file", "file/below"])
def test_what_cannot_be_written_is_an_oserror(path: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"before")
    with pytest.raises(OSError):  # noqa: PT011  the words are the system's
        write_whole(tmp_path / path, b"")
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("size", [1, 10_000_000])
def test_a_full_disk_is_an_oserror(size: int) -> None:
    with pytest.raises(OSError, match="No space"):
        write_whole("/dev/full", b"x" * size)


def test_a_file_that_cannot_be_replaced_is_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that is mounted into a container by itself."""
    path = tmp_path / "file"
    path.write_bytes(b"before, and longer")
    monkeypatch.setattr(files.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(16, "Device or resource busy")))
    write_whole(path, b"after")
    assert path.read_bytes() == b"after"
    assert names(tmp_path) == ["file"]


@needs_user
def test_rights_of_folders_and_of_other_users_count(tmp_path: Path) -> None:
    """As another user: a file in a folder that takes no new ones, one that is group's, one that is read only."""
    shared = Path("/tmp") / f"darknet_py-{os.getpid()}"
    shared.mkdir(mode=0o755)
    try:
        for name, rights in (("writable", 0o666), ("readable", 0o644)):
            (shared / name).write_bytes(b"before")
            (shared / name).chmod(rights)
        script = ("import os, sys; sys.path.insert(0, sys.argv[2])\n"
                  "from darknet_py._support.files import write_whole\n"
                  "os.setgroups([]); os.setgid(12345); os.setuid(12345)\n"
                  "write_whole(sys.argv[1], b'after')")  # fmt: skip
        done = {name: subprocess.run([sys.executable, "-c", script, shared / name, REPO], check=False,
                                     capture_output=True, text=True)
                for name in ("writable", "readable", "new")}  # fmt: skip
        assert done["writable"].returncode == 0, done["writable"].stderr
        assert all("PermissionError" in done[name].stderr for name in ("readable", "new"))
        assert (shared / "writable").read_bytes() == b"after"
        assert ((shared / "writable").stat().st_uid, mode(shared / "writable")) == (0, 0o666)
        assert (shared / "readable").read_bytes() == b"before"
        assert names(shared) == ["readable", "writable"]
    finally:
        for path in shared.iterdir():
            path.unlink()
        shared.rmdir()


def test_files_that_lie_elsewhere_are_put_in_place(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    put(tmp_path / "a", tmp_path / "b")
    assert names(tmp_path) == ["b"]
