"""Published weights over the wire: a local server cuts, redirects, refuses and lies; what arrives is the file or nothing."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import network, random_weights
from published_network import FILE, LAYERS, PART, names, published, right, saved, sha256
from webserver import Site, served, until

from darknet_py import FetchError, store
from darknet_py.store import download
from darknet_py.store.partial_file import PartialFile
from darknet_py.weights.header import VERSION

pytest.importorskip("requests", reason="needs pip install darknet-runtime[test]")
pytest.importorskip("filelock", reason="needs pip install darknet-runtime[test]")

HTML = b"\n<!DOCTYPE html><html>Please log in</html>"


def fails(site: Site, folder: Path, says: str, checksum: str = "") -> str:
    """Fetching gives one line with this text, and no file."""
    with pytest.raises(FetchError) as e:
        store.fetch(published(site.url, checksum), folder)
    text = str(e.value)
    assert says in text
    assert "\n" not in text
    assert FILE not in names(folder)
    return text


def arrives(site: Site, folder: Path, data: bytes | None = None) -> None:
    """Fetching gives the site's bytes, and leaves nothing else behind."""
    fetched = store.fetch(published(site.url), folder)
    assert fetched == store.Fetched(folder / FILE, True)
    assert fetched.path.read_bytes() == (data or site.data)
    assert names(folder) == [FILE]


def test_the_whole_file_in_one_go(site, tmp_path):
    told = []
    folder = tmp_path / "new" / "folder"
    entry = published(site.url, sha256(site.data))
    fetched = store.fetch(entry, folder, report=lambda done, size: told.append((done, size)))
    assert fetched.path.read_bytes() == site.data
    assert names(folder) == [FILE]
    assert told[0] == (0, len(site.data))
    assert told[-1] == (len(site.data), len(site.data))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert site.requests[0]["user-agent"].startswith("darknet_py/")
    assert "range" not in site.requests[0]


def test_what_is_there_and_right_is_not_fetched_again(site, tmp_path):
    (tmp_path / FILE).write_bytes(site.data)
    entry = published(site.url, sha256(site.data))
    assert store.fetch(entry, tmp_path) == store.Fetched(tmp_path / FILE, False)
    assert not site.requests


@pytest.mark.parametrize("there", [b"my own", right(1)])
def test_another_file_of_that_name_is_left_as_it_is(site, tmp_path, there):
    (tmp_path / FILE).write_bytes(there)
    with pytest.raises(FetchError, match=r"is there already, but is not the published file: its? .*; move it away"):
        store.fetch(published(site.url, sha256(site.data)), tmp_path)
    assert (tmp_path / FILE).read_bytes() == there
    assert not site.requests


def test_a_cut_connection_is_taken_up_again(site, tmp_path):
    site.cuts = [200_000, 150_000]
    arrives(site, tmp_path)
    first, second, third = site.starts
    assert 0 == first < second < third < 350_000
    assert site.requests[1]["if-range"] == site.etag


def test_a_connection_that_brings_nothing_is_given_up_and_taken_up_by_the_next_run(site, tmp_path):
    site.cuts = [200_000, 0]
    text = fails(site, tmp_path, "fetch it again to go on")
    kept = (tmp_path / PART).read_bytes()
    assert f"{len(kept)} of {len(site.data)} bytes are here" in text
    assert kept == site.data[: len(kept)] != b""
    arrives(site, tmp_path)
    assert site.starts[-1] == len(kept)


def test_a_connection_that_is_always_cut_is_given_up(site, tmp_path):
    site.cuts = [70_000] * 20
    fails(site, tmp_path, "the connection was lost")
    assert len(site.requests) == download.TRIES


def test_a_connection_that_ends_early_without_a_length_is_seen(site, tmp_path):
    site.length, site.cuts = False, [200_000]
    arrives(site, tmp_path)
    assert site.starts == [0, 200_000]


@given(st.lists(st.integers(0, 700_000), max_size=8), st.booleans(), st.sampled_from(['"tag"', None]))
@settings(max_examples=25, deadline=None)
def test_whatever_is_cut_and_however_often_it_is_begun_the_file_arrives(cuts, ranges, etag):
    with served(right()) as site, tempfile.TemporaryDirectory() as folder:
        site.cuts, site.ranges, site.etag = list(cuts), ranges, etag
        for _ in range(len(cuts)):
            with contextlib.suppress(FetchError):
                store.fetch(published(site.url), Path(folder))
            assert not (Path(folder) / FILE).exists() or (Path(folder) / FILE).read_bytes() == site.data
        assert store.fetch(published(site.url), Path(folder)).path.read_bytes() == site.data
        assert names(Path(folder)) == [FILE]


def test_a_server_that_ignores_range_begins_anew(site, tmp_path):
    site.ranges, site.cuts = False, [200_000]
    arrives(site, tmp_path)
    assert site.starts[1] > 0


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_a_server_that_marks_no_version_begins_anew(site, tmp_path, etag):
    site.etag, site.cuts = etag, [200_000]
    arrives(site, tmp_path)
    assert site.starts == [0, 0]


def test_parts_of_two_versions_are_never_joined(site, tmp_path):
    site.cuts = [200_000, 0]
    fails(site, tmp_path, "the connection was lost")
    site.data, site.etag = right(1), '"second"'
    arrives(site, tmp_path, right(1))


