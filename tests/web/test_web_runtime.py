"""The runtime of the page: from the npm registry, a mirror or a file, and nothing but the one that was published."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from npm_archive import archive, stand_in
from webserver import Site, served

from darknet_py import FetchError, web
from darknet_py.web import runtime

FILE = "onnxruntime-web-9.9.9.tgz"
UNPACKED = {f"runtime/{name}": name.encode() for name in runtime.FILES}


@pytest.fixture
def data(monkeypatch) -> bytes:
    stand_in(monkeypatch, archive())
    return archive()


@pytest.fixture
def registry(monkeypatch, tmp_path, data):
    """A registry that has the archive, and an empty cache."""
    monkeypatch.setenv("DARKNET_PY_CACHE", str(tmp_path))
    for name in runtime.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with served(data) as site:
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", site.url)
        yield site


@pytest.fixture
def kept(tmp_path) -> Path:
    return tmp_path / "npm" / FILE


def test_it_is_fetched_once(registry: Site, kept):
    told = []
    assert web.fetch_runtime(lambda done, size: told.append((done, size))) == UNPACKED
    assert told[-1] == (len(registry.data), len(registry.data))
    assert web.fetch_runtime() == UNPACKED
    assert len(registry.requests) == 1
    assert [path.name for path in kept.parent.iterdir()] == [FILE]


def test_a_broken_download_is_taken_up_again(registry: Site, kept, monkeypatch):
    registry.cuts = [100_000]
    assert web.fetch_runtime() == UNPACKED
    assert registry.starts == [0, 1 << 16]


def test_what_is_kept_is_checked_again(registry: Site, kept):
    web.fetch_runtime()
    kept.write_bytes(b"x" * len(registry.data))
    assert web.fetch_runtime() == UNPACKED
    assert kept.read_bytes() == registry.data


@pytest.mark.parametrize("name", runtime.VARIABLES)
@pytest.mark.parametrize("end", ["", "/"])
def test_npm_s_variable_names_the_registry(monkeypatch, name, end):
    for other in runtime.VARIABLES:
        monkeypatch.delenv(other, raising=False)
    assert runtime._registry() == "https://registry.npmjs.org"
    monkeypatch.setenv(name, f"https://example.org/npm{end}")
    assert runtime._registry() == "https://example.org/npm"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data[:-1] + b"?", "is not what was published: its sha512 is"),
        (lambda data: data[:-1], "but it must have"),
        (lambda data: data + b"more", "but it must have"),
        (lambda data: b"<!doctype html>", "a web page came, not the file"),
    ],
)
def test_another_archive_is_refused(registry: Site, kept, change, says):
    registry.data = change(registry.data)
    with pytest.raises(FetchError) as e:
        web.fetch_runtime()
    assert says in str(e.value)
    assert not kept.exists()


@pytest.mark.parametrize("where", ["http://127.0.0.1:9", "http://127.0.0.1:9/npm/"])
def test_no_registry_is_one_line(registry, monkeypatch, where):
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", where)
    with pytest.raises(FetchError) as e:
        web.fetch_runtime()
    assert str(e.value).startswith(f"{where.rstrip('/')}/onnxruntime-web/-/{FILE}: no connection (")
    assert f"with -runtime {FILE}, which npm pack saves elsewhere" in str(e.value)
    assert "-mirror" not in str(e.value)


def test_a_cache_that_cannot_be_written_is_told(registry, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DARKNET_PY_CACHE", str(tmp_path / "file"))
    with pytest.raises(FetchError, match="set DARKNET_PY_CACHE to a folder that can be written"):
        web.fetch_runtime()


def test_from_a_file(tmp_path, data):
    (tmp_path / "any.tgz").write_bytes(data)
    assert web.read_runtime(tmp_path / "any.tgz") == UNPACKED


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read (No such file or directory); npm pack onnxruntime-web@9.9.9 saves it"),
        (b"", "is not the archive of onnxruntime-web 9.9.9: it has 0 bytes"),
        (archive(("other",)), "is not the archive of onnxruntime-web 9.9.9: it has "),
    ],
)
def test_a_file_that_is_not_it(tmp_path, data, content, says):
    if content is not None:
        (tmp_path / "any.tgz").write_bytes(content)
    with pytest.raises(FetchError) as e:
        web.read_runtime(tmp_path / "any.tgz")
    assert says in str(e.value)


def test_the_version_is_pinned():
    algorithm, digest = runtime.PACKAGE.integrity.split("-", 1)
    assert algorithm == "sha512"
    assert len(base64.b64decode(digest, validate=True)) == 64
