"""A worker process, as the front sees it: started, sent orders, heard, ended."""

from __future__ import annotations

import asyncio
import itertools
import logging
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Any

from .._support.words import reason
from ..errors import DarknetError, printable
from . import wire
from .settings import Settings

__all__ = ["Ended", "WorkerProcess", "how", "send", "start"]

CODE = "import sys; sys.path[:] = {!r}; from darknet_py.serve.{} import main; main()"
BUFFER = 1 << 20
NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # of Windows
log = logging.getLogger("darknet_py")
_retelling = set[asyncio.Task[None]]()


class Ended(DarknetError):
    """The process ended before it answered; ``begun``: a job that it worked on, which may be why."""

    def __init__(self, message: str, begun: bool = False) -> None:
        super().__init__(message)
        self.begun = begun


async def start(module: str, told: object) -> Process:
    """A process that runs ``main`` of a module of this room, and is sent what it is ``told``.  Raises DarknetError.

    It is in a session of its own, so that Ctrl-C of a terminal reaches the front alone.
    """
    command = sys.executable, "-c", CODE.format(sys.path, module)
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=BUFFER, start_new_session=True, creationflags=NEW_GROUP
        )
    except OSError as e:
        raise DarknetError(f"no process can be started ({reason(e)})") from e
    assert process.stdin
    assert process.stderr
    send(process.stdin, told)
    task = asyncio.ensure_future(_retell(process.stderr))
    _retelling.add(task)
    task.add_done_callback(_retelling.discard)
    return process


async def _retell(said: asyncio.StreamReader) -> None:
    """Log, line by line, what a process writes on stderr: its decoders' words on damaged pictures, its last ones."""
    while True:
        try:
            line = await said.readline()
        except ValueError:  # longer than the buffer, which is empty now
            continue
        if not line:
            return
        log.warning("a process behind the service: %s", printable(line.decode(errors="replace").rstrip()))


def send(orders: asyncio.StreamWriter, message: object) -> None:
    """To a process; that it has ended already is heard by whoever listens to it."""
    with suppress(RuntimeError, OSError):  # of uvloop, of asyncio
        orders.writelines(wire.packed(message))


class WorkerProcess:
    """``orders``: those that are not answered, by number; ``begun``: jobs among them that are worked on; ``over``: it
    answers no more; ``least``: level of what it tells that is logged.
    """

    def __init__(self, process: Process, least: int) -> None:
        self.process, self.least = process, least
        self.orders: dict[int, asyncio.Future[Any]] = {}
        self.begun = set[int]()
        self.over = False
        self.numbers = itertools.count(1)
        self.listening = asyncio.ensure_future(self._listen())

    @classmethod
    async def start(cls, settings: Settings, least: int = logging.INFO) -> WorkerProcess:
        """Raises DarknetError."""
        return cls(await start("worker", settings), least)

    def order(self, kind: str, value: object) -> tuple[int, asyncio.Future[Any]]:
        """Send an order; its number, and what becomes of it: Ended, where the process ends before it answers."""
        number, future = next(self.numbers), asyncio.get_running_loop().create_future()
        future.add_done_callback(_heard)
        if self.over:
            future.set_exception(Ended("the worker process has ended"))
        else:
            self.orders[number] = future
            self._write((kind, number, value))
        return number, future

    def drop(self, number: int) -> None:
        """Tell that nobody waits for a job any more."""
        self._write(("drop", number, None))

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()

    async def end(self, seconds: float) -> None:
        """Let it end, and kill it after some ``seconds``."""
        assert self.process.stdin
        self.process.stdin.close()
        try:
            await asyncio.wait_for(asyncio.shield(self.listening), seconds)
        except asyncio.TimeoutError:
            self.kill()
            await self.listening

    def _write(self, message: object) -> None:
        assert self.process.stdin
        send(self.process.stdin, message)

    def _log(self, logged: wire.Logged) -> None:
        if logged.level >= self.least:
            log.log(logged.level, "%s", logged.text)

    def _settle(self, number: int, value: object) -> None:
        future = self.orders.pop(number)
        self.begun.discard(number)
        if future.done():  # cancelled
            return
        if isinstance(value, BaseException):
            future.set_exception(value)
        else:
            future.set_result(value)

    async def _listen(self) -> str:
        """Hear answers until the process ends; how it did."""
        assert self.process.stdout
        with suppress(EOFError, OSError):
            while True:
                said = await wire.received(self.process.stdout)
                if isinstance(said, wire.Logged):
                    self._log(said)
                elif isinstance(said, wire.Begun):
                    self.begun.add(said.number)
                else:
                    self._settle(*said)
        self.over = True
        why = how(await self.process.wait())
        while self.orders:
            number, future = self.orders.popitem()
            if not future.done():
                future.set_exception(Ended(f"the worker process ended ({why})", number in self.begun))
        return why


def _heard(future: asyncio.Future[Any]) -> None:
    """An error that nobody asks for is no fault of the program."""
    if not future.cancelled():
        future.exception()


def how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
