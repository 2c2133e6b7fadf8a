"""Several pictures at the same time print, draw and fail as they do one after the other."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import cv2
import processes
import pytest
import small_detector

from darknet_py.cli import main

NETWORK = "small.cfg", "small.weights", "-thresh", ".1"
NAMES = [f"{i}.png" for i in range(9)]
Captured = pytest.CaptureFixture[str]


def fill(folder: Path) -> None:
    """With a network, pictures, and a .data file."""
    small_detector.write(folder)
    for i, name in enumerate(NAMES):
        cv2.imwrite(str(folder / name), small_detector.picture(i, (50 + i, 70, 3)))
    (folder / "my.names").write_text("cat\ndog\n")
    (folder / "list.txt").write_text("\n".join(NAMES) + "\n")
    (folder / "my.data").write_text("names = my.names\nvalid = list.txt\neval=coco\n")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Such a folder, where commands run."""
    fill(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def untimed(out: str) -> str:
    return re.sub(r"in \d+\.\d+ milli", "in T milli", out)


def printed(capsys: Captured, *words: str, code: int = 0) -> str:
    assert main([*words]) == code
    return untimed(capsys.readouterr().out)


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is printed of each picture alone."""
    folder, out = tmp_path_factory.mktemp("alone"), io.StringIO()
    fill(folder)
    with pytest.MonkeyPatch.context() as m, contextlib.redirect_stdout(out):
        m.chdir(folder)
        assert not any(main(["detect", *NETWORK, name, "-quiet", "-threads", "1"]) for name in NAMES)
    return untimed(out.getvalue())


@pytest.mark.parametrize("threads", ["1", "2", "5"])
@pytest.mark.parametrize("words", [["list.txt"], ["."], NAMES])
@pytest.mark.usefixtures("place")
def test_all_of_a_list_as_each_alone(one_by_one: str, capsys: Captured, threads: str, words: list[str]) -> None:
    assert one_by_one.count("Predicted") == len(NAMES)
    assert printed(capsys, "detect", *NETWORK, *words, "-quiet", "-threads", threads, "-dont_draw") == one_by_one
    test = "detector", "test", "my.data", *NETWORK, *words
    assert printed(capsys, *test, "-quiet", "-threads", threads, "-dont_draw").count("\n") == one_by_one.count("\n")


def test_drawings_are_those_of_each_alone(place: Path) -> None:
    assert main(["detect", *NETWORK, *NAMES, "-save_dir", "many", "-save_labels"]) == 0
    for name in NAMES:
        labels = Path(name).with_suffix(".txt")
        before = labels.read_bytes()
        assert main(["detect", *NETWORK, name, "-save_labels"]) == 0
        assert (place / "many" / f"predictions_{name[0]}.jpg").read_bytes() == (place / "predictions.jpg").read_bytes()
        assert labels.read_bytes() == before


@pytest.mark.parametrize("command", ["map", "valid", "recall"])
def test_a_set_on_some_threads_as_on_one(place: Path, capsys: Captured, command: str) -> None:
    def run(threads: str) -> tuple[str, ...]:
        assert main(["detector", command, "my.data", *NETWORK[:2], "-threads", threads]) == 0
        out, err = capsys.readouterr()
        seconds = re.sub(r"Time: [\d.]+", "Time: T", err)
        return out, seconds, *(p.read_text() for p in sorted(place.glob("results/*")))

    assert run("1") == run("2") == run("4")


def test_failures_are_told_in_their_turn(place: Path, capfd: Captured) -> None:
    (place / "2.png").write_bytes(b"no picture")
    (place / "predictions_4.jpg").mkdir()
    (place / "9.png").write_bytes((place / "8.png").read_bytes())
    told = f'exec 2>&1; "{sys.executable}" -m darknet_py detect {" ".join(NETWORK)} -quiet {" ".join(NAMES)}'
    done = processes.run(["/bin/sh", "-c", told], place)
    lines = [line for line in done.stdout.splitlines() if "Predicted" in line or "error" in line]
    assert done.returncode == 1
    assert [line.split(": ")[0] for line in lines[:2]] == ["0.png", "1.png"]
    assert lines[2].startswith("darknet_py: error: 2.png: not a picture")
    assert [line.split(": ")[0] for line in lines[3:5]] == ["3.png", "4.png"]
    assert lines[5].startswith("darknet_py: error: predictions_4.jpg: cannot be written")
    assert [line.split(": ")[0] for line in lines[6:]] == ["5.png", "6.png", "7.png", "8.png"]


def from_file(place: Path, text: bytes) -> TextIO:
    (place / "stdin").write_bytes(text)
    return (place / "stdin").open()


def piped(_place: Path, text: bytes) -> TextIO:
    end, beginning = os.pipe()
    os.write(beginning, text)
    os.close(beginning)
    return os.fdopen(end)


LISTS = {
    "all": "\n".join(NAMES).encode(),
    "empty lines": b"\n0.png\n\n\n1.png\r\n\n",
    "nothing": b"",
    "one that is not there": b"0.png\nnone.png\n1.png\n",
    "one that would be drawn over": b"0.png\npredictions_0.jpg\n0.png\n",
    "binary": b"0.png\n1.png\n\xff\xfe\x00\x00\x01\n2.png\n",
}


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_a_file_on_stdin_is_answered_as_lines_that_are_typed(
    place: Path, text: bytes, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Prompts, order, errors and exit code; also of what an earlier picture's drawing is."""
    seen = []
    for stdin in piped, from_file:
        for drawn in place.glob("*.jpg"):
            drawn.unlink()
        with stdin(place, text) as stream:
            monkeypatch.setattr(sys, "stdin", stream)
            code = main(["detect", *NETWORK])
        out, err = capsys.readouterr()
        seen.append((code, untimed(out), err))
    assert seen[0] == seen[1]
    assert "Enter Image Path: " in seen[0][1]


@pytest.mark.parametrize("words", [["detect"], ["detector", "test", "my.data"]])
def test_an_answer_does_not_wait_for_the_next_line(place: Path, words: list[str]) -> None:
    command = processes.command(*words, *NETWORK, "-dont_draw")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=place,
                          env=processes.environment()) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        for name in NAMES[:3]:
            process.stdin.write(f"{name}\n".encode())
            process.stdin.flush()
            until(process.stdout.readline, f"{name}: Predicted in")
        process.stdin.close()
        assert process.stdout.read().endswith(b"Enter Image Path: ")
    assert process.returncode == 0


def until(line: Callable[[], bytes], text: str) -> None:
    while text not in (read := line().decode()):
        assert read


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(("redirected", "code"), [("> /dev/full", 1), (">&-", 1), ("| head -n 1", 0)])
def test_where_nothing_can_be_printed(place: Path, redirected: str, code: int) -> None:
    """In the middle of many pictures: an error or nothing, and an end."""
    line = f'"{sys.executable}" -m darknet_py detect {" ".join(NETWORK)} {" ".join(NAMES * 20)} -dont_draw {redirected}'
    done = processes.run(["/bin/sh", "-c", line], place)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert ("standard output" in done.stderr) == bool(code)
