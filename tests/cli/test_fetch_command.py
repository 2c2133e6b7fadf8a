"""``darknet_py fetch``: its lines, its list, its folders, and what is there after Ctrl-C."""

from __future__ import annotations

import functools
import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import processes
import pytest
from published_network import FILE, NAME, PART, names, published, right, sha256
from reference import SUPPORT
from webserver import until
from zoo_facts import PUBLISHED as GOLDEN

from darknet_py import WeightsError, load, store, zoo
from darknet_py._support.optional import pip_install
from darknet_py.cli import main
from darknet_py.store import verify

NAMES = [
    "yolov3-tiny", "yolov3", "yolov3-spp", "yolov4-tiny", "yolov4", "yolov4-csp", "yolov4-csp-swish", "yolov4x-mish",
    "yolov4-csp-x-swish", "yolov4-p5", "yolov4-p6", "yolov7-tiny", "yolov7", "yolo-fastest-1.1", "yolo-fastest-1.1-xl",
]  # fmt: skip
LENGTHS = {"sha256": 64, "sha1": 40}


@pytest.fixture
def place(site, tmp_path, monkeypatch):
    """An empty working directory and an own data folder; the server's file is published under the name small."""
    monkeypatch.setenv("DARKNET_PY_WEIGHTS", str(tmp_path / "data"))
    monkeypatch.setitem(store.PUBLISHED, NAME, published(site.url, sha256(site.data)))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_what_is_published():
    assert list(store.PUBLISHED) == NAMES
    for name, entry in store.PUBLISHED.items():
        assert entry.name == name in zoo.NETWORKS
        assert entry.address.startswith("https://")
        assert entry.address.endswith(f"/{name}.weights")
        algorithm, _, digest = entry.checksum.partition(":")
        assert len(digest) == LENGTHS.get(algorithm, 0)
        assert set(digest) <= set("0123456789abcdef")
        if name in GOLDEN:
            assert entry.size == GOLDEN[name]["weights_size"]


@pytest.mark.parametrize("name", ["yolo-fastest-1.1", "yolo-fastest-1.1-xl"])
def test_real_weights_are_what_is_published(reference, tmp_path, name):
    fetched = store.fetch(store.PUBLISHED[name], tmp_path, str(reference / "weights"))
    assert fetched.new
    assert verify.fault(store.PUBLISHED[name], fetched.path) is None


def test_it_goes_to_the_data_folder(place, site, capsys):
    assert main(["fetch", NAME]) == 0
    path = place / "data" / FILE
    assert capsys.readouterr() == (f"{path}: {len(site.data)} bytes, sha256 as published\n", "")
    assert path.read_bytes() == site.data
    assert main(["fetch", NAME]) == 0
    assert capsys.readouterr().out == f"{path}: already there, {len(site.data)} bytes, sha256 as published\n"
    assert len(site.requests) == 1


def test_it_goes_to_weights_if_that_is_there(place, capsys):
    Path("weights").mkdir()
    assert main(["fetch", NAME]) == 0
    assert capsys.readouterr().out.startswith(f"weights{os.sep}{FILE}: ")
    assert not (place / "data").exists()


@pytest.mark.parametrize("flag", ["-o", "--folder"])
def test_it_goes_where_it_is_told(place, capsys, flag):
    Path("weights").mkdir()
    assert main(["fetch", flag, "some/where", NAME]) == 0
    assert Path("some/where", FILE).is_file()


def test_without_a_variable_the_system_says_where_data_lie(place, monkeypatch):
    platformdirs = pytest.importorskip("platformdirs", reason="needs pip install darknet-runtime[test]")
    monkeypatch.delenv("DARKNET_PY_WEIGHTS")
    monkeypatch.setattr(platformdirs, "user_data_path", lambda name, **_: place / "system" / name)
    assert store.folder() == place / "system" / "darknet_py"


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(116, "Stale file handle")])
def test_a_folder_that_may_not_be_looked_into_holds_nothing(place, monkeypatch, capsys, error):
    """As the home folder of another user, in a container; what lies elsewhere is found."""
    closed, looks = place / "closed", {"stat": os.stat, "scandir": os.scandir}

    def look(name, path, *given, **more):
        if str(path).startswith(str(closed)):
            raise error
        return looks[name](path, *given, **more)

    for name in looks:
        monkeypatch.setattr(os, name, functools.partial(look, name))
    monkeypatch.setenv("DARKNET_PY_WEIGHTS", str(closed))
    assert store.find(FILE) is None
    assert store.model("yolov4-chars").weights.endswith("yolov4-chars.weights")
    with pytest.raises(WeightsError, match=rf"closed{re.escape(os.sep)} \({error.strerror}\); get it: darknet_py fetch"):
        store.model("yolov3-tiny")
    assert main(["fetch", "-list"]) == 0
    assert main(["fetch", NAME]) == 1
    assert f"{error.strerror}; fix that or choose another folder" in capsys.readouterr().err


