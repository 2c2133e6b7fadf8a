"""Workers that are killed, and models that are swapped, while pictures are on their way."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import small_detector
from processes import environment
from service import SECONDS, job, jpeg, model, slow_job, workers_of

from darknet_py import Network
from darknet_py.errors import DarknetError
from darknet_py.serve import Refusal
from darknet_py.serve import slots as slots_module
from darknet_py.serve.waiting import TRIES
from darknet_py.store import Model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def service(folder):
    models = {"small": model(folder), "second": model(folder, "second")}
    with workers_of(models, threads=2, workers=2, queue=64) as running:
        yield running


async def until(met) -> None:
    while not met():
        await asyncio.sleep(0.01)


def test_no_answer_is_lost_when_a_worker_is_killed(service):
    slots = service.workers._slots

    async def killed():
        asked = [asyncio.ensure_future(service.workers.ask(job(jpeg(i)), SECONDS)) for i in range(40)]
        await asyncio.sleep(0)
        assert slots[0].in_flight
        slots[0].process.kill()
        answers = await asyncio.gather(*asked)
        await until(lambda: all(slot.ready for slot in slots))
        return answers

    assert all(b'"objects"' in answer.body for answer in service.run(killed()))


def worked_on(slot) -> bool:
    """Whether its process works on the slow picture."""
    return any(ticket.slow and ticket.number in slot.process.begun for ticket in slot.in_flight)


def test_workers_that_were_gone_before_they_began_count_for_nothing(service):
    slots = service.workers._slots

    async def killed():
        for slot in slots:
            os.kill(slot.process.process.pid, signal.SIGKILL)
        asked = [asyncio.ensure_future(service.workers.ask(job(jpeg(i)), SECONDS)) for i in range(20)]
        answers = await asyncio.gather(*asked)
        await until(lambda: all(slot.ready for slot in slots))
        return answers

    assert all(b'"objects"' in answer.body for answer in service.run(killed()))
    for slot in slots:
        slot.failures = 0


def test_a_picture_that_ends_workers_is_given_up_and_takes_no_other_along(service, caplog):
    slots = service.workers._slots

    async def deadly():
        bad = asyncio.ensure_future(service.workers.ask(slow_job(), SECONDS))
        good = []
        for _ in range(TRIES):
            await until(lambda: any(worked_on(slot) for slot in slots))
            slot = next(slot for slot in slots if worked_on(slot))
            good += [asyncio.ensure_future(service.workers.ask(job(jpeg(i)), SECONDS)) for i in range(20)]
            await asyncio.sleep(0)
            slot.process.kill()
            await until(partial(lambda slot: not slot.in_flight, slot))
        answers = await asyncio.gather(*good)
        with pytest.raises(Refusal, match="not tried again") as caught:
            await bad
        await until(lambda: all(slot.ready for slot in slots))
        return answers, caught.value.status

    answers, status = service.run(deadly())
    assert (len(answers), status) == (20 * TRIES, 500)
    assert "is not tried again" in caplog.text
    for slot in slots:
        slot.failures = 0


def test_a_model_is_swapped_beside_the_work(service, folder):
    workers, data = service.workers, jpeg(1)
    old = service.run(workers.ask(job(data), 20)).body
    before = workers.models["small"].digest

    async def swapped():
        small_detector.write(folder, small_detector.CFG.replace("activation=leaky", "activation=relu"), "small")
        loading = asyncio.ensure_future(workers.load("small"))
        bodies = []
        while not loading.done():
            bodies.append((await workers.ask(job(data), 20)).body)
        await loading
        return set(bodies), (await workers.ask(job(data), 20)).body

    during, new = service.run(swapped())
    assert during <= {old, new}
    assert old != new
    assert workers.models["small"].digest != before
    net = Network.load(folder / "small.cfg", folder / "small.weights", names=["cat", "dog"])
    assert net.detect(data, thresh=0.24).to_json() == f"[\n{new.decode()}\n]"


@pytest.mark.parametrize("broken", ["", "[net]\nwidth=32\n", small_detector.CFG.replace("filters=16", "filters=17")])
def test_a_model_that_cannot_be_loaded_leaves_the_old_one(service, folder, broken):
    old, text = service.run(service.workers.ask(job(jpeg()), 20)).body, (folder / "small.cfg").read_text()
    (folder / "small.cfg").write_text(broken)
    with pytest.raises(DarknetError, match=r"small\.(cfg|weights)"):
        service.run(service.workers.load("small"))
    assert service.run(service.workers.ask(job(jpeg()), 20)).body == old
    (folder / "small.cfg").write_text(text)


def test_a_model_is_dropped_after_its_last_picture_and_may_come_again(service):
    workers = service.workers

    async def dropped():
        asked = [asyncio.ensure_future(workers.ask(job(jpeg(), model="second"), 20)) for _ in range(12)]
        await asyncio.sleep(0)
        await workers.unload("second")
        assert all(one.done() for one in asked)
        with pytest.raises(Refusal, match="there are: small"):
            await workers.ask(job(jpeg(), model="second"), 20)
        with pytest.raises(Refusal):
            await workers.unload("second")
        await workers.load("second")
        return await asyncio.gather(*asked, workers.ask(job(jpeg(), model="second"), 20))

    assert len({answer.body for answer in service.run(dropped())}) == 1
    with pytest.raises(Refusal, match="no model 'third'"):
        service.run(workers.load("third"))


def test_changes_of_models_go_on_where_the_one_who_asked_for_them_leaves(service, folder):
    """Else the model would stay in the workers: loaded and not used, or dropped and known to new ones."""
    workers, before = service.workers, service.workers.models["small"].digest

    async def left(change, away):
        asked = asyncio.ensure_future(change)
        await until(away)
        asked.cancel()
        await asyncio.wait([asked])
        assert asked.cancelled()

    async def changed():
        small_detector.write(folder, small_detector.CFG.replace("activation=leaky", "activation=linear"), "small")
        await left(workers.load("small"), workers._loading.locked)
        await until(lambda: workers.models["small"].digest != before)
        slow = asyncio.ensure_future(workers.ask(job(slow_job().data, model="second", tile=8), SECONDS))
        await until(lambda: any(slot.in_flight for slot in workers._slots))
        await left(workers.unload("second"), lambda: "second" not in workers.models)
        slow.cancel()
        await until(lambda: "second" not in workers._kept)
        await workers.load("second")

    service.run(changed())


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes are not stopped on Windows")
def test_a_worker_that_is_replaced_while_a_model_is_loaded_stays(service):
    """Its first process ends, and another one takes its slot, while the other worker is loading yet."""
    first, second = service.workers._slots

    async def replaced():
        os.kill(second.process.process.pid, signal.SIGSTOP)
        loading = asyncio.ensure_future(service.workers.load("small"))
        await until(service.workers._loading.locked)
        old = first.process
        old.kill()
        await until(lambda: first.process is not old and first.ready)
        os.kill(second.process.process.pid, signal.SIGCONT)
        await loading
        new = first.process
        await service.workers.ask(job(jpeg()), 20)
        await new.order("unload", "none")[1]  # it follows orders

    service.run(replaced())


def test_a_worker_that_ends_again_and_again_waits_longer_each_time(service, caplog, monkeypatch):
    """Jobs are refused, and the service is not ready, until one stays."""
    caplog.set_level(logging.INFO, "darknet_py")
    monkeypatch.setattr(slots_module, "FIRST", 0.01)
    workers = service.workers
    deaths = workers.deaths

    async def ended():
        while not all(slot.failing for slot in workers._slots):
            for slot in workers._slots:
                slot.process.kill()
            await asyncio.sleep(0.01)
        assert not workers.ready
        assert not any(facts.ready for facts in workers.models.values())
        with pytest.raises(Refusal, match="no worker can be kept running") as caught:
            await workers.ask(job(jpeg()), 20)
        await until(lambda: workers.alive == 2)
        return caught.value, await workers.ask(job(jpeg()), 20)

    refusal, answer = service.run(ended())
    assert (refusal.status, bool(refusal.retry_after)) == (503, True)
    assert answer.body
    assert workers.deaths >= deaths + 2
    assert "another begins in 0.02 s" in caplog.text
    assert "is there again" in caplog.text


def too_short(folder: Path) -> None:
    (folder / "small.weights").write_bytes(bytes(400))
    (folder / "small.cfg").write_text(small_detector.CFG)


BREAKS = [
    lambda folder: (folder / "small.cfg").write_text("[net]\nwidth=oops\n"),
    lambda folder: (folder / "small.cfg").write_text(""),
    too_short,
]


@pytest.fixture
def whole(folder, tmp_path, service):
    """The files of "small", which are put back and loaded."""
    kept = [shutil.copy2(folder / name, tmp_path) for name in ("small.cfg", "small.weights")]

    def back() -> None:
        for path in kept:
            shutil.copy2(path, folder)

    yield back
    back()
    service.run(until(lambda: service.workers.alive == 2))
    service.run(service.workers.load("small"))


def test_a_model_whose_files_are_broken_takes_no_other_along(service, folder, whole, caplog, monkeypatch):
    """While one worker has it, that one answers; when none has, it is refused; then it is loaded as soon as it can be."""
    caplog.set_level(logging.INFO, "darknet_py")
    monkeypatch.setattr(slots_module, "FIRST", 0.01)
    monkeypatch.setattr(slots_module, "LONGEST", 0.05)
    workers, (first, second) = service.workers, service.workers._slots

    async def both(*names):
        asked = [workers.ask(job(jpeg(i), model=name), 20) for i in range(6) for name in names]
        return await asyncio.gather(*asked, return_exceptions=True)

    async def scene():
        old = await both("small")
        (folder / "small.weights").unlink()
        first.process.kill()
        waited = await both("small", "second")
        await until(lambda: first.ready and "small" in first.lacks)
        assert [one.body for one in await both("small")] == [one.body for one in old]
        assert workers.models["small"].ready
        second.process.kill()
        waiting = both("small")
        waited += await both("second")
        refused = await waiting
        await until(lambda: workers.alive == 2)
        assert [facts.ready for facts in workers.models.values()] == [False, True]
        assert workers.ready
        for broken in BREAKS:
            before = str(second.lacks["small"])
            broken(folder)
            await until(lambda before=before: all(str(slot.lacks["small"]) != before for slot in (first, second)))
            refused += await both("small")
        whole()
        await until(lambda: not first.lacks and not second.lacks)
        return waited, refused, old, await both("small")

    waited, refused, old, new = service.run(scene())
    assert all(b'"objects"' in answer.body for answer in waited)
    said = "model small cannot be loaded at the moment; try again later"
    assert {(one.status, str(one)) for one in refused} == {(503, said)}
    assert all(one.retry_after for one in refused)
    assert [one.body for one in new] == [one.body for one in old]
    told = [record.getMessage() for record in caplog.records if "small: a worker cannot load it" in record.getMessage()]
    assert len(told) == len({*told}) == 1 + len(BREAKS)
    assert "small: it could be loaded again" in caplog.text


def test_a_worker_that_comes_with_another_model_is_waited_for_by_none(service, folder, whole, monkeypatch):
    """Its files have changed: the old model answers until both have the new one."""
    monkeypatch.setattr(slots_module, "LONGEST", 0.05)
    workers, (first, second) = service.workers, service.workers._slots

    async def scene():
        old = await workers.ask(job(jpeg()), 20)
        first.process.kill()
        small_detector.write(folder, small_detector.CFG.replace("activation=leaky", "activation=mish"), "small")
        during = await asyncio.gather(*(workers.ask(job(jpeg()), 20) for _ in range(8)))
        await until(lambda: first.ready and first.facts["small"].digest == second.facts["small"].digest)
        return old.body, {one.body for one in during}, (await workers.ask(job(jpeg()), 20)).body

    old, during, new = service.run(scene())
    assert during == {old}
    assert new != old
    assert workers.models["small"].digest == first.facts["small"].digest


def test_what_loading_warns_of_is_told_once_whatever_the_number_of_workers(tmp_path, caplog):
    odd = model(tmp_path)
    Path(odd.cfg).write_text(small_detector.CFG.replace("[convolutional]", "[convolutional]\nodd_option=1", 1))
    with workers_of({"small": odd}, workers=2, threads=2):
        told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 1
    assert "odd_option" in told[0]


def test_what_cannot_be_loaded_at_first_is_an_error_and_leaves_no_process(folder):
    bad = Model("bad", str(folder / "none.cfg"), str(folder / "none.weights"))
    with pytest.raises(DarknetError, match=r"none\.cfg"), workers_of({"bad": bad}):
        pass


FRONT = """
import asyncio, sys, time
sys.path.insert(0, {support!r})
from pathlib import Path
import service
with service.workers_of({{"small": service.model(Path(sys.argv[1]))}}, threads=1) as one:
    print(one.workers._slots[0].process.process.pid, flush=True)
    one.loop.create_task(one.workers.ask(service.slow_job(), 60))
    one.run(asyncio.sleep(60))
"""


def test_workers_end_when_the_front_is_killed(tmp_path):
    code = FRONT.format(support=os.path.dirname(small_detector.__file__))
    front = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, env=environment(), text=True)
    worker = int(front.stdout.readline())
    front.kill()
    front.wait(SECONDS)
    end = time.monotonic() + SECONDS
    while alive(worker) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(worker)


def alive(process: int) -> bool:
    """Zombies of a container without an init are not."""
    try:
        os.kill(process, 0)
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
