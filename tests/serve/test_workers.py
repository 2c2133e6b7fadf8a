"""Worker processes: what they answer, what they refuse, and who gets the next picture."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from types import SimpleNamespace

import numpy as np
import pytest
import small_detector
from service import Service, job, jpeg, model, slow_job, workers_of

from darknet_py import Network, image, output
from darknet_py.boxes.lines import read_lines, weakest
from darknet_py.serve import Refusal, Settings
from darknet_py.serve.queue import Queue
from darknet_py.serve.waiting import Ticket, Waiting
from darknet_py.serve.workers import END

CUT = [jpeg()[:-1], jpeg()[: len(jpeg()) * 2 // 3]]
CUT += [output.encoded(small_detector.picture(0, (50, 70, 3)), name)[:-cut] for name in ("x.png", "x.bmp") for cut in (1, 9)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def service(folder):
    with workers_of({"small": model(folder)}, threads=2, thresh=0.3, queue=24, queue_bytes=1 << 20, max_pixels=10**6) as one:
        yield one


@pytest.fixture(scope="module")
def net(service, folder):
    return Network.load(folder / "small.cfg", folder / "small.weights", names=["cat", "dog"])


def refused(service: Service, asked, seconds: float = 20) -> Refusal:
    with pytest.raises(Refusal) as caught:
        service.run(service.workers.ask(asked, seconds))
    return caught.value


@pytest.mark.parametrize("options", [{}, {"thresh": 0.5, "nms": 0.2}, {"letter_box": True, "classes": "dog"}, {"tile": 24}])
def test_an_answer_is_what_detect_finds(service, net, options):
    answer = service.run(service.workers.ask(job(jpeg(3), **options), 20))
    assert net.detect(jpeg(3), **{"thresh": 0.3, **options}).to_json() == f"[\n{answer.body.decode()}\n]"
    assert set(answer.seconds) == {"queue", "decode", "network", "boxes", "encode"}
    assert min(answer.seconds.values()) >= 0


def test_other_kinds_of_answers(service, net):
    kinds = ("read", "png", "candidates")
    read, png, candidates = (service.run(service.workers.ask(job(jpeg(), kind), 20)) for kind in kinds)
    lines = read_lines(net.detect(jpeg(), thresh=weakest(0.6)))
    assert json.loads(read.body) == {"filename": "", "lines": [json.loads(json.dumps(output.line_data(x))) for x in lines]}
    assert image.from_any(png.body, image.Reading()).shape == (50, 70, 3)
    assert np.frombuffer(candidates.body, "<u4", 4)[1:].tolist() == [2, 70, 50]


@pytest.mark.parametrize(
    ("asked", "status", "message"),
    [
        (job(b"hello"), 422, "not a picture"), (job(b""), 422, "no bytes"), (job(jpeg()[:300]), 422, "damaged"),
        (job(jpeg(0, (1200, 1200, 3))), 422, "limit of 1000000"), (job(jpeg(), model="other"), 404, "there are: small"),
        *[(job(cut, kind), 422, "the picture: damaged") for cut in CUT for kind in ("detect", "infer_image")],
        *[(job(CUT[0], kind), 422, "the picture: damaged JPEG (cut off") for kind in ("read", "candidates", "png")],
        (job(jpeg(), classes="horse"), 422, "no class 'horse'"), (job(jpeg(), thresh="much"), 422, "thresh='much'"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(service, asked, status, message):
    refusal = refused(service, asked)
    assert (refusal.status, message in str(refusal)) == (status, True), refusal
    assert "/" not in str(refusal)
    assert "-max_pixels" not in str(refusal)


def test_a_full_queue_refuses_at_once_and_goes_on(service):
    async def crowd():
        asked = [asyncio.ensure_future(service.workers.ask(job(jpeg()), 20)) for _ in range(40)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = service.run(crowd())
    refusals = [one for one in answers if isinstance(one, Refusal)]
    assert len(refusals) == 40 - 24
    assert {one.status for one in refusals} == {503}
    assert all(one.retry_after >= 1 for one in refusals)
    assert service.run(service.workers.ask(job(jpeg()), 20)).body


def test_a_queue_is_full_by_bytes_too_but_takes_one_picture_of_any_size(service):
    large = job(jpeg() + bytes(1 << 21))

    async def two():
        return await asyncio.gather(service.workers.ask(large, 20), service.workers.ask(large, 20), return_exceptions=True)

    first, second = service.run(two())
    assert first.body
    assert second.status == 503


def test_what_comes_too_late_is_told_and_not_computed(service):
    refusal = refused(service, slow_job(), 0.05)
    assert refusal.status == 504
    assert service.run(idle(service)) < 10


def test_a_client_that_leaves_frees_its_place(service):
    async def leave():
        asked = [asyncio.ensure_future(service.workers.ask(slow_job(), 60)) for _ in range(24)]
        await asyncio.sleep(0.1)
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        return await service.workers.ask(job(jpeg()), 20)

    assert service.run(leave()).body
    assert service.run(idle(service)) < 10


async def idle(service: Service) -> float:
    """Seconds until no worker has anything in hand."""
    start = time.monotonic()
    while any(slot.in_flight for slot in service.workers._slots):
        await asyncio.sleep(0.01)
    return time.monotonic() - start


def test_small_pictures_do_not_wait_for_slow_ones(service):
    async def both():
        slow = [asyncio.ensure_future(service.workers.ask(slow_job(), 60)) for _ in range(8)]
        await asyncio.sleep(0.05)
        quick = await asyncio.gather(*(service.workers.ask(job(jpeg(i)), 60) for i in range(10)))
        done = sum(one.done() for one in slow)
        for one in slow:
            one.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        return len(quick), done

    answered, slow_before = service.run(both())
    assert answered == 10
    assert slow_before <= 2


def test_whoever_waits_gets_a_turn():
    """A slow picture where one may be taken, a quick one where not; nobody's pictures are passed over."""
    loop, waiting = asyncio.new_event_loop(), Waiting()
    large = jpeg(0, (2100, 2000, 3))
    quick, gone, slow, tiled = (Ticket(one, loop.create_future()) for one in (job(b"1"), job(b"2"), job(large), slow_job()))
    for ticket in (gone, quick, slow, tiled):
        waiting.add(ticket)
    gone.future.cancel()
    found = [waiting.next(slow, lambda _: True) for slow in (True, False, False, True, True)]
    assert found == [slow, quick, None, tiled, None]
    loop.close()