@pytest.mark.parametrize("says", [RuntimeError("no home"), Path("~/.local/share/darknet_py"), Path("relative")])
def test_without_a_home_the_variable_is_named(place, monkeypatch, capsys, says):
    """Releases of platformdirs differ in what they do then."""
    platformdirs = pytest.importorskip("platformdirs", reason="needs pip install darknet-runtime[test]")

    def user_data_path(*_, **__):
        if isinstance(says, Exception):
            raise says
        return says

    monkeypatch.delenv("DARKNET_PY_WEIGHTS")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(platformdirs, "user_data_path", user_data_path)
    assert main(["fetch", NAME]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "no home folder (HOME is not set)" in err
    assert "set DARKNET_PY_WEIGHTS to a folder, or choose one with -o" in err
    assert main(["fetch", "-list"]) == 0
    with pytest.raises(WeightsError, match="get it: darknet_py fetch"):
        load("yolov4-tiny")
    monkeypatch.setenv("DARKNET_PY_WEIGHTS", str(place / "data"))
    assert store.folder() == place / "data"


def test_no_checksum_is_published(place, site, capsys, monkeypatch):
    monkeypatch.setitem(store.PUBLISHED, NAME, published(site.url))
    assert main(["fetch", NAME]) == 0
    assert capsys.readouterr().out.endswith(f"{len(site.data)} bytes, no checksum is published\n")


def test_one_that_fails_does_not_stop_the_others(place, capsys):
    (place / "mirror").mkdir()
    (place / "mirror" / FILE).write_bytes(right())
    assert main(["fetch", "yolov4", NAME, NAME, "yolov7", "--mirror", str(place / "mirror")]) == 1
    out, err = capsys.readouterr()
    assert [line.split(":")[0] for line in out.splitlines()] == [str(place / "data" / FILE)]
    assert [line.split(": ")[2] for line in err.splitlines()] == [
        str(place / "mirror" / "yolov4.weights"), str(place / "mirror" / "yolov7.weights"),
    ]  # fmt: skip
    assert all(line.startswith("darknet_py: error: ") for line in err.splitlines())
    assert names(place / "data") == [FILE]


@pytest.mark.parametrize("words", [[], ["-list"], ["--list"], ["-list", NAME, "yolov7"]])
def test_the_list(place, capsys, words):
    Path(FILE).write_bytes(right())
    assert main(["fetch", *words]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == ([NAME, "yolov7"] if words[1:] else [*NAMES, NAME])
    by_name = {name: (size, where) for name, size, where in rows}
    assert by_name[NAME] == (str(len(right())), FILE)
    assert by_name["yolov7"] == (str(store.PUBLISHED["yolov7"].size), store.PUBLISHED["yolov7"].address)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("yolov4-tin", 2, "no weights yolov4-tin; did you mean yolov4-tiny?"),
        (f"{NAME} yolov4-p7", 2, "no weights are published for yolov4-p7"),
        (f"{NAME} -mirrr x", 2, "unknown flag -mirrr; did you mean -mirror?"),
        (f"{NAME} -mirror s3://x/y", 1, f"s3://x/y/{FILE}: s3 is not supported"),
        (f"{NAME} -o {FILE}", 1, "choose another folder with -o"),
    ],
)
def test_complaints_are_one_line(place, site, capsys, words, code, says):
    Path(FILE).write_bytes(b"a file")
    assert main(["fetch", *words.split()]) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err
    assert not site.requests


@pytest.mark.parametrize("package", ["requests", "filelock", "tqdm", "platformdirs"])
def test_a_missing_package_is_named(place, capsys, monkeypatch, package):
    monkeypatch.delenv("DARKNET_PY_WEIGHTS")
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["fetch", NAME]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"darknet_py: error: the package {package} cannot be used (")
    assert err.endswith(f"install it: {pip_install('fetch')}\n")


def test_the_list_needs_no_package(place, capsys, monkeypatch):
    for package in ("requests", "filelock", "tqdm"):
        monkeypatch.setitem(sys.modules, package, None)
    assert main(["fetch", "-list"]) == 0


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_progress_bar_is_drawn_on_a_terminal_only(place, site, capsys, monkeypatch):
    site.cuts = [200_000]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", Terminal())
        assert main(["fetch", NAME]) == 0
        drawn = sys.stderr.getvalue()
    assert f"{NAME}: " in drawn
    assert "/623k" in drawn
    assert capsys.readouterr().err == ""
    assert main(["fetch", NAME, "-o", "x"]) == 0
    assert capsys.readouterr().err == ""


RUN = """
import sys
sys.path.insert(0, {support!r})
from published_network import NAME, published
from darknet_py import store
from darknet_py.cli import main
store.PUBLISHED[NAME] = published(sys.argv[1])
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process")
def test_what_had_come_before_an_interruption_stays(place, site, capsys):
    site.pause = Event()
    command = [sys.executable, "-c", RUN.format(support=str(SUPPORT)), site.url, "fetch", NAME]
    environment = processes.environment()
    p = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    part = place / "data" / PART
    until(lambda: part.is_file() and part.stat().st_size)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=60)
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("darknet_py: stopped by Ctrl-C after 0 of 1 files; what has come of the next one is kept")
    assert p.returncode == 130
    kept = part.read_bytes()
    assert kept == site.data[: len(kept)] != b""
    site.pause.set()
    assert main(["fetch", NAME]) == 0
    assert (place / "data" / FILE).read_bytes() == site.data
    assert site.starts == [0, len(kept)]
    assert names(place / "data") == [FILE]
