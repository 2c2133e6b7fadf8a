"""The addresses of a service's streams: good clients, slow ones, crowds, and those that leave."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from ports import until

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("fastapi", reason="the extra serve is not installed")
httpx = pytest.importorskip("httpx", reason="httpx is not installed")

from streaming_service import FedStream, streaming  # noqa: E402

from darknet_py.serve import stream_routes, streams  # noqa: E402
from darknet_py.serve.stream_process import Told  # noqa: E402
from darknet_py.video import audience  # noqa: E402
from darknet_py.video.audience import OF_AN_ADDRESS  # noqa: E402
from darknet_py.video.stream_server import jpeg_part  # noqa: E402

CLIENTS = OF_AN_ADDRESS + 2
BOUNDARY = "multipart/x-mixed-replace; boundary=mjpegstream"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, dict[str, FedStream]]]:
    with streaming("yard", "door") as given:
        yield given


@pytest.fixture
def yard(served: tuple[str, dict[str, FedStream]]) -> FedStream:
    """A stream that is running, and nobody watches."""
    stream = served[1]["yard"]
    stream.frame(1)
    until(lambda: stream.told.state == "running" and not stream.drawn.listeners and not stream.boxes.listeners)
    return stream


@pytest.fixture
def client(served: tuple[str, dict[str, FedStream]]) -> Iterator[Any]:
    with httpx.Client(base_url=served[0], timeout=20) as made:
        yield made


def connected(url: str, path: str) -> socket.socket:
    """A client that reads nothing by itself."""
    place = urlsplit(url)
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
    made.settimeout(20)
    made.connect((place.hostname, place.port))
    made.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return made


def test_what_there_is(client: Any, yard: FedStream) -> None:
    told = client.get("/v1/streams").json()["streams"]
    facts = {"name": "door", "model": "small", "state": "starting", "error": "", "width": 0, "height": 0, "fps": 0.0,
             "frames": 0, "clients": 0}  # fmt: skip
    running = {"name": "yard", "state": "running", "width": 64, "height": 48, "fps": told[0]["fps"], "frames": 1}
    assert told == [{**facts, **running}, facts]


@pytest.mark.parametrize("path", ["", "/boxes", "/picture"])
def test_what_there_is_not(client: Any, path: str) -> None:
    answer = client.get(f"/v1/streams/gate%0a{path}")
    assert (answer.status_code, answer.json()["error"]) == (404, "there is no stream gate\\n; there are: yard, door")
    assert client.post(f"/v1/streams/yard{path}").status_code == 405
    assert client.get(f"/v1/streams/yard{path}", headers={"Host": "evil.example"}).status_code == 403
    assert client.get(f"/v1/streams/yard{path}", headers={"Origin": "http://evil.example"}).status_code == 403


def test_video_as_the_demo_sends_it(client: Any, yard: FedStream) -> None:
    with client.stream("GET", "/v1/streams/yard") as answer:
        assert answer.headers["Content-Type"] == BOUNDARY
        until(lambda: yard.drawn.listeners)
        got = answer.iter_raw()
        for number in (2, 3):
            yard.frame(number, b"jpeg %d" % number)
            part, data = jpeg_part(b"jpeg %d" % number), b""
            while len(data) < len(part):
                data += next(got)
            assert data == part
    until(lambda: not yard.drawn.listeners)


def test_video_without_boxes_has_them_beside(client: Any, yard: FedStream) -> None:
    with client.stream("GET", "/v1/streams/yard?boxes=0") as answer:
        assert answer.headers["Content-Type"] == BOUNDARY
        until(lambda: yard.plain.listeners)
        yard.frame(2, b"drawn", b"plain")
        got, data = answer.iter_raw(), b""
        while not data.endswith(b"plain\r\n"):
            data += next(got)
    assert data.split(b"\r\n") == [
        b"--mjpegstream", b"Content-Type: image/jpeg", b"Content-Length: 5", b'Detections: {"frame_id": 2}', b"",
        b"plain", b"",
    ]  # fmt: skip
    assert client.get("/v1/streams/yard?boxes=maybe").status_code == 422


def events(lines: Iterator[str], count: int) -> list[dict[str, str]]:
    """The next so many events, or comments, as fields."""
    found: list[dict[str, str]] = []
    while len(found) < count:
        fields: dict[str, str] = {}
        while line := next(lines):
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        found.append(fields)
    return found


def test_boxes_as_they_come_and_how_the_stream_is(client: Any, yard: FedStream) -> None:
    with client.stream("GET", "/v1/streams/yard/boxes") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        lines = answer.iter_lines()
        running, lost = {"state": "running", "error": ""}, {"state": "lost", "error": "cannot be opened"}
        assert events(lines, 2) == [{"retry": "2000"}, {"event": "state", "data": json.dumps(running)}]
        yard.frame(2)
        assert events(lines, 1) == [{"id": "2", "data": '{"frame_id": 2}'}]
        yard.fed(Told("lost", "/a/path.mp4: cannot be opened"))
        assert events(lines, 1) == [{"event": "state", "data": json.dumps(lost)}]
        yard.fed(Told("lost", "/a/path.mp4: a folder; give /a/path.mp4/%06d.jpg"))
        assert "path" not in events(lines, 1)[0]["data"]


def test_silence_is_broken(client: Any, yard: FedStream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_routes, "HEARTBEAT", 0.01)
    with client.stream("GET", "/v1/streams/yard/boxes") as answer:
        assert events(answer.iter_lines(), 4)[2:] == [{"": ""}] * 2


def test_a_picture(client: Any, yard: FedStream, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one; where none comes, it is said why."""
    timer = threading.Timer(0.05, lambda: yard.frame(2, b"jpeg"))
    timer.start()
    answer = client.get("/v1/streams/yard/picture")
    assert (answer.headers["Content-Type"], answer.content) == ("image/jpeg", b"jpeg")
    assert not yard.waiting
    monkeypatch.setattr(streams, "PICTURE_SECONDS", 0.01)
    answer = client.get("/v1/streams/yard/picture")
    assert (answer.status_code, answer.json()["error"]) == (503, "stream yard: no frame came within 0.01 seconds")
    answer = client.get("/v1/streams/door/picture")
    assert (answer.status_code, answer.json()["error"]) == (503, "stream door is starting")
    assert answer.headers["Retry-After"] == "5"


