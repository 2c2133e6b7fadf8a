"""tools/soak_serve.py: what it would find.  The service is a stand-in; no time is asserted."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys

import pytest
from hostile_clients import complaint
from known_answers import Question
from process_looks import Look, grown
from service_clients import Reply, post
from stand_in_service import BAD, BUSY, GOOD, OBJECTS, WRONG, answer, answering

from tools import soak_serve

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")

ASKED = [Question(post("/v1/detect", b"picture"), [OBJECTS])]


def soaked(reply, front=None, **given):
    """The tally of half a second of good clients."""
    options = {"minutes": 0.01, "rate": 200, "connections": 2, "workers": 0, "slow": 0, "cut": 0, "garbage": 0, "kill": 0}
    told = argparse.Namespace(**options | given)

    async def run():
        async with answering(reply) as address:
            soak = soak_serve.Soak(address, front or os.getpid(), 60 * told.minutes, told)
            await soak.run(ASKED)
            return soak.tally

    return asyncio.run(asyncio.wait_for(run(), 20))


def test_good_answers_pass(capsys):
    tally = soaked(lambda _: GOOD)
    assert tally.good > 5
    assert not tally.troubles
    assert soak_serve.verdict(tally, b"log") == 0
    assert capsys.readouterr().out.startswith(f"passed: {tally.good} good answers")


def test_refused_ones_are_asked_again():
    tally = soaked(lambda number: BUSY if number % 3 == 0 else GOOD, rate=0)
    assert tally.good > 5
    assert tally.refused > 1
    assert not tally.troubles


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (answer(200, {"frames": 1}), "wrong objects"),
        (b"", "question 4 lost"), (WRONG, "wrong objects"), (answer(500, {}), "got 500"), (answer(503, {}), "got 503"),
        (BAD, "got 400"),
    ],
    ids=["no list", "closed", "wrong", "500", "503", "400"],
)  # fmt: skip
def test_one_bad_answer_among_many_fails(bad, said, capsys):
    tally = soaked(lambda number: bad if number == 5 else GOOD, connections=1)
    assert len(tally.troubles) == 1
    assert tally.good > 5
    assert said in tally.troubles[0]
    assert soak_serve.verdict(tally, b"") == 1
    assert "FAILED, 1 troubles" in capsys.readouterr().out


def test_a_service_that_ends_ends_the_soak():
    """Its number is of no process; an hour is not waited for."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(20)
    tally = soaked(lambda _: b"", front=gone.pid, minutes=60)
    assert tally.troubles[0] == "the service has ended"


def test_bad_clients_come_all_and_are_judged():
    tally = soaked(lambda _: GOOD, rate=10, garbage=3, cut=4)
    assert tally.bad == {"garbage": 3, "cut": 4}
    assert len(tally.troubles) == 3, "garbage that is answered with 200"
    assert all(text.startswith("garbage: ") for text in tally.troubles)


def test_a_traceback_in_the_log_fails(capsys):
    tally = soak_serve.Tally(looks=[Look(1, 1, 1, 1)])
    assert soak_serve.verdict(tally, b"INFO\nTraceback (most recent call last)\n ...") == 1
    assert "a traceback in the log" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["front", "worker", "files", "worker_files"])
def test_growth_is_found_and_a_late_cache_is_none(name):
    flat = {"front": 50.0, "worker": 90.0, "files": 20, "worker_files": 9}
    assert not grown([Look(**flat)] * 100)
    leak = [Look(**flat | {name: flat[name] + i / 2}) for i in range(100)]
    assert [text.split()[0] for text in grown(leak)] == [name]
    warm = [Look(**flat | {name: flat[name] + min(i, 9)}) for i in range(100)]
    assert not grown(warm)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (BAD, ""), (None, "closed"), (GOOD, "status 200"), (answer(500, {"error": "no"}), "status 500"),
        (answer(400, "no"), "not told as JSON"), (answer(422, {"error": "a\nb"}), "not one clear line"),
        (answer(422, {"error": 'File "x.py", line 3'}), "not one clear line"),
    ],
)  # fmt: skip
def test_a_bad_question_wants_one_line_of_json(said, wrong):
    reply = Reply(*said.split(b"\r\n\r\n", 1)) if said else None
    assert wrong in complaint(reply)
    assert bool(complaint(reply)) is bool(wrong)


@pytest.mark.parametrize(("kill", "killed"), [(0, False), (0.0005, True)])
def test_workers_are_killed_where_it_is_asked(kill, killed, monkeypatch):
    ended = []
    monkeypatch.setattr(soak_serve, "workers", lambda _: [7, 8])
    monkeypatch.setattr(soak_serve.os, "kill", lambda *told: ended.append(told))
    assert bool(soaked(lambda _: GOOD, workers=2, kill=kill).killed) is bool(ended) is killed