def test_what_nobody_waits_for_any_more_keeps_no_other_waiting():
    """It had ended a worker, so that it was to be tried alone."""

    async def given():
        slot = SimpleNamespace(ready=True, alone=False, slow=0, in_flight=set(), facts={"small": True})
        queue = Queue([slot], Settings(threads=1), {})
        left, there = (Ticket(job(jpeg()), asyncio.get_running_loop().create_future()) for _ in range(2))
        left.future.cancel()
        queue._waiting.suspects.append(left)
        queue._waiting.add(there)
        return queue._next(slot) is there

    assert asyncio.run(given())


def test_what_is_slow_is_seen_by_a_little_of_a_file():
    small, large, empty = jpeg(), jpeg(0, (2100, 2000, 3)), b"\xff\xfe\x00\x02"
    hidden = small[:2] + (1 << 15) * empty + small[2:]
    files = {small: False, large: True, hidden: True, small + bytes(1 << 22): True, b"": False, b"no picture": False}
    loop = asyncio.new_event_loop()
    assert {data: Ticket(job(data), loop.create_future()).slow for data in files} == files
    assert not Ticket(job(bytes(1 << 23), "infer"), loop.create_future()).slow
    loop.close()


def test_what_a_terminal_or_a_manager_sends_to_all_does_not_end_a_worker(service):
    process = service.workers._slots[0].process.process.pid
    if hasattr(os, "getpgid"):
        assert os.getpgid(process) != os.getpgid(0)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(process, number)
    assert service.run(service.workers.ask(job(jpeg()), 20)).body
    assert service.workers._slots[0].process.process.pid == process


def test_ended_workers_take_nothing_and_end(folder):
    with workers_of({"small": model(folder, "other")}, threads=1) as one:
        process, workers = one.workers._slots[0].process, one.workers

        async def last():
            asked = asyncio.ensure_future(workers.ask(job(jpeg()), 20))
            await asyncio.sleep(0)
            await workers.close(20)
            return await asked

        assert one.run(last()).body
        assert process.process.returncode == 0
        assert not workers.ready
        assert refused(one, job(jpeg())).status == 503
    assert END < 20


def test_what_decoders_write_by_themselves_is_a_line_of_the_log(service, caplog):
    damaged = jpeg()[:-2] + bytes(30) + b"\xff\xd9"  # libjpeg counts what is too much

    async def told():
        await asyncio.gather(service.workers.ask(job(damaged), 20), return_exceptions=True)
        while "a process behind the service: Corrupt JPEG data" not in caplog.text:
            await asyncio.sleep(0.01)

    service.run(told())


@pytest.mark.parametrize("kind", ["detect", "read", "png", "candidates"])
def test_no_threshold_asks_for_all_boxes(service, net, kind):
    """They are as many as the network has, whatever the picture."""
    low = service.run(service.workers.ask(job(jpeg(), kind, thresh=0.0), 20))
    assert low.body == service.run(service.workers.ask(job(jpeg(), kind, thresh=0.001), 20)).body
    if kind == "detect":
        assert json.loads(low.body)["objects"] == json.loads(net.detect(jpeg(), thresh=0).to_json())[0]["objects"]
