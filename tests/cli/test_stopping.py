"""Ctrl-C, SIGTERM and SIGHUP: whole files, one line, the exit code; and whose signals they are."""

from __future__ import annotations

import builtins
import csv
import io
import json
import os
import pkgutil
import re
import signal
import subprocess
import sys
import threading
import time

import evaluation_set as golden
import processes
import pytest
import stand_in
from ports import until
from reference import SUPPORT

from darknet_py import __main__
from darknet_py.cli import main, pictures, stopping, validating
from darknet_py.output import Records

place, nets, sets = stand_in.place, golden.nets, golden.place
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals to oneself")
NETWORK = "detector", "test", "x.data", "x.cfg", "x.weights"
PICTURES = "a.png", "sub/a.png", "a.png", "a.png"
SIGNALS = [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP (the terminal was closed)")]


@pytest.fixture(autouse=True)
def handlers():
    """They are afterwards what they were before."""
    numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
    hung_up = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup has it ignored
    before = [signal.getsignal(n) for n in numbers]
    yield
    after = [signal.getsignal(n) for n in numbers]
    signal.signal(signal.SIGHUP, hung_up)
    assert after == before


def at_call(number, action, function):
    """The function, with an action before its call of that number."""
    calls = []

    def wrapped(*args, **kwargs):
        calls.append(1)
        if len(calls) == number:
            action()
        return function(*args, **kwargs)

    return wrapped


def send(number):
    return lambda: os.kill(os.getpid(), number)


def stop_at(monkeypatch, picture, number):
    """When it is the picture's turn to be printed; others may have been looked at."""
    monkeypatch.setattr(pictures._Job, "done", at_call(picture, send(number), pictures._Job.done))


READ = {
    "json": lambda text: [f["filename"] for f in json.loads(text)],
    "coco": lambda text: [i["file_name"] for i in json.loads(text)["images"]],
    "jsonl": lambda text: [json.loads(line)["filename"] for line in text.splitlines()],
    "csv": lambda text: list(dict.fromkeys(row["filename"] for row in csv.DictReader(io.StringIO(text)))),
    "yolo": lambda text: [line[2:] for line in text.splitlines() if line.startswith("#")],
}


@pytest.mark.parametrize(("number", "name"), SIGNALS)
@pytest.mark.parametrize("format", READ)
def test_files_are_whole_and_one_line_says_how_far_it_came(place, capsys, monkeypatch, number, name, format):
    stop_at(monkeypatch, 3, number)
    assert main([*NETWORK, *PICTURES, "-out", "o", "-format", format, "-dont_draw"]) == 128 + number
    assert capsys.readouterr().err == f"darknet_py: stopped by {name} after 2 of 4 pictures; o holds them\n"
    assert READ[format]((place / "o").read_text()) == ["a.png", "sub/a.png"]
    assert not list(place.glob("*.part"))


@pytest.mark.parametrize("name", ["labels/c.txt", "predictions_c.jpg", "crops/cat/c.jpg", "o.jsonl"])
def test_while_a_picture_is_written_up(place, capsys, monkeypatch, name):
    """It is done to its end, and counted."""
    for picture in ("b.png", "c.png", "d.png"):
        (place / picture).write_bytes((place / "a.png").read_bytes())
    if name == "o.jsonl":
        monkeypatch.setattr(Records, "write", at_call(4, send(signal.SIGINT), Records.write))  # after an empty header
    else:
        signalled = at_call(1, send(signal.SIGINT), lambda: None)
        replace = os.replace
        monkeypatch.setattr(os, "replace", lambda a, b: (str(b).endswith(name) and signalled(), replace(a, b)))
    words = [*NETWORK, "a.png", "b.png", "c.png", "d.png", "-save_txt", "-save_crop", "-save_dir", "s", "-out", "o.jsonl"]
    assert main(words) == 130
    assert "stopped by Ctrl-C after 3 of 4 pictures; o.jsonl holds them\n" in capsys.readouterr().err
    assert READ["jsonl"]((place / "o.jsonl").read_text()) == ["a.png", "b.png", "c.png"]
    stems = [sorted(path.stem[-1:] for path in place.glob(kind)) for kind in ("s/labels/*", "s/pred*", "s/crops/cat/*")]
    assert stems == [["a", "b", "c"]] * 3


@pytest.mark.parametrize("format", READ)
def test_standard_output_is_whole_too(place, capsys, monkeypatch, format):
    stop_at(monkeypatch, 3, signal.SIGTERM)
    assert main([*NETWORK, *PICTURES, "-format", format]) == 143
    out, err = capsys.readouterr()
    assert READ[format](out) == ["a.png", "sub/a.png"]
    assert err == "darknet_py: stopped by SIGTERM after 2 of 4 pictures\n"




@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_the_file_is_finished(place, capsys, monkeypatch, number):
    monkeypatch.setattr(Records, "close", at_call(1, send(number), Records.close))
    assert main([*NETWORK, *PICTURES, "-out", "o.json"]) == 128 + number
    assert len(json.loads((place / "o.json").read_text())) == 4
    assert "; o.json holds what was done\n" in capsys.readouterr().err


def test_from_standard_input(place, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a.png\nno.png\nsub/a.png\na.png\n"))
    stop_at(monkeypatch, 3, signal.SIGTERM)
    assert main([*NETWORK, "-out", "o.json"]) == 143
    assert capsys.readouterr().err.splitlines()[-1] == "darknet_py: stopped by SIGTERM after 2 pictures; o.json holds them"
    assert READ["json"]((place / "o.json").read_text()) == ["a.png", "no.png"]


def test_a_second_signal_changes_nothing_at_first_then_ends_at_once(place, capsys, monkeypatch):
    """``timeout`` sends SIGTERM to the process and to its group, a terminal and its shell's helpers Ctrl-C as well."""
    ended = []
    monkeypatch.setattr(os, "_exit", ended.append)

    def signals():
        try:
            send(signal.SIGTERM)()
        finally:
            send(signal.SIGTERM)()
            send(signal.SIGINT)()
            assert ended == []
            monkeypatch.setattr(stopping, "SAME", -1)
            send(signal.SIGTERM)()
            assert ended == []
            send(signal.SIGINT)()
            assert ended == [143]

    monkeypatch.setattr(pictures._Job, "done", at_call(2, signals, pictures._Job.done))
    assert main([*NETWORK, *PICTURES, "-out", "o.json"]) == 143
    assert len(json.loads((place / "o.json").read_text())) == 1


class Swallows:
    """An object in whose end exceptions are lost."""

    def __del__(self):
        send(signal.SIGTERM)()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_is_lost_where_exceptions_are(place, monkeypatch):
    monkeypatch.setattr(pictures._Job, "done", at_call(2, Swallows, pictures._Job.done))
    assert main([*NETWORK, *PICTURES, "-out", "o.json"]) == 143
    assert len(json.loads((place / "o.json").read_text())) == 2


def test_while_the_network_is_loaded(place, capsys, monkeypatch):
    load = stand_in.StandIn.load
    monkeypatch.setattr(stand_in.StandIn, "load", at_call(1, send(signal.SIGINT), load))
    assert main([*NETWORK, *PICTURES, "-out", "o.json"]) == 130
    assert capsys.readouterr() == ("", "darknet_py: stopped by Ctrl-C\n")
    assert not (place / "o.json").exists()


@pytest.mark.parametrize(
    ("words", "answering"),
    [("detector map", "darknet_py.evaluate.Found.of"), ("detector recall", "darknet_py.evaluate.Recall.with_picture"),
     ("read", "darknet_py.cli.read._print")],
)  # fmt: skip
def test_commands_that_write_no_file(sets, capsys, monkeypatch, words, answering):
    golden.write_data(sets, 4)
    golden.write_labels(sets, "spp")
    monkeypatch.setattr(answering, at_call(3, send(signal.SIGTERM), pkgutil.resolve_name(answering)))
    files = ["spp.cfg", "spp.weights", "pictures"] if words == "read" else ["my.data", "spp.cfg", "spp.weights"]
    assert main([*words.split(), *files]) == 143
    assert capsys.readouterr().err.splitlines()[-1] == "darknet_py: stopped by SIGTERM after 2 of 4 pictures"


@pytest.mark.parametrize(
    ("words", "answering", "says"),
    [
        ("map", "darknet_py.files.samples.read_labels", "2 of 4 label files"),
        ("recall", "darknet_py.files.samples.read_labels", "2 of 4 label files"),
        ("calc_anchors", "darknet_py.files.samples.read_labels", "2 of 4 label files"),
        ("calc_anchors", "darknet_py.evaluate.anchors._moved", "reading 32 boxes; no file is written"),
    ],
)
def test_while_labels_are_read_and_anchors_are_sought(sets, capsys, monkeypatch, words, answering, says):
    golden.write_data(sets, 4)
    golden.write_labels(sets, "spp")
    monkeypatch.setattr(answering, at_call(3, send(signal.SIGINT), pkgutil.resolve_name(answering)))
    more = "-width 64 -height 64" if words == "calc_anchors" else "spp.cfg spp.weights"
    assert main(["detector", words, "my.data", *more.split()]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == f"darknet_py: stopped by Ctrl-C after {says}"
    assert not list(sets.glob("anchors.txt"))


def test_figures_of_a_part_of_the_set_are_not_written(sets, capsys, monkeypatch):
    golden.write_data(sets, 4)
    golden.write_labels(sets, "spp")
    answering = "darknet_py.evaluate.Found.of"
    monkeypatch.setattr(answering, at_call(3, send(signal.SIGINT), pkgutil.resolve_name(answering)))
    (sets / "o.csv").write_text("before")
    assert main(["detector", "map", "my.data", "spp.cfg", "spp.weights", "-csv", "o.csv", "-json", "o.json"]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "darknet_py: stopped by Ctrl-C after 2 of 4 pictures"
    assert (sets / "o.csv").read_text() == "before"
    assert not (sets / "o.json").exists()


def test_results_are_whole_while_they_are_judged(sets, capsys, monkeypatch):
    pytest.importorskip("pycocotools")
    golden.write_data(sets, 4, more="eval=coco\n")
    (sets / "annotations.json").write_text('{"images": [], "annotations": [], "categories": []}')
    monkeypatch.setattr("darknet_py.evaluate.coco_files._annotated", at_call(1, send(signal.SIGINT), lambda _: None))
    words = ["detector", "valid", "my.data", "spp.cfg", "spp.weights", "-annotations", "annotations.json"]
    assert main(words) == 130
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "darknet_py: stopped by Ctrl-C; results/coco_results.json holds what was done"
    assert (sets / "results" / "coco_results.json").exists()


@pytest.mark.parametrize(("kind", "file"), [("coco", "coco_results.json"), ("imagenet", "imagenet-detection.txt"),
                                            ("voc", "comp4_det_test_*.txt")])  # fmt: skip
def test_results_of_a_part_of_the_set_have_another_name(sets, capsys, monkeypatch, kind, file):
    golden.write_data(sets, 4, more=f"eval={kind}\n")
    stopped = at_call(3, send(signal.SIGTERM), validating.DetectedPicture)
    monkeypatch.setattr(validating, "DetectedPicture", stopped)
    assert main(["detector", "valid", "my.data", "spp.cfg", "spp.weights"]) == 143
    said = f"stopped by SIGTERM after 2 of 4 pictures; results/{file}.part holds them"
    assert said in capsys.readouterr().err
    assert {p.suffix for p in (sets / "results").iterdir()} == {".part"}


def test_in_a_thread_there_are_no_handlers(place, monkeypatch):
    seen = []
    look = at_call(1, lambda: seen.append(signal.getsignal(signal.SIGTERM)), stand_in.StandIn.rows)
    monkeypatch.setattr(stand_in.StandIn, "rows", look)
    codes = []
    thread = threading.Thread(target=lambda: codes.append(main([*NETWORK, "a.png"])))
    thread.start()
    thread.join(30)
    assert (codes, seen) == ([0], [signal.SIG_DFL])


def test_handlers_of_others_stay(place):
    mine = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with stopping.handled():
            assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGINT) not in stopping.DEFAULTS
    finally:
        signal.signal(signal.SIGTERM, mine)


def test_while_the_command_is_imported(monkeypatch, capsys):
    importing = builtins.__import__

    def interrupted(name, *args):
        if name == "cli":
            raise KeyboardInterrupt
        return importing(name, *args)

    monkeypatch.setattr(builtins, "__import__", interrupted)
    assert __main__.command() == 130
    assert capsys.readouterr().err == "darknet_py: stopped by Ctrl-C\n"


SCRIPT = """
import os, signal
assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
signal.signal(signal.SIGTERM, lambda *_: print("mine"))
os.kill(os.getpid(), signal.SIGTERM)
os.kill(os.getpid(), signal.SIGINT)
"""


def test_a_script_has_its_own_signals(tmp_path):
    (tmp_path / "s.py").write_text(SCRIPT)
    p = processes.run(processes.command("run", "s.py"), tmp_path)
    assert (p.returncode, p.stdout) == (130, "mine\n")
    assert p.stderr.startswith('Traceback (most recent call last):\n  File "s.py", line 7')
    assert p.stderr.endswith("KeyboardInterrupt\n")


SLOW = """
import sys, time
sys.path.insert(0, {support!r})
import stand_in
from darknet_py.cli import command
rows = stand_in.StandIn.rows
def slow(*args, **more):
    time.sleep(.05)
    return rows(*args, **more)
stand_in.StandIn.rows = slow
import darknet_py.cli.loading as loading
loading.Network = stand_in.StandIn
sys.exit(command())
"""


@pytest.fixture
def started(place):
    """Start a slow command on many pictures."""
    running = []
    (place / "list.txt").write_text("a.png\n" * 1000)

    def start(*words):
        command = [sys.executable, "-c", SLOW.format(support=str(SUPPORT)), *NETWORK, "list.txt", "-dont_draw", *words]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                          env=processes.environment()))  # fmt: skip
        for _ in range(20):  # lines about the first pictures
            assert running[-1].stdout.readline()
        return running[-1]

    yield start
    for p in running:
        p.kill()
        p.communicate(timeout=30)


def test_killed_the_file_s_name_holds_no_cut_list(started, place):
    p = started("-out", "o.json")
    p.kill()
    p.wait(30)
    assert not (place / "o.json").exists()
    assert len(list(place.glob(".*.part"))) == 1


def test_killed_lines_are_whole(started, place):
    p = started("-out", "o.jsonl")
    p.kill()
    p.wait(30)
    assert READ["jsonl"]((place / "o.jsonl").read_text())[:2] == ["a.png", "a.png"]


def test_stopped_and_stopped_again(started, place):
    p = started("-out", "o.json")
    p.send_signal(signal.SIGINT)
    time.sleep(0.02)
    p.send_signal(signal.SIGTERM)
    _, err = p.communicate(timeout=60)
    assert p.returncode == 130
    assert re.fullmatch(r"darknet_py: stopped by Ctrl-C after \d+ of 1000 pictures; o.json holds them\n", err)
    assert READ["json"]((place / "o.json").read_text())[:2] == ["a.png", "a.png"]


def test_a_second_ctrl_c_may_ask_for_something_else_and_a_third_one_ends(monkeypatch):
    came, ended = [], []
    monkeypatch.setattr(stopping.os, "_exit", ended.append)
    monkeypatch.setattr(stopping, "SAME", 0.0)
    with stopping.handled(), stopping.asked(lambda: came.append("ask"), lambda: came.append("again")):
        for told in (["ask"], ["ask", "again"]):
            os.kill(os.getpid(), signal.SIGINT)
            until(lambda told=told: came == told)
        assert not ended
        os.kill(os.getpid(), signal.SIGINT)
        until(lambda: ended == [130])
