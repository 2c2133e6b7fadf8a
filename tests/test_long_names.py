"""Words that no system takes for the name of a file, being too long: refused as files that are not there."""

from __future__ import annotations

import pytest

import darknet_py
from darknet_py.cli import main
from darknet_py.errors import CfgError, WeightsError
from darknet_py.files.lists import expand, holds_pictures

LONG = "a" * 5000


def test_a_network():
    with pytest.raises(CfgError, match="no such file, and no network of that name"):
        darknet_py.load(LONG)
    with pytest.raises(CfgError, match="cannot be read"):
        darknet_py.load(f"{LONG}.cfg", "x.weights")
    with pytest.raises(WeightsError, match="needs its weights file"):
        darknet_py.load(f"{LONG}.cfg")


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
