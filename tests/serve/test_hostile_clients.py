"""A service's HTTP side among clients that keep their connections, are slow, leave early or send garbage."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("fastapi", reason="the extra serve is not installed")

from hostile_clients import cuts, told_to_go, wrong
from hostile_clients import refused as refusal_of
from service_clients import END, Address, Connection, post
from service_clients import ask as ask_once
from stand_in_workers import BROKEN, SLOW, StandIn, service

from darknet_py.serve import Settings
from darknet_py.serve.options import DetectOptions

SOON = 20
REQUEST = post("/v1/detect", b"a picture")
WITHIN_A_SECOND = {"timeout": 0.6, "head_timeout": 0.6}


@pytest.fixture(scope="module")
def workers() -> StandIn:
    return StandIn()


@pytest.fixture(scope="module")
def address(workers: StandIn) -> Iterator[Address]:
    with service(workers, **WITHIN_A_SECOND) as url:
        yield "127.0.0.1", urlsplit(url).port or 0


def run(work):
    return asyncio.run(asyncio.wait_for(work, SOON))


@pytest.mark.parametrize("size", [3, 40_000, 65_536, 200_000])
def test_a_connection_is_kept_for_one_picture_after_the_other(address, size):
    """The end of a body is not taken for the next request's head, whatever comes together."""

    async def ask():
        with closing(await Connection.to(address)) as connection:
            return [await connection.ask(post("/v1/detect", b"a" * size)) for _ in range(6)]

    assert [reply.status for reply in run(ask())] == [200] * 6


def test_requests_that_come_together_are_answered_in_turn(address):
    async def ask():
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"".join(post("/v1/detect", b"a" * size) for size in (70_000, 1, 50_000)))
        found = []
        for _ in range(3):
            head = await reader.readuntil(END)
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            found.append((head[9:12], await reader.readexactly(length)))
        writer.close()
        return found

    answers = run(ask())
    assert [status for status, _ in answers] == [b"200"] * 3
    assert [int(body.partition(b'"bytes": ')[2].partition(b"}")[0]) for _, body in answers] == [70_000, 1, 50_000]


@pytest.mark.parametrize("start", [1, 30, len(REQUEST) - 9, len(REQUEST) - 8])
def test_slow_clients_are_told_to_go(address, start):
    """Whether the head is slow or the body: a byte in 0.2 s."""
    assert not run(told_to_go(address, REQUEST, start, 5))


GARBAGE = wrong(BROKEN)
"""Of a picture, the stand-in knows only its one broken one."""
OF_THE_PICTURE = {"noise", "noise in base64", "noise in a part", "the start of a picture", "text", "a class that is none"}


@pytest.mark.parametrize("name", sorted(GARBAGE.keys() - OF_THE_PICTURE))
def test_garbage_is_refused_with_one_line_of_json(address, name):
    assert not run(refusal_of(address, GARBAGE[name], 5))


def test_clients_that_leave_leave_nothing(address, workers):
    """What was done for them ends, wherever they left, and those that stay are answered."""
    workers.cancelled = 0

    async def ask():
        await asyncio.gather(*(leave(address) for leave in cuts([post("/v1/detect", SLOW)])))
        return await ask_once(address, REQUEST)

    assert run(ask()).status == 200
    assert workers.cancelled == 2


def test_the_document_tells_options_of_the_address(address):
    """Each with a type and a word, though FastAPI does not read them."""

    async def ask():
        return (await ask_once(address, b"GET /openapi.json HTTP/1.1\r\nHost: localhost" + END)).json()

    told = run(ask())["paths"]["/v1/detect"]["post"]["parameters"]
    assert [(one["name"], one["in"]) for one in told] == [(name, "query") for name in DetectOptions.model_fields]
    assert all(one["description"] and {"type": "null"} in one["schema"]["anyOf"] for one in told)


@pytest.mark.parametrize(("given", "room"), [({"threads": 2}, 24), ({"threads": 1}, 24), ({"threads": 16}, 192),
                                             ({"threads": 16, "workers": 4}, 192), ({"queue": 3}, 3)])  # fmt: skip
def test_more_may_wait_where_there_are_more_cores(given, room):
    assert Settings(**given).room == room
