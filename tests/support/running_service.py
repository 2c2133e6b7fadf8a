"""Services in processes of their own, ready to answer."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from reference import REPO
from service_clients import Address

HOST, LONGEST_START = "127.0.0.1", 120


class ServiceError(Exception):
    """A service that did not start; the text is the last line that it printed."""


@dataclass(frozen=True)
class Service:
    """Its name in the table, and its command line, to which ``-port N`` is added."""

    name: str
    command: tuple[str, ...]

    @classmethod
    def of(cls, name: str, model: tuple[str, ...], *flags: str) -> Service:
        """``darknet_py serve`` of a model: cfg, weights and, where there is one, the file of names."""
        return cls(name, (sys.executable, "-m", "darknet_py", "serve", "-model", f"m={','.join(model)}", *flags))


@dataclass(frozen=True)
class Running:
    """A service's process, its address, and the file that it prints into."""

    process: subprocess.Popen[bytes]
    address: Address
    log: str


def free_port() -> int:
    with socket.socket() as plug:
        plug.bind((HOST, 0))
        return int(plug.getsockname()[1])


@contextlib.contextmanager
def running(service: Service) -> Iterator[Running]:
    """The service, once it answers, until the block ends.  Raises ServiceError."""
    port = free_port()
    with tempfile.NamedTemporaryFile() as log:
        environment = {**os.environ, "PYTHONPATH": str(REPO)}
        process = subprocess.Popen([*service.command, "-port", str(port)], stdout=log, stderr=log, env=environment)
        try:
            _wait(process, port, log)
            yield Running(process, (HOST, port), log.name)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: IO[bytes]) -> None:
    for _ in range(10 * LONGEST_START):
        if process.poll() is not None:
            break
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://{HOST}:{port}/v1/models", timeout=5).close()
            return
        time.sleep(0.1)
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").strip().splitlines()
    raise ServiceError(lines[-1] if lines else f"it did not answer within {LONGEST_START} s")
