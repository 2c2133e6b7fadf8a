"""The ports and posts of a demo, with real clients and servers on this machine: good, slow, absent and hostile ones."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import socket
import struct
import threading
import time
import urllib.request

import cv2
import numpy as np
import pytest
from ports import LOCALHOST, SOON, receiving

from darknet_py.errors import OutputError
from darknet_py.video import post, stream_server
from darknet_py.video.post import HttpPoster, target
from darknet_py.video.stream_server import ASKING, CLIENTS, JSON, MJPEG, OF_AN_ADDRESS, StreamServer, jpeg_part

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def serving(form):
    server = StreamServer(LOCALHOST, 0, form)
    yield server
    if not server.closing.is_set():
        server.close()


@pytest.fixture
def server():
    yield from serving(JSON)


@pytest.fixture
def mjpeg():
    yield from serving(MJPEG)


def until(condition):
    """Wait for what happens in another thread."""
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


def connected(server, data=GET):
    """A socket on which ``data`` was sent."""
    client = socket.create_connection((LOCALHOST, server.port), SOON)
    client.sendall(data)
    return client


def answer(client):
    """All that comes until the server closes."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(65536):
            data += part
    client.close()
    return data


def watching(server, number=1):
    """A new client, once it is the ``number``-th."""
    response = urllib.request.urlopen(f"http://{LOCALHOST}:{server.port}/", timeout=SOON)
    until(lambda: len(server.clients) == number)
    return response


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


HOSTS = ["", "Host: localhost", "Host: LOCALHOST.:80", "Host: 127.0.0.1:8070", "Host: [::1]:80", "Host: cam"]


@pytest.mark.parametrize("host", HOSTS)
def test_names_that_a_server_is_called_by(host):
    server = StreamServer(LOCALHOST, 0, JSON, ["Cam"])
    client = connected(server, f"GET /?x=1 HTTP/1.1\r\n{host}\r\n\r\n".encode())
    until(lambda: server.clients)
    server.close()
    assert answer(client).startswith(b"HTTP/1.0 200")


def test_the_address_by_which_it_was_reached():
    """Of a server for everyone: any of this machine's own, and no other."""
    server = StreamServer("0.0.0.0", 0, JSON)
    statuses = []
    for name in ("127.0.0.3", "127.0.0.4"):
        try:
            client = socket.create_connection(("127.0.0.3", server.port), SOON)
        except OSError:
            server.close()
            pytest.skip("this machine has no 127.0.0.3")
        client.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        statuses.append(client.recv(12)[-3:])
        client.close()
    server.close()
    assert statuses == [b"200", b"403"]


def test_a_name_that_it_is_not_called_by(server):
    got = answer(connected(server, b"GET / HTTP/1.1\r\nHost: \x1b[2Jevil.example:80\r\n\r\n"))
    assert got.endswith(b"\r\n\r\nthis server is not called \\x1b[2jevil.example:80; if it is, start it with -allow_host\n")


def clients_from(server, address, count, data=GET):
    """As many sockets, bound to an address of this machine, on which ``data`` was sent."""
    found = []
    for _ in range(count):
        client = socket.socket()
        client.settimeout(SOON)
        try:
            client.bind((address, 0))
        except OSError:
            pytest.skip(f"this machine has no {address}")
        client.connect((LOCALHOST, server.port))
        client.sendall(data)
        found.append(client)
    return found