def test_a_server_that_sends_another_range_than_asked_begins_anew(site, tmp_path):
    (tmp_path / PART).write_bytes(b"x" * 1000)
    (tmp_path / f"{PART}.version").write_text(site.etag)
    site.data = right()[:900]
    fails(site, tmp_path, "900 bytes, but it must have")  # 416, then the whole
    assert site.starts == [1000, 0]


def test_a_part_that_had_come_whole_needs_no_server(site, tmp_path):
    (tmp_path / PART).write_bytes(site.data)
    (tmp_path / f"{PART}.version").write_text(site.etag)
    arrives(site, tmp_path)
    assert not site.requests


def test_a_part_that_is_too_long_is_thrown_away(site, tmp_path):
    (tmp_path / PART).write_bytes(site.data + b"more")
    (tmp_path / f"{PART}.version").write_text(site.etag)
    arrives(site, tmp_path)


@pytest.mark.parametrize("data", [right() + b"more", right()[:-8]])
def test_a_file_of_the_wrong_size_is_refused_before_it_comes(site, tmp_path, data):
    site.data = data
    fails(site, tmp_path, f"{len(data)} bytes, but it must have {len(right())}: it is another file")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (right() + bytes(200_000), f"more than the {len(right())} bytes that it must have"),
        (right()[:-8], f"the connection was lost; {len(right()) - 8} of {len(right())} bytes are here"),
        (b"", "the connection was lost; 0 of"),
    ],
)
def test_a_file_of_the_wrong_size_that_a_server_does_not_tell(site, tmp_path, data, says):
    site.data, site.length = data, False
    fails(site, tmp_path, says)
    fails(site, tmp_path, says)
    site.data, site.length, site.etag = right(), True, '"another"'
    arrives(site, tmp_path)


def test_a_wrong_checksum(site, tmp_path):
    expected = sha256(b"another file")
    text = fails(site, tmp_path, "not the published file: its sha256 is", expected)
    assert expected.removeprefix("sha256:") in text
    assert names(tmp_path) == []


def test_numbers_that_are_none(site, tmp_path):
    arrays = random_weights(network(LAYERS))
    arrays.params[1]["weights"][3, 5] = np.nan
    site.data = saved(arrays)
    fails(site, tmp_path, "NaN among the weights of")
    assert names(tmp_path) == []


def test_a_header_that_is_none(site, tmp_path):
    site.data = VERSION.pack(7, 7, 7) + right()[VERSION.size :]
    fails(site, tmp_path, "its header says version 7.7, which Darknet has never had")


@pytest.mark.parametrize(("status", "says"), [(404, "404 Not Found"), (503, "503 Service Unavailable")])
def test_an_error_of_the_server(site, tmp_path, status, says):
    site.status = status
    assert "-mirror" in fails(site, tmp_path, f"{FILE}: {says}")
    assert names(tmp_path) == []


def test_a_redirect(site, tmp_path):
    site.url += "/old"
    arrives(site, tmp_path)


def test_a_web_page_is_no_weights_file_and_what_had_come_stays(site, tmp_path):
    site.cuts = [200_000, 0]
    fails(site, tmp_path, "the connection was lost")
    kept, data = (tmp_path / PART).read_bytes(), site.data
    site.data, site.ranges, site.length = HTML, False, False
    fails(site, tmp_path, "a web page came, not the file")
    assert (tmp_path / PART).read_bytes() == kept
    site.data, site.ranges = data, True
    arrives(site, tmp_path)
    assert site.starts[-1] == len(kept)


def test_no_server(tmp_path):
    with served(b"") as gone:
        pass
    fails(gone, tmp_path, "no connection (Connection refused)" if os.name == "posix" else "no connection")


def test_a_disk_that_is_full(site, tmp_path, monkeypatch):
    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def tell(self):
            return self.file.tell()

        def write(self, data):
            if self.file.tell() > 100_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.file.write(data)

    opened = PartialFile.open
    with monkeypatch.context() as patch:
        patch.setattr(PartialFile, "open", lambda *arguments: Full(opened(*arguments)))
        fails(site, tmp_path, "No space left on device; fix that or choose another folder")
    arrives(site, tmp_path)
    assert site.starts[-1] > 100_000


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(site, tmp_path):
    tmp_path.chmod(0o555)
    fails(site, tmp_path, "Permission denied")
    tmp_path.chmod(0o755)


def test_a_folder_that_cannot_be_made(site, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match="choose another folder with -o"):
        store.fetch(published(site.url), tmp_path / "file" / "folder")


def test_two_at_once_fetch_once(site, tmp_path):
    site.pause = threading.Event()
    results = []
    fetch = [
        threading.Thread(target=lambda: results.append(store.fetch(published(site.url), tmp_path))) for _ in range(2)
    ]
    fetch[0].start()
    until(lambda: site.requests)
    fetch[1].start()
    fetch[1].join(0.3)
    assert fetch[1].is_alive(), "the second waits for the first"
    site.pause.set()
    for thread in fetch:
        thread.join(60)
    assert sorted(result.new for result in results) == [False, True]
    assert len(site.requests) == 1
    assert names(tmp_path) == [FILE]
