"""What a demo's ports send, with real clients on this machine: good, slow, absent and hostile ones."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import struct
import threading
import time

import cv2
import numpy as np
import ports
import pytest
from ports import GET, LOCALHOST, SOON, answer, connected, until, watching

from darknet_py.video import stream_server
from darknet_py.video.stream_server import jpeg_part

server, mjpeg = ports.server, ports.mjpeg

def test_json_as_it_comes(server):
    """The reference's bytes: a list that stays open, an object after the other; closed at the end."""
    client = watching(server)
    assert client.headers["Content-Type"] == "application/json"
    server.publish(b'{\n "frame_id":1}')
    assert client.read(18) == b'[\n{\n "frame_id":1}'
    server.publish(b'{\n "frame_id":2}')
    server.close()
    assert client.read() == b', \n{\n "frame_id":2}\n]'


def test_json_for_two(server):
    first = watching(server)
    server.publish(b'{"frame_id":1}')
    second = watching(server, 2)
    server.publish(b'{"frame_id":2}')
    server.close()
    assert [json.loads(client.read()) for client in (first, second)] == [
        [{"frame_id": 1}, {"frame_id": 2}], [{"frame_id": 2}],
    ]  # fmt: skip


def test_nothing_to_see_is_an_empty_list(server):
    client = watching(server)
    server.close()
    assert json.loads(client.read()) == []


def jpeg(shade, size=(48, 64)):
    return cv2.imencode(".jpg", np.full((*size, 3), shade, np.uint8))[1].tobytes()


def test_parts_of_mjpeg(mjpeg):
    client = watching(mjpeg)
    assert client.headers.get_content_type() == "multipart/x-mixed-replace"
    boundary = b"--" + client.headers.get_boundary().encode()
    for shade in (50, 200):
        mjpeg.publish(jpeg_part(jpeg(shade)))
        head = b"".join(client.readline() for _ in range(4))
        length = re.fullmatch(rb"%b\r\nContent-Type: image/jpeg\r\nContent-Length: (\d+)\r\n\r\n" % boundary, head)[1]
        frame = cv2.imdecode(np.frombuffer(client.read(int(length)), np.uint8), cv2.IMREAD_COLOR)
        assert abs(frame.mean() - shade) < 3
        assert client.readline() == b"\r\n"
    mjpeg.close()
    assert client.read() == boundary + b"--\r\n"


def test_a_video_player_plays_mjpeg(mjpeg):
    """OpenCV's FFmpeg, as a client."""
    ended = threading.Event()

    def publish():
        while not ended.wait(0.005):
            mjpeg.publish(jpeg_part(jpeg(120)))

    thread = threading.Thread(target=publish, daemon=True)
    thread.start()
    player = cv2.VideoCapture(f"http://{LOCALHOST}:{mjpeg.port}/", cv2.CAP_FFMPEG)
    frames = [player.read() for _ in range(3)]
    player.release()
    ended.set()
    thread.join()
    assert [good for good, _ in frames] == [True] * 3
    assert abs(frames[2][1].mean() - 120) < 3


def test_a_slow_client_keeps_nobody_waiting(mjpeg):
    """It reads nothing: the other client gets the newest frames, and so does it once it reads."""
    slow = connected(mjpeg)
    until(lambda: mjpeg.watched)
    quick, got = watching(mjpeg, 2), []
    for k in range(100):
        mjpeg.publish(b"%06d" % k * 50_000)
        got.append(quick.read(300_000)[:6])
    assert got == [b"%06d" % k for k in range(100)]
    mjpeg.publish(b"the last")
    threading.Timer(0.1, mjpeg.close).start()
    slow_got = answer(slow)
    assert len(slow_got) < 100 * 300_000, "frames were skipped for it"
    assert slow_got.endswith(b"the last--mjpegstream--\r\n")


