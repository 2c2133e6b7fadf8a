"""Posts of a demo's objects: to servers that are good, slow, absent, or say what they should not."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest
from ports import LOCALHOST, receiving, until

from darknet_py.video import post
from darknet_py.video.post import HttpPoster, target


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
