"""``darknet_py serve`` for a long time, among good clients and bad ones: no answer is lost or wrong, and nothing grows.

    python tools/soak_serve.py [--minutes 60] [--rate 14] [--workers 2] [--slow 200] [--cut 200] [--garbage 200]
                               [--kill MINUTES] [--model CFG,WEIGHTS[,NAMES]] [--pictures FOLDER] [--flags="-queue 64"]

Good clients, on ``--connections``, ask ``--rate`` questions a second (0: as fast as they are answered): pictures raw,
several as parts, several as JSON; each answer is compared with that of ``darknet_py detect``.  One that was refused (503) is
asked again when the server said.  Bad clients come evenly over the time: slow ones, that must be told to go, some that leave
early, and garbage, that must be refused with one line of JSON.  ``--kill``: every so many minutes a worker is killed.

A line a minute says what was so far; the last one is the verdict.  The exit code is 1 where an answer was lost or wrong, a
bad client was treated otherwise, the log has a traceback, or memory or open files of the front or the workers grew: medians
of the fifth after the first tenth of the time beside those of the last fifth.  Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests" / "support"))

import hostile_clients  # noqa: E402
from hostile_clients import Hostile  # noqa: E402
from known_answers import Question, questions  # noqa: E402
from process_looks import Look, grown, look, workers  # noqa: E402
from running_service import Service, ServiceError, running  # noqa: E402
from service_clients import END, Address, Connection, Lost  # noqa: E402

MODEL = f"{ROOT}/cfg/yolov4-chars.cfg,{ROOT}/weights/yolov4-chars.weights"
PATIENCE, BUSY = 60.0, 600.0  # seconds for an answer; for one that is refused again and again
SLOW_ENDS = 60.0  # seconds within which a slow client must be gone: twice what serve gives it
TOLD = 10  # troubles
LOOK_EVERY = 5.0  # seconds


@dataclass
class Tally:
    """What was so far."""

    good: int = 0
    refused: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    troubles: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    def line(self, minute: float) -> str:
        waits = sorted(self.waits) or [0.0]
        self.waits.clear()
        bad = ", ".join(f"{count} {kind}" for kind, count in sorted(self.bad.items()))
        median, p99 = (waits[len(waits) * percent // 100] * 1e3 for percent in (50, 99))
        return (f"{minute:6.1f} min  {self.good:6d} good ({median:.0f} ms, p99 {p99:.0f}), {self.refused} refused, "
                f"{bad or 'none bad'}, {self.killed} killed; {self.looks[-1]}; {len(self.troubles)} troubles")  # fmt: skip


@dataclass
class Soak:
    """Clients of a service, and what became of them."""

    address: Address
    front: int
    seconds: float
    given: argparse.Namespace
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.start = asyncio.get_running_loop().time()

    @property
    def passed(self) -> float:
        return asyncio.get_running_loop().time() - self.start

    async def run(self, asked: Sequence[Question]) -> None:
        turns = enumerate(itertools.cycle(asked))
        raw = [one.request for one in asked if b"image/jpeg" in one.request[:200]][:4]
        helpers = [asyncio.create_task(one) for one in (self._looks(), self._lines(), self._kills(60 * self.given.kill))]
        bad = [
            self._bad("slow", self.given.slow, hostile_clients.slow(raw, SLOW_ENDS)),
            self._bad("cut", self.given.cut, hostile_clients.cuts(raw)),
            self._bad("garbage", self.given.garbage, hostile_clients.garbage(raw[0].partition(END)[2], PATIENCE)),
        ]
        await asyncio.gather(*bad, *(self._good(turns) for _ in range(self.given.connections)))
        for helper in helpers:
            helper.cancel()
        for wrong in await asyncio.gather(*helpers, return_exceptions=True):
            if isinstance(wrong, Exception):
                self._trouble(f"the soak itself: {wrong!r}")

    async def _good(self, turns: Any) -> None:
        """One connection of good questions, each in its turn."""
        connection = await Connection.to(self.address)
        while self.passed < self.seconds:
            number, question = next(turns)
            if self.given.rate:
                await asyncio.sleep(number / self.given.rate - self.passed)
            before = self.passed
            try:
                if connection.closed:
                    connection = await Connection.to(self.address)
                await asyncio.wait_for(self._answered(connection, question), BUSY)
            except (Lost, OSError, asyncio.TimeoutError) as e:
                self._trouble(f"question {number} lost: {e!r}")
                connection.close()
                await asyncio.sleep(min(1.0, self.seconds / 50))
            self.tally.waits.append(self.passed - before)
        connection.close()

    async def _answered(self, connection: Connection, question: Question) -> None:
        """Ask until it is answered."""
        while wait := (reply := await asyncio.wait_for(connection.ask(question.request), PATIENCE)).busy:
            self.tally.refused += 1
            await asyncio.sleep(wait)
        if reply.status != 200:
            self._trouble(f"a good question got {reply.status}: {reply.body[:200]!r}")
        elif not question.answered_by(reply):
            self._trouble(f"wrong objects: {reply.body[:200]!r}")
        else:
            self.tally.good += 1

    async def _bad(self, kind: str, count: int, clients: Sequence[Hostile]) -> None:
        """So many clients of a kind, evenly over the time."""
        going: set[asyncio.Task[None]] = set()
        for i, client in zip(range(count), itertools.cycle(clients)):
            await asyncio.sleep(max(0.0, (i + 0.5) / count * self.seconds - self.passed))
            going.add(asyncio.create_task(self._met(kind, client)))
        await asyncio.gather(*going)

    async def _met(self, kind: str, client: Hostile) -> None:
        try:
            wrong = await client(self.address)
        except (Lost, OSError, asyncio.TimeoutError) as e:
            wrong = repr(e)
        self.tally.bad[kind] += 1
        if wrong:
            self._trouble(f"{kind}: {wrong}")

    async def _looks(self) -> None:
        try:
            while True:
                self.tally.looks.append(look(self.front))
                await asyncio.sleep(min(LOOK_EVERY, self.seconds / 50))
        except (FileNotFoundError, ProcessLookupError):
            self._trouble("the service has ended")
            self.seconds = 0.0

    async def _lines(self) -> None:
        for minute in itertools.count(1):
            await asyncio.sleep(60 * minute - self.passed)
            print(self.tally.line(minute), flush=True)

    async def _kills(self, every: float) -> None:
        """Kill a worker now and then; a new one must be there before the next is killed."""
        for number in itertools.count(1) if every else ():
            await asyncio.sleep(number * every - self.passed)
            there = workers(self.front)
            if len(there) < self.given.workers:
                self._trouble(f"only {len(there)} workers, {every:g} s after one was killed")
            if there:
                os.kill(there[number % len(there)], signal.SIGKILL)
                self.tally.killed += 1

    def _trouble(self, text: str) -> None:
        self.tally.troubles.append(text)
        if len(self.tally.troubles) <= TOLD:
            print(f"{self.passed / 60:6.1f} min  {text}", flush=True)


async def soaked(address: Address, front: int, given: argparse.Namespace, asked: Sequence[Question]) -> Tally:
    """What was, with the files that the service had open before and after all clients."""
    soak = Soak(address, front, 60 * given.minutes, given)
    before = await quiet(front)
    await soak.run(asked)
    after = await quiet(front)
    soak.tally.looks.append(after)
    print(soak.tally.line(soak.passed / 60))
    if after.files > before.files:
        soak.tally.troubles.append(f"open files of the front, without a client: {before.files}, then {after.files}")
    return soak.tally


async def quiet(front: int) -> Look:
    """A look when nobody asks: the fewest files of some seconds."""
    looks = []
    for _ in range(20):
        looks.append(look(front))
        await asyncio.sleep(0.25)
    return min(looks, key=lambda one: one.files)


def verdict(tally: Tally, log: bytes) -> int:
    """Print it; the exit code."""
    troubles = [*tally.troubles, *grown(tally.looks)]
    if b"Traceback" in log:
        troubles.append(f"a traceback in the log: {log[log.index(b'Traceback') :][:2000].decode('utf-8', 'replace')}")
    for text in troubles[:TOLD]:
        print(f"  {text}")
    said = f"FAILED, {len(troubles)} troubles" if troubles else "passed"
    print(f"{said}: {tally.good} good answers, {tally.refused} refused and asked again, "
          f"{sum(tally.bad.values())} bad clients, {tally.killed} workers killed")  # fmt: skip
    return int(bool(troubles))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=14.0, help="good questions a second; 0: as fast as they are answered")
    parser.add_argument("--connections", type=int, default=16, help="of good clients")
    parser.add_argument("--workers", type=int, default=2)
    for kind in ("slow", "cut", "garbage"):
        parser.add_argument(f"--{kind}", type=int, default=200, help="how many such clients")
    parser.add_argument("--kill", type=float, default=0.0, metavar="MINUTES", help="kill a worker every so many minutes")
    parser.add_argument("--model", default=MODEL, metavar="CFG,WEIGHTS[,NAMES]")
    parser.add_argument("--pictures", type=Path, default=ROOT / "examples", help="folder of JPEGs")
    parser.add_argument("--flags", default="", help="more of serve's")
    given = parser.parse_args()
    if not any(given.pictures.glob("*.jpg")):
        parser.error(f"there is no .jpg in {given.pictures}")
    return given


def main() -> int:
    """The exit code."""
    given = parse()
    pictures = sorted(given.pictures.glob("*.jpg"))
    flags = ("-workers", str(given.workers), *given.flags.split())
    service = Service.of("serve", tuple(given.model.split(",")), *flags)
    asked = questions(given.model, pictures)
    with running(service) as one:
        tally = asyncio.run(soaked(one.address, one.process.pid, given, asked))
        log = Path(one.log).read_bytes()
    return verdict(tally, log)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ServiceError, subprocess.CalledProcessError) as e:
        sys.exit(f"soak_serve.py: {e}")