def test_json_for_a_slow_client_stays_a_list(server):
    slow = connected(server)
    until(lambda: server.watched)
    for k in range(2000):
        server.publish(json.dumps({"frame_id": k, "filling": "x" * 10_000}).encode())
    threading.Timer(0.1, server.close).start()
    frames = [o["frame_id"] for o in json.loads(answer(slow).split(b"\r\n\r\n", 1)[1])]
    assert frames == sorted(set(frames))
    assert (len(frames) < 2000, frames[-1]) == (True, 1999), "the oldest were dropped"


def test_who_takes_nothing_is_dropped(mjpeg, monkeypatch):
    monkeypatch.setattr(stream_server, "SEND_SECONDS", 0.1)
    slow = connected(mjpeg)
    until(lambda: mjpeg.watched)
    end = time.monotonic() + SOON
    while mjpeg.watched and time.monotonic() < end:
        mjpeg.publish(bytes(100_000))
        time.sleep(0.002)
    assert not mjpeg.watched
    slow.close()


@pytest.mark.parametrize("reset", [False, True])
def test_who_vanishes_is_forgotten(server, reset):
    client = connected(server)
    until(lambda: server.watched)
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    end = time.monotonic() + SOON
    while server.watched and time.monotonic() < end:
        server.publish(b"{}")
        time.sleep(0.002)
    assert not server.watched
    until(lambda: server.connections == 0)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\r\n\r\n", b"400"),
        (b"hello\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00" + np.random.RandomState(0).bytes(50) + b"\r\n\r\n", b"400"),  # TLS
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000, b"400"),
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"405"),
        (b"GET /favicon.ico HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /index.html?/ HTTP/1.1\r\n\r\n", b"404"),
        (b"GET // HTTP/1.1\r\n\r\n", b"404"),
        (b"GET http://evil.example/ HTTP/1.1\r\n\r\n", b"404"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"403"),
        (b"GET / HTTP/1.1\r\nhOST:127.0.0.1.evil.example:80\r\n\r\n", b"403"),
        (b"GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", b"403"),
        (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", b"403"),
        (b"GET / HTTP/1.1\r\nHost: [::1\x1b\xff\r\n\r\n", b"403"),
        (b"GET / HTTP/1.1\r\nHost: localhost:80@evil.example\r\n\r\n", b"403"),
        (b"GET / HTTP/1.1\r\nHost: [::1].evil.example:80\r\n\r\n", b"403"),
        (b"GET / HTTP/1.1\r\nA: b\nHost: evil.example\r\n\r\n", b"403"),
    ],
)
def test_other_requests(server, request_, status):
    client = socket.create_connection((LOCALHOST, server.port), SOON)
    with contextlib.suppress(ConnectionError):  # refused before it was through
        client.sendall(request_)
    got = answer(client)
    assert got[:13] == b"HTTP/1.0 " + status + b" " or (len(request_) > 100_000 and not got)
    until(lambda: server.connections == 0)
    assert watching(server).status == 200


def test_who_says_nothing_is_dropped(server, monkeypatch):
    monkeypatch.setattr(stream_server, "REQUEST_SECONDS", 0.1)
    client = connected(server, b"GET / HTTP/1.1\r\n")
    assert answer(client) == b""
    until(lambda: server.connections == 0)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n", GET])
def test_the_end_does_not_wait_for_long(server, monkeypatch, caplog, said):
    """Neither for who says nothing nor for who takes nothing, and nothing is logged of them."""
    monkeypatch.setattr(stream_server, "CLOSE_SECONDS", 0.1)
    client = connected(server, said)
    until(lambda: server.connections == 1 and (said != GET or server.watched))
    server.publish(bytes(50_000_000))
    server.close()
    assert not server.thread.is_alive()
    assert not caplog.records
    client.close()


def test_clients_of_http_client(server):
    """The client that Python programs use, reading line by line."""
    connection = http.client.HTTPConnection(LOCALHOST, server.port, timeout=SOON)
    connection.request("GET", "/")
    response = connection.getresponse()
    until(lambda: server.watched)
    server.publish(b'{"frame_id":1}')
    assert [response.readline(), response.read(14)] == [b"[\n", b'{"frame_id":1}']
    connection.close()
