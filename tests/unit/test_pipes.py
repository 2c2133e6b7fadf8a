"""Pipes in place of texts: read as files are while something writes into them, refused at once where nothing does."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from darknet_py import cfg, compare
from darknet_py.cli import main
from darknet_py.errors import CfgError, CompareError, DatasetError
from darknet_py.files import text
from darknet_py.files.data import Data
from darknet_py.files.labels import read_labels
from darknet_py.files.lists import read_list
from darknet_py.files.names import read_names

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
CFG = "[net]\nwidth=32\nheight=32\nchannels=3\n[convolutional]\nfilters=1\nactivation=linear\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.txt")
    Path("a.cfg").write_text(CFG)
    monkeypatch.setattr(text, "PATIENCE", 0.02)
    return tmp_path


@pytest.mark.parametrize(("read", "error"), [
    (cfg.read, CfgError), (read_names, CfgError), (Data.read, CfgError), (read_list, DatasetError),
    (read_labels, DatasetError),
])  # fmt: skip
def test_without_a_writer(place, read, error):
    with pytest.raises(error, match=r"^pipe\.txt: cannot be read \(it is a pipe that nothing writes into; give a text\)$"):
        read("pipe.txt")


def test_a_writer_may_take_its_time(place, monkeypatch):
    def write():
        time.sleep(0.05)
        with open("pipe.txt", "w") as file:
            time.sleep(0.05)
            file.write("cat\n" * 50_000)
            file.flush()
            time.sleep(0.05)
            file.write("dog\n")

    monkeypatch.setattr(text, "PATIENCE", 20)
    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    assert read_names("pipe.txt") == ["cat"] * 50_000 + ["dog"]
    writer.join()


@pytest.mark.parametrize("names", ["", "cat\ndog\n"])
@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="/dev/fd is another thing here")
def test_a_pipe_of_the_shell_may_be_empty(names):
    """As ``-names <(grep -v x my.names)``."""
    end, start = os.pipe()
    os.write(start, names.encode())
    os.close(start)
    assert read_names(f"/dev/fd/{end}") == names.split()
    os.close(end)


def test_data_names_a_pipe(place):
    Path("my.data").write_text("names=pipe.txt\nvalid=/dev/null\n")
    data = Data.read("my.data")
    assert (data.names(), data.file("valid")) == (Path("pipe.txt"), Path("/dev/null"))


@pytest.mark.parametrize("arguments", [["pipe.txt"], ["a.cfg", "-names", "pipe.txt"], ["a.cfg", "-data", "pipe.txt"]])
def test_check_reads_more_than_once(place, arguments, capsys):
    assert main(["check", *arguments]) == 1
    assert "pipe.txt: cannot be read (it is a pipe, and this is read more than once; save it as a file)" in (
        capsys.readouterr().out
    )


def test_a_reference_is_read_more_than_once(place):
    with pytest.raises(CompareError, match=r"^pipe\.txt: cannot be read \(it is a pipe"):
        compare.kind("pipe.txt")
    with pytest.raises(CompareError, match="cannot be read"):
        compare.kind("a\0b")


def test_a_cfg_is_a_pipe_in_commands(place, capsys):
    os.mkfifo("pipe")
    assert main(["summary", "pipe"]) == 1
    assert "pipe: cannot be read (it is a pipe that nothing writes into" in capsys.readouterr().err
