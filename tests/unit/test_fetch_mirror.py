"""Weights from a mirror: a folder, another address, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from published_network import FILE, PART, names, published, right, sha256

from darknet_py import FetchError, store
from darknet_py.store import download, sources


@pytest.fixture
def shelf(tmp_path) -> Path:
    """A folder with the right file."""
    folder = tmp_path / "a shelf"
    folder.mkdir()
    (folder / FILE).write_bytes(right())
    return folder


@pytest.mark.parametrize("spelt", [str, lambda folder: f"{folder}/", lambda folder: folder.as_uri()])
def test_a_folder_as_mirror(shelf, tmp_path, spelt):
    entry = published("http://127.0.0.1:9/nothing", sha256(right()))
    fetched = store.fetch(entry, tmp_path / "here", spelt(shelf))
    assert fetched.path.read_bytes() == right()
    assert names(shelf) == [FILE]


def test_a_copy_from_a_folder_is_taken_up_again(shelf, tmp_path, monkeypatch):
    def broken(path, file):
        yield file.read(100_000)
        raise sources.Interrupted(f"{path}: cannot be read to its end (Input/output error)")

    here = tmp_path / "here"
    with monkeypatch.context() as patch:
        patch.setattr(sources, "_read", broken)
        patch.setattr(download, "TRIES", 2)
        with pytest.raises(FetchError, match=f"200000 of {len(right())} bytes are here"):
            store.fetch(published(""), here, str(shelf))
    assert (here / PART).stat().st_size == 200_000
    told = []
    store.fetch(published(""), here, str(shelf), lambda done, size: told.append(done))
    assert (here / FILE).read_bytes() == right()
    assert told[0] == 200_000


def test_a_mirror_on_the_web(site, tmp_path):
    entry = published("http://127.0.0.1:9/nothing")
    assert store.fetch(entry, tmp_path, f"{site.url}/some/where/").path.read_bytes() == site.data


@pytest.mark.parametrize(
    ("mirror", "says"),
    [("nowhere", "cannot be read (No such file or directory)"), ("ftp://x/y", "ftp is not supported; use http, https")],
)
def test_a_mirror_that_is_none(tmp_path, mirror, says):
    with pytest.raises(FetchError) as e:
        store.fetch(published(""), tmp_path, mirror)
    assert says in str(e.value)
    assert FILE in str(e.value)
