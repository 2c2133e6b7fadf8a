"""Whatever stands in files, paths and answers of servers: what is shown of it does nothing to a terminal."""

from __future__ import annotations

import logging
import os
import pickle
import re
import subprocess
import sys
import warnings

import cv2
import numpy as np
import pytest
import small_detector
from hypothesis import given
from hypothesis import strategies as st
from small_detector import CFG

from darknet_py import CfgError, DarknetError, DarknetWarning, Network
from darknet_py.cli import main
from darknet_py.errors import LONGEST, MOST, one_line, printable
from darknet_py.output.printed_lines import detection_lines

ESCAPE = "\x1b]0;owned\x07\x1b[2J"
BAD = ["\x1b[31m", "\x07", "\x00", "\r", "\n", "\x7f", "\x9b31m", "\u202e", "\u2066", "\u200f", "\u2028", "\ufeff", "\u200b"]
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]")


@pytest.mark.parametrize("bad", BAD, ids=ascii)
def test_characters_that_a_terminal_obeys_are_escaped(bad):
    shown = printable(f"a{bad}b")
    assert not OBEYED.search(shown)
    assert "\n" not in shown
    assert shown.encode("ascii").startswith(b"a\\")


PLAIN = ["dog", "traffic light", "犬", "كلب", "a\tb", "n\u200dm", "\U0001f468\u200d\U0001f469", "ß\udcff/x", ""]


@pytest.mark.parametrize("text", PLAIN, ids=ascii)
def test_all_else_stays(text):
    """Surrogates are the bytes of a path that are no text; joiners belong to words and to faces."""
    assert printable(text) == one_line(text) == text


@given(st.text(), st.integers(3, 400))
def test_length(text, most):
    assert len(printable(text, most)) <= most
    assert not OBEYED.search(printable(text, most))
    assert len(one_line(text)) <= LONGEST


def test_both_ends_of_a_long_text_stay():
    shown = printable("start" + "x" * 10_000 + "end.weights")
    assert (len(shown), shown[:5], shown[-11:]) == (MOST, "start", "end.weights")


@pytest.mark.parametrize("kind", [DarknetError, CfgError, DarknetWarning])
def test_errors_and_warnings(kind):
    told = kind(f"activation={ESCAPE}{'y' * 5000} is not known; write leaky", f"{ESCAPE}.cfg:7:", 7)
    for text in (str(told), told.message, told.where):
        assert not OBEYED.search(text)
        assert len(text) <= LONGEST
    assert str(told).endswith("is not known; write leaky"), "the remedy stays"
    assert str(told).startswith("\\x1b]0;owned\\x07\\x1b[2J.cfg:7: activation=")
    assert str(pickle.loads(pickle.dumps(told))) == str(told)


def test_names_of_classes_in_printed_lines():
    table = type("Table", (), {"xywh": np.full((1, 4), 0.5, np.float32), "probs": np.ones((1, 2), np.float32)})()
    assert detection_lines(table, [ESCAPE, "a b"], 0.5, 9, 9) == ["\\x1b]0;owned\\x07\\x1b[2J: 100%", "a b: 100%"]


@pytest.fixture
def network(tmp_path):
    """A folder with m.cfg and m.weights."""
    small_detector.write(tmp_path, name="m")
    return tmp_path


def run(folder, *arguments: str | bytes) -> tuple[int, bytes, bytes]:
    """The command as a process of its own: exit code, standard output and error."""
    command = [sys.executable, "-m", "darknet_py", *arguments]
    env = os.environ | {"PYTHONUTF8": "1"}
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, timeout=120, env=env)
    return done.returncode, done.stdout, done.stderr


HIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]")


def test_the_command(network):
    """A class's name, and a picture's that is no text and has an escape."""
    (network / "m.names").write_text(f"{ESCAPE}\u202ename\nb\n")
    picture = os.fsencode(network) + b"/p\xff\x1b[31m.png"
    cv2.imwrite(str(network / "p.png"), np.full((16, 16, 3), 90, np.uint8))
    try:
        os.rename(network / "p.png", picture)
    except OSError:
        pytest.skip("the file system takes text only")
    code, out, err = run(network, "detect", "m.cfg", "m.weights", picture, "-names", "m.names", "-dont_draw")
    assert code == 0, err
    assert b"p\xff\\x1b[31m.png: Predicted in" in out
    assert b"\\x1b]0;owned\\x07\\x1b[2J\\u202ename: " in out
    assert not HIDDEN.search(out + err)


def test_complaints_of_commands(network, monkeypatch, capsys):
    monkeypatch.chdir(network)
    (network / "m.cfg").write_text(CFG.replace("linear", f"linear{ESCAPE}") + f"[{ESCAPE}]\n")
    of_m = "detect", "m.cfg", "m.weights"
    for arguments in ([*of_m, f"{ESCAPE}.png"], [*of_m, "a.png"], ["check", "m.cfg"], ["summary", "\x9b\x1b.cfg"]):
        assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert not OBEYED.search(out + err)
    assert "\\x1b]0;owned\\x07\\x1b[2J.png: no picture is found by this pattern" in err
    assert "activation=linear\\x1b]0;owned\\x07\\x1b[2J" in err


def test_what_commands_say_of_what_they_wrote(network, monkeypatch, capsys):
    """Tables of layers and paths of files."""
    monkeypatch.chdir(network)
    folder = f"out{ESCAPE}"
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("the file system has no such names")
    (network / "m.cfg").write_text(CFG + f"iou_loss=ciou{ESCAPE}\n")
    (network / "m.names").write_text("a\nb\n")
    cv2.imwrite("p.png", np.full((16, 16, 3), 90, np.uint8))
    for arguments in (
        ["summary", "m.cfg"],
        ["new", "yolov4-tiny", "--names", "m.names", "-o", f"{folder}/own.cfg"],
        ["compare", "m.cfg", "m.weights", "p.png", "-save", f"{folder}/layers.npz"],
        ["compare", "m.cfg", "m.weights", "p.png", "-against", f"{folder}/layers.npz"],
        ["detect", "m.cfg", "m.weights", "p.png", "-dont_draw", "-show_layers", "-names", "m.names"],
    ):
        assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert not OBEYED.search(out + err)
    assert "ciou\\x1b]0;owned\\x07\\x1b[2J (0)" in out
    assert "out\\x1b]0;owned\\x07\\x1b[2J/own.cfg: " in out


def test_what_the_package_logs(capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger("darknet_py"), "handlers", [])
    assert main(["--version"]) == 0
    logging.getLogger("darknet_py").warning("%s: no", ESCAPE)
    assert capsys.readouterr().err == "darknet_py: \\x1b]0;owned\\x07\\x1b[2J: no\n"


def test_warnings_of_the_api(network):
    text = CFG.replace("num=2\n", f"num=2\nodd={ESCAPE}\nodd{ESCAPE}=1\n")
    (network / "m.cfg").write_text(text)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        Network.load(network / "m.cfg", network / "m.weights")
    assert told
    assert not any(OBEYED.search(str(one.message)) for one in told)
