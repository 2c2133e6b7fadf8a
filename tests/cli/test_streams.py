"""Standard streams that are closed or take nothing: no traceback, an exit code, and one line where there is room for it."""

from __future__ import annotations

import sys
from pathlib import Path

import processes
import pytest
import small_detector

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a POSIX shell and /dev/full")

CLOSED = "darknet_py: error: standard output is closed, what was printed is lost; send it to a file, or to /dev/null\n"
FULL = "darknet_py: error: standard output: cannot be written (No space left on device); what was printed is not whole\n"
COMMANDS = ["detect -h", "fetch -list"]


def shell(command: str, redirected: str, folder: Path, **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr, which must hold no traceback."""
    line = f'"{sys.executable}" -m darknet_py {command} {redirected}'
    done = processes.run(["/bin/sh", "-c", line], folder, env=processes.environment(**environment))
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_what_cannot_be_printed_is_an_error(command: str, tmp_path: Path) -> None:
    assert shell(command, ">&-", tmp_path) == (1, "", CLOSED)
    assert shell(command, ">/dev/full", tmp_path) == (1, "", FULL)


@pytest.mark.parametrize("buffered", ["", "1"])
@pytest.mark.parametrize(
    ("redirected", "code", "err"),
    [(">&-", 1, CLOSED), (">&- <&-", 1, CLOSED), (">&- 2>&-", 1, ""), (">&- 2>&- <&-", 1, ""), (">/dev/full", 1, FULL),
     (">/dev/full 2>&-", 1, ""), (">/dev/full 2>/dev/full", 1, "")],
)  # fmt: skip
def test_nothing_to_print_on(redirected: str, code: int, err: str, buffered: str, tmp_path: Path) -> None:
    assert shell("--version", redirected, tmp_path, PYTHONUNBUFFERED=buffered) == (code, "", err)


@pytest.mark.parametrize("redirected", ["2>&-", "<&-", "2>&- <&-", "2>/dev/full"])
def test_what_is_not_needed_may_be_closed(redirected: str, tmp_path: Path) -> None:
    code, out, err = shell("--version", redirected, tmp_path)
    assert (code, out.split()[0], err) == (0, "darknet_py", "")


@pytest.mark.parametrize("redirected", ["2>&-", ">/dev/full 2>/dev/full"])
@pytest.mark.parametrize(("command", "code"), [("nonsense", 2), ("summary none.cfg", 1)])
def test_errors_keep_their_codes_and_stay_off_stdout(redirected: str, command: str, code: int, tmp_path: Path) -> None:
    assert shell(command, redirected, tmp_path) == (code, "", "")


def test_what_is_not_printed_is_done_all_the_same(tmp_path: Path) -> None:
    """And no file of the program gets the number of a closed stream, and what is printed into it."""
    code, _, err = shell("new yolov4-tiny -classes 2 -o made.cfg", ">&-", tmp_path)
    made = (tmp_path / "made.cfg").read_text()
    assert shell("new yolov4-tiny -classes 2 -o again.cfg", "", tmp_path)[0] == 0
    assert made == (tmp_path / "again.cfg").read_text()
    assert (code, err) == (1, CLOSED)


def test_a_closed_stdin_is_an_empty_one(tmp_path: Path) -> None:
    small_detector.write(tmp_path)
    for redirected in ("<&-", "</dev/null"):
        code, out, _ = shell("detect small.cfg small.weights", redirected, tmp_path)
        assert (code, out.splitlines()[-1]) == (0, "Enter Image Path: ")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    code, _, err = shell("fetch -list", "| true", tmp_path)
    assert (code, err) == (0, "")
