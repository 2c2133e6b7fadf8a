"""Streams of a service: each has a process that watches its source, and an audience."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..capture.sources import DELAYS
from ..errors import DarknetError
from ..files.addresses import shown, whole
from ..files.roles import is_camera
from ..video.audience import CLIENTS, Audience
from ..video.stream_server import jpeg_part
from . import wire
from .jobs import Refusal
from .process import how, send, start
from .stream_process import Seen, Told, Watch

__all__ = ["BUSY", "Stream"]

log = logging.getLogger("darknet_py")

BUSY = Refusal(503, "this stream has enough clients; try again later", 5)
NOTHING = False, False
FRAMES = 30  # over which frames a second are counted
AGAIN = 0.2  # seconds until what is to end is told so again
PICTURE_SECONDS = 10.0  # that a client waits for a frame
PATIENCE = {"starting": 600.0, "running": 60.0, "lost": 60.0}  # seconds without a word, after which a process is ended


class Stream:
    """``start`` and ``close`` it in an event loop.  A process that dies is started again, at growing intervals."""

    def __init__(self, name: str, model: str, wanted: Watch) -> None:
        self.name, self.model, self.wanted = name, model, wanted
        self.drawn, self.plain, self.boxes = Audience(), Audience(), Audience()
        self.waiting: set[asyncio.Future[bytes]] = set()  # for one picture
        self.told, self.size, self.frame_id, self.wants = Told("starting"), (0, 0), 0, NOTHING
        self.times: deque[float] = deque(maxlen=FRAMES)  # of the last frames
        self.keeping: asyncio.Future[None] | None = None
        self.process: Process | None = None
        self.hear: dict[type, Callable[[Any], None]] = {Seen: self._see, Told: self._tell, wire.Logged: self._log}

    def start(self) -> None:
        self.keeping = asyncio.ensure_future(self._keep())

    def end(self) -> None:
        """Send nobody anything more."""
        for audience in self.audiences:
            audience.end()

    async def close(self) -> None:
        """End the process."""
        self.end()
        if self.keeping:
            while not self.keeping.done():  # before Python 3.12 ``wait_for`` forgets it where a word comes just then
                self.keeping.cancel()
                await asyncio.wait([self.keeping], timeout=AGAIN)

    @property
    def audiences(self) -> tuple[Audience, ...]:
        return self.drawn, self.plain, self.boxes

    @property
    def facts(self) -> dict[str, object]:
        """What is told of it."""
        fps = (len(self.times) - 1) / (self.times[-1] - self.times[0]) if len(self.times) > 1 else 0.0
        return {
            "name": self.name, "model": self.model, "state": self.told.state, "error": self.told.error,
            "width": self.size[0], "height": self.size[1], "fps": round(fps, 1), "frames": self.frame_id,
            "clients": sum(len(audience.listeners) for audience in self.audiences),
        }  # fmt: skip

    @property
    def state(self) -> bytes:
        """How it is, as a server-sent event."""
        return f"event: state\ndata: {json.dumps({'state': self.told.state, 'error': self.told.error})}\n\n".encode()

    async def picture(self) -> bytes:
        """The next frame as a JPEG.  Raises Refusal."""
        if self.told.state != "running":
            raise Refusal(503, f"stream {self.name} is {self.told.state}: {self.told.error}".removesuffix(": "), 5)
        if len(self.waiting) >= CLIENTS:
            raise BUSY
        picture: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.waiting.add(picture)
        try:
            return await asyncio.wait_for(picture, PICTURE_SECONDS)
        except asyncio.TimeoutError:
            raise Refusal(503, f"stream {self.name}: no frame came within {PICTURE_SECONDS:g} seconds", 5) from None
        finally:
            self.waiting.discard(picture)

    async def _keep(self) -> None:
        """A process, and another one after it."""
        tries = 0
        while True:
            before = self.frame_id
            try:
                problem = f"its process has ended ({how(await self._run())}); it is started again"
            except DarknetError as e:
                problem = str(e)
            tries = tries + 1 if self.frame_id == before else 0
            self._tell(Told("lost", problem))
            await asyncio.sleep(DELAYS[min(tries, len(DELAYS) - 1)])

    async def _run(self) -> int:
        """Hear a process to its end; the exit code."""
        self._tell(Told("starting", self.told.error))
        process = self.process = await start("stream_process", replace(self.wanted, frame_id=self.frame_id))
        assert process.stdin
        assert process.stdout
        self.wants, ended = NOTHING, False
        try:
            while True:
                said = await asyncio.wait_for(wire.received(process.stdout), PATIENCE[self.told.state])
                self.hear[type(said)](said)
                self._want(process.stdin)
        except EOFError:
            ended = True
        except (OSError, asyncio.TimeoutError):
            pass  # it hangs
        finally:
            if not ended:
                with suppress(ProcessLookupError):
                    process.kill()
            code = await process.wait()
        return code

    def _want(self, orders: asyncio.StreamWriter) -> None:
        """Tell the process where other pictures are wanted than before."""
        before, self.wants = self.wants, (bool(self.drawn.listeners or self.waiting), bool(self.plain.listeners))
        if self.wants != before:
            send(orders, self.wants)

    def _see(self, seen: Seen) -> None:
        if self.told.state != "running":
            self._tell(Told("running"))
        self.frame_id, self.size = seen.frame_id, seen.size
        self.times.append(time.monotonic())
        self.boxes.publish(b"id: %d\ndata: %b\n\n" % (seen.frame_id, seen.line))
        if seen.plain:
            self.plain.publish(jpeg_part(seen.plain, b"Detections: %b\r\n" % seen.line))
        if seen.drawn:
            self.drawn.publish(jpeg_part(seen.drawn))
            for picture in self.waiting:
                if not picture.done():
                    picture.set_result(seen.drawn)

    def _tell(self, told: Told) -> None:
        """Note how the stream is; addresses and paths go to the log alone."""
        before, source = self.told, self.wanted.source
        label = f"camera {source}" if is_camera(source) else shown(whole(source))
        error = told.error.removeprefix(f"{label}: ")
        self.told = Told(told.state, "it cannot be read; the log says why" if label in error else error)
        if self.told == before:
            return
        self.times.clear()
        self.boxes.publish(self.state)
        if told.state == "lost":
            log.warning("stream %s: lost: %s", self.name, told.error)
        else:
            log.info("stream %s: %s", self.name, told.state)

    def _log(self, logged: wire.Logged) -> None:
        log.log(logged.level, "stream %s: %s", self.name, logged.text)