def test_a_crowd_is_bounded(server):
    """As many as may of each address and of all; others are refused, and when they are gone, there is room again."""
    served = clients_from(server, LOCALHOST, OF_AN_ADDRESS)
    until(lambda: len(server.clients) == OF_AN_ADDRESS)
    for _ in range(60):
        assert answer(connected(server))[:12] == b"HTTP/1.0 503"
    for i in range(2, 1 + CLIENTS // OF_AN_ADDRESS):
        served += clients_from(server, f"127.0.0.{i}", OF_AN_ADDRESS)
    until(lambda: len(server.clients) == CLIENTS)
    assert answer(clients_from(server, "127.0.0.9", 1)[0])[:12] == b"HTTP/1.0 503"
    server.publish(b"{}")
    for client in served:
        assert client.recv(12) == b"HTTP/1.0 200"
        client.close()

    def free():
        server.publish(b"{}")
        return server.connections == 0

    until(free)
    assert watching(server).status == 200


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n"])
def test_who_asks_slowly_is_in_nobody_s_way(server, said):
    """Of the same address, too: the longest asking ones make room."""
    slow = [connected(server, said) for _ in range(2 * ASKING)]
    client = watching(server)
    server.publish(b"{}")
    assert client.read(4) == b"[\n{}"
    assert len(server.asking) <= ASKING
    assert answer(slow[0]) == b""
    for other in slow:
        other.close()


def test_who_takes_slowly_makes_room(mjpeg, monkeypatch):
    monkeypatch.setattr(stream_server, "SLOW_SECONDS", 0.05)
    slow = [connected(mjpeg) for _ in range(OF_AN_ADDRESS)]
    until(lambda: len(mjpeg.clients) == OF_AN_ADDRESS)
    part = bytes(4_000_000)

    def stuck():
        mjpeg.publish(part)
        return all(client.busy_for > 0.05 for client in list(mjpeg.clients))

    until(stuck)
    client = connected(mjpeg)
    assert client.recv(12) == b"HTTP/1.0 200"
    until(lambda: len(mjpeg.clients) == OF_AN_ADDRESS)
    for other in (*slow, client):
        other.close()


def test_no_more_files(server, caplog):
    """The limit of open files is said once; when there is room, the client is served."""
    resource = pytest.importorskip("resource")
    clients = [socket.socket() for _ in range(3)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open(os.devnull) as last:
        resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno() + 1, hard))
        try:
            for client in clients:
                client.connect((LOCALHOST, server.port))
                client.sendall(GET)
            until(lambda: caplog.records)
            time.sleep(0.05)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    until(lambda: len(server.clients) == 3)
    assert [r.message for r in caplog.records] == [
        f"port {server.port}: new clients have to wait (Too many open files); allow more with ulimit -n"
    ]
    for client in clients:
        client.close()


def test_only_this_machine_unless_told(server):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), SOON)


def test_a_port_in_use(server):
    with pytest.raises(OutputError, match=rf"^port {server.port} of 127.0.0.1 cannot be used \(Address already in use\)"):
        StreamServer(LOCALHOST, server.port, JSON)


def test_an_address_that_is_not_ours():
    with pytest.raises(OutputError, match=r"192\.0\.2\.1 cannot be used .* -bind"):
        StreamServer("192.0.2.1", 0, JSON)


def test_posts_arrive(caplog):
    with receiving() as (address, posted):
        poster = HttpPoster(target(f"{address}/a/b?c=1"), "text/plain")
        poster.post(b"one")
        poster.post(b"two")
        poster.close()
    assert posted == [("/a/b?c=1", "text/plain", b"one"), ("/a/b?c=1", "text/plain", b"two")]
    assert not caplog.records


def test_failures_are_said_once(caplog):
    with receiving(answer_with=503) as (address, posted):
        poster = HttpPoster(target(address), "text/plain")
        for k in range(3):
            poster.post(b"%d" % k)
        poster.close()
    assert len(posted) == 3
    assert [r.message for r in caplog.records] == [
        f"http://{address}/: cannot be posted to (503 Service Unavailable); this is said once",
        f"http://{address}/: of 3 posts 3 failed and 0 were dropped",
    ]


def test_nobody_listens(caplog):
    with socket.create_server((LOCALHOST, 0)) as unused:
        port = unused.getsockname()[1]
    poster = HttpPoster(target(f"{LOCALHOST}:{port}"), "text/plain")
    poster.post(b"one")
    poster.close()
    assert "refused" in caplog.records[0].message


