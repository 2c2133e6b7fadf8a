"""Clients that mean no good, or do not care: too slow, gone too early, sending what is no picture or no HTTP.

Each is called with the service's address and says what was wrong with its treatment, "" where nothing was.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from known_answers import PATH
from service_clients import END, Address, Lost, Reply, ask, base64s, cut, drip, parts, post

Hostile = Callable[[Address], Awaitable[str]]
LINES = 300  # characters of an error, which is one line


def complaint(reply: Reply | None, statuses: Sequence[int] = range(400, 500)) -> str:
    """What is wrong with an answer to a bad question; None: the connection was closed, which is no answer."""
    if reply is None:
        return "the connection was closed without an answer"
    if reply.status not in statuses:
        return f"status {reply.status}: {reply.body[:200]!r}"
    try:
        error = json.loads(reply.body)["error"]
    except (ValueError, KeyError, TypeError):
        return f"status {reply.status} is not told as JSON: {reply.body[:200]!r}"
    if "\n" in error or len(error) > LINES or "Traceback" in error or '.py"' in error:
        return f"not one clear line: {error[:LINES]!r}"
    return ""


def wrong(picture: bytes) -> dict[str, bytes]:
    """Requests that are to be refused, by what is wrong with them."""
    noise = random.Random(7).randbytes(5000)
    return {
        "no body": post(PATH, b""), "text": post(PATH, b"a picture", "text/plain"), "noise": post(PATH, noise),
        "noise as JSON": post(PATH, noise, "application/json"), "JSON without images": post(PATH, b"{}", "application/json"),
        "JSON of no object": post(PATH, b"[[[1]]]", "application/json"),
        "a picture as JSON": post(PATH, picture, "application/json"),
        "no base64": post(PATH, b'{"images": [{"data": "\\u00e9!"}]}', "application/json"),
        "deep JSON": post(PATH, b'{"images": ' + b"[" * 100_000, "application/json"),
        "noise in base64": base64s(PATH, noise), "noise in a part": parts(PATH, noise), "no parts": parts(PATH),
        "an empty part": parts(PATH, b""), "1000 parts": parts(PATH, *[b"x"] * 1000),
        "parts without a boundary": post(PATH, picture, "multipart/form-data"),
        "parts that do not end": post(PATH, b"--cut\r\nContent-Dispo", "multipart/form-data; boundary=cut"),
        "the start of a picture": post(PATH, picture[:200]),
        "a threshold of words": post(f"{PATH}?thresh=high", picture),
        "not a number": post(f"{PATH}?thresh=nan", picture),
        "a class that is none": post(f"{PATH}?classes=unicorn", picture),
        "no such model": post(f"{PATH}?model=none", picture),
        "no such option": post(f"{PATH}?tresh=.5", picture), "no such address": post("/v1/nothing", picture),
        "a method that is none": b"BREW /v1/detect HTTP/1.1\r\nHost: localhost" + END,
        "a huge header": post(PATH, picture, "image/jpeg", "X-Much: " + "x" * 200_000),
        "5000 headers": post(PATH, picture, "image/jpeg", *[f"X-{i}: y" for i in range(5000)]),
        "another host": b"GET /v1/models HTTP/1.1\r\nHost: evil.example" + END,
        "another origin": post(PATH, picture, "image/jpeg", "Origin: http://evil.example"),
        "a length that is none": b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5" + END,
        "a length beyond all": b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999" + END,
        "no HTTP": noise, "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + noise,
    }  # fmt: skip


async def refused(address: Address, request: bytes, seconds: float, name: str = "") -> str:
    """What is wrong with how a bad question was refused, which is called ``name`` then; a busy service is asked again."""
    try:
        while wait := (reply := await ask(address, request, seconds)).busy:
            await asyncio.sleep(wait)
        problem = complaint(reply)
    except (Lost, ConnectionError):
        problem = complaint(None)
    except TimeoutError as e:
        problem = str(e)
    return f"{name}: {problem}" if name and problem else problem


async def told_to_go(address: Address, request: bytes, start: int, seconds: float) -> str:
    """What is wrong with how a client was treated that sends its first ``start`` bytes at once and then dawdles."""
    try:
        reply = await drip(address, request, start, 0.2, seconds)
    except TimeoutError as e:
        return str(e)
    except ConnectionError:
        return ""
    return complaint(reply) if reply else ""


def slow(requests: Sequence[bytes], seconds: float) -> list[Hostile]:
    """Clients that get slow after a byte, half of the head, all of it, half of the body; by then they must be gone."""
    starts = [(one, start) for one in requests for start in (1, _head(one) // 2, _head(one), len(one) // 2)]
    return [partial(told_to_go, request=request, start=start, seconds=seconds) for request, start in starts]


def cuts(requests: Sequence[bytes]) -> list[Hostile]:
    """Clients that leave within the head, after it, within the body, when all is sent; with and without a goodbye."""
    lengths = [(one, length) for one in requests for length in (_head(one) // 2, _head(one), len(one) // 2, len(one))]
    return [partial(_leaves, request=one, length=length, reset=reset) for one, length in lengths for reset in (False, True)]


def garbage(picture: bytes, seconds: float) -> list[Hostile]:
    """Clients that send what is to be refused."""
    return [partial(refused, request=request, seconds=seconds, name=name) for name, request in wrong(picture).items()]


async def _leaves(address: Address, request: bytes, length: int, reset: bool) -> str:
    await cut(address, request, length, reset)
    return ""


def _head(request: bytes) -> int:
    """The length of its head."""
    return request.index(END) + len(END)
