"""Words that are too long for the name of a file, numbers that are too long for a float: refused in a line."""

from __future__ import annotations

import pytest

import darknet_py
from darknet_py.boxes.thresholds import check_threshold
from darknet_py.cli import main
from darknet_py.errors import CfgError, DarknetError
from darknet_py.files.pictures import expand, holds_pictures

LONG = "a" * 5000


def test_a_network():
    with pytest.raises(CfgError, match=r"no such file, no a+…a+\.cfg, and no network of that name"):
        darknet_py.load(LONG)
    with pytest.raises(CfgError, match="cannot be read"):
        darknet_py.load(f"{LONG}.cfg", "x.weights")
    with pytest.raises(CfgError, match="cannot be read"):
        darknet_py.load(f"{LONG}.cfg")


@pytest.mark.parametrize("value", [10**400, -(10**5000)], ids=["large", "not to be shown"])
@pytest.mark.parametrize("name", ["thresh", "nms", "hier_thresh"])
def test_numbers(name, value):
    with pytest.raises(DarknetError, match=f"^{name} is too large a number; it must be one from 0 to 1$"):
        check_threshold("hier", name, value)


def test_pictures():
    assert expand([LONG]) == [LONG]
    assert not holds_pictures(LONG)


@pytest.mark.parametrize("words", [["detect", f"{LONG}.cfg", "x.weights", "a.jpg"], ["summary", LONG], ["check", LONG],
                                   ["detect", "x.cfg", "x.weights", LONG]])  # fmt: skip
def test_commands(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert "error" in out + err
    assert "Errno" not in out + err