def test_pictures_are_wanted_while_somebody_watches(served: Any, yard: FedStream) -> None:
    wanted: list[bytes] = []

    class Orders:
        def writelines(self, parts: Any) -> None:
            wanted.append(b"".join(parts))

    def ask() -> int:
        yard.loop.call_soon_threadsafe(yard._want, Orders())
        return len(wanted)

    assert [ask() for _ in range(3)][-1] == 0
    watching = connected(served[0], "/v1/streams/yard")
    until(lambda: ask() == 1)
    watching.close()
    until(lambda: ask() == 2)
    assert yard.wants == (False, False)


def test_who_is_slow_keeps_nobody_waiting_and_gets_the_newest(served: Any, client: Any, yard: FedStream) -> None:
    slow = connected(served[0], "/v1/streams/yard")
    until(lambda: len(yard.drawn.listeners) == 1)
    (listener,) = yard.drawn.listeners
    with client.stream("GET", "/v1/streams/yard") as answer:
        until(lambda: len(yard.drawn.listeners) == 2)
        got, data = answer.iter_raw(), b""
        for number in range(30):
            yard.frame(number, b"%06d" % number * 20_000)
            data = b""
            while len(data) < len(jpeg_part(bytes(120_000))):
                data += next(got)
            assert data.count(b"%06d" % number) == 20_000
    assert len(listener.items) == 1, "all others were dropped"
    data = b""
    while b"000029" * 20_000 not in data:
        data = data[-200_000:] + slow.recv(1 << 20)
    slow.close()
    until(lambda: not yard.drawn.listeners)


@pytest.mark.parametrize("path", ["/v1/streams/yard", "/v1/streams/yard/boxes"])
def test_who_takes_nothing_is_dropped(served: Any, yard: FedStream, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(stream_routes, "SEND_SECONDS", 0.1)
    slow = connected(served[0], path)
    audience = yard.drawn if path.endswith("yard") else yard.boxes
    until(lambda: audience.listeners)

    def dropped() -> bool:
        yard.frame(2, bytes(300_000))
        yard.loop.call_soon_threadsafe(audience.publish, b":" + bytes(300_000))
        return not audience.listeners

    until(dropped)
    slow.close()


@pytest.mark.parametrize("path", ["/v1/streams/yard", "/v1/streams/yard/boxes"])
@pytest.mark.parametrize("reset", [False, True])
def test_who_leaves_is_forgotten(served: Any, yard: FedStream, path: str, reset: bool) -> None:
    """Though nothing is sent."""
    guest = connected(served[0], path)
    until(lambda: yard.drawn.listeners or yard.boxes.listeners)
    if reset:
        guest.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    guest.close()
    until(lambda: not yard.drawn.listeners and not yard.boxes.listeners)


@pytest.mark.parametrize("path", ["/v1/streams/yard", "/v1/streams/yard/boxes"])
def test_who_leaves_after_another_request_is_forgotten(served: Any, yard: FedStream, path: str) -> None:
    """The request that waits for the stream's end was taken for the only one."""
    guest = connected(served[0], path)
    guest.sendall(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n")
    until(lambda: yard.drawn.listeners or yard.boxes.listeners)
    guest.close()

    def forgotten() -> bool:
        yard.frame(2, b"jpeg")  # what is sent shows that the client is gone
        return not yard.drawn.listeners and not yard.boxes.listeners

    until(forgotten)


def test_a_crowd_is_bounded(served: Any, client: Any, yard: FedStream, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one address too, which may be a proxy's."""
    monkeypatch.setattr(audience, "CLIENTS", CLIENTS)
    crowd = [connected(served[0], "/v1/streams/yard/boxes") for _ in range(CLIENTS)]
    until(lambda: len(yard.boxes.listeners) == CLIENTS)
    answer = client.get("/v1/streams/yard/boxes")
    assert (answer.status_code, answer.json()["error"]) == (503, "this stream has enough clients; try again later")
    assert answer.headers["Retry-After"] == "5"
    for guest in crowd:
        guest.close()
    until(lambda: not yard.boxes.listeners)
    with client.stream("GET", "/v1/streams/yard/boxes") as answer:
        assert answer.status_code == 200


def test_the_end_and_a_token() -> None:
    """Streams end with the service, which does not wait for them; a browser sends the token as a cookie."""
    with streaming("yard", token="secret") as (url, there):
        assert httpx.get(f"{url}/v1/streams").status_code == 401
        assert httpx.get(f"{url}/v1/streams/yard").status_code == 401
        there["yard"].frame(1)
        guest = socket.create_connection(urlsplit(url).netloc.split(":"), 20)
        guest.sendall(b"GET /v1/streams/yard HTTP/1.1\r\nHost: localhost\r\nCookie: darknet_py_token=secret\r\n\r\n")
        until(lambda: there["yard"].drawn.listeners)
    data = b""
    while part := guest.recv(65536):
        data += part
    assert data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert data.endswith(b"--mjpegstream--\r\n\r\n0\r\n\r\n")