def test_a_slow_server_keeps_nobody_waiting(caplog):
    """A thousand posts are handed over while it does not answer the first; the newest of them arrive."""
    hold = threading.Event()
    with receiving(hold=hold) as (address, posted):
        poster = HttpPoster(target(address), "text/plain")
        for k in range(1000):
            poster.post(b"%d" % k)
        assert len(posted) <= 1
        hold.set()
        poster.close()
    bodies = [int(body) for _, _, body in posted]
    assert bodies == sorted(bodies)
    assert len(bodies) <= post.WAITING + 2
    assert bodies[-1] == 999
    assert [r.message for r in caplog.records] == [
        f"http://{address}/: is slower than the video: the oldest posts are dropped; this is said once",
        f"http://{address}/: of 1000 posts 0 failed and {1000 - len(bodies)} were dropped",
    ]


def test_a_server_that_never_answers(caplog, monkeypatch):
    monkeypatch.setattr(post, "SECONDS", 0.1)
    with socket.create_server((LOCALHOST, 0)) as silent:
        poster = HttpPoster(target(f"{LOCALHOST}:{silent.getsockname()[1]}"), "text/plain")
        poster.post(b"one")
        poster.close()
    assert "timed out" in caplog.records[0].message


@pytest.mark.parametrize("said", [b"HTTP/1.0 200 OK\r\n", b"HTTP/1.0 200 OK\r\nX: ", b""])
def test_a_server_that_answers_a_byte_at_a_time(caplog, monkeypatch, said):
    """Each comes in time, all of them would not."""
    monkeypatch.setattr(post, "SECONDS", 0.3)
    done = threading.Event()
    with socket.create_server((LOCALHOST, 0)) as listening:

        def drip():
            client = listening.accept()[0]
            with client, contextlib.suppress(OSError):
                client.sendall(said)
                while not done.wait(0.02):
                    client.sendall(b"a")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        poster = HttpPoster(target(f"{LOCALHOST}:{listening.getsockname()[1]}"), "text/plain")
        poster.post(b"one")
        until(lambda: poster.failed)
        done.set()
        thread.join()
        poster.close()
    assert "timed out after 0.3 s" in caplog.records[0].message


def test_what_a_server_says_is_printable_and_short(caplog):
    """A status of 90,000 characters that clears the screen."""
    with socket.create_server((LOCALHOST, 0)) as listening:

        def insult():
            client = listening.accept()[0]
            with client, contextlib.suppress(OSError):
                client.recv(65536)
                client.sendall(b"HTTP/1.0 500 \x1b[2J\x9b2J" + b"no " * 10_000 + b"\r\n\r\n")

        thread = threading.Thread(target=insult, daemon=True)
        thread.start()
        poster = HttpPoster(target(f"{LOCALHOST}:{listening.getsockname()[1]}"), "text/plain")
        poster.post(b"one")
        thread.join()
        poster.close()
    told = caplog.records[0].message
    assert r"(500 \x1b[2J\x9b2Jno no" in told
    assert len(told) < 450


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("host", "http://host/"),
        ("host/a/b", "http://host/a/b"),
        ("host:8080", "http://host:8080/"),
        ("https://host:1/a?b=c", "https://host:1/a?b=c"),
    ],
)
def test_targets(text, url):
    assert str(target(text)) == url


@pytest.mark.parametrize("text", ["", "/a", "a b", "host:port", "host:70000", "ftp://host", "user:word@host"])
def test_no_targets(text):
    with pytest.raises(ValueError, match=r"not host:port/path|Port"):
        target(text)


def test_clients_of_http_client(server):
    """The client that Python programs use, reading line by line."""
    connection = http.client.HTTPConnection(LOCALHOST, server.port, timeout=SOON)
    connection.request("GET", "/")
    response = connection.getresponse()
    until(lambda: server.watched)
    server.publish(b'{"frame_id":1}')
    assert [response.readline(), response.read(14)] == [b"[\n", b'{"frame_id":1}']
    connection.close()
