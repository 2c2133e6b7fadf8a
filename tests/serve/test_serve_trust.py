"""Who may use a service, from where it gets pictures, and that it does not wait for clients without end."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("fastapi", reason="the extra serve is not installed")
httpx = pytest.importorskip("httpx", reason="httpx is not installed")

from ports import until  # noqa: E402
from stand_in_workers import SLOW, SOON, StandIn, service, serving  # noqa: E402
from webserver import served  # noqa: E402

from darknet_py.errors import ImageError  # noqa: E402
from darknet_py.image import public, web  # noqa: E402
from darknet_py.serve import requests  # noqa: E402

TOKEN = "a-token-that-is-long"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Any]:
    told = {"token": TOKEN, "names": ["camera.example"], "origins": ["https://page.example"]}
    with service(**told) as url, httpx.Client(base_url=url, timeout=SOON) as client:
        yield client


@pytest.mark.parametrize("path", ["/v1/models", "/v1/detect", "/v1/nothing", "/v2", "/v2/models/x", "/metrics", "/%761/x"])
@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, "a token is needed"), ({"Authorization": f"Basic {TOKEN}"}, "a token is needed"),
        ({"Authorization": "Bearer"}, "a token is needed"), ({"Authorization": f"Bearer {TOKEN[:-1]}"}, "not the token"),
        ({"Authorization": f"Bearer {TOKEN}x"}, "not the token"), ({"Cookie": "darknet_py_token=wrong"}, "not the token"),
    ],
)  # fmt: skip
def test_without_the_token_there_is_nothing(guarded: Any, path: str, headers: dict[str, str], text: str) -> None:
    answer = guarded.get(path, headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert text in answer.json()["error"]


def test_the_token_opens_and_some_things_need_none(guarded: Any) -> None:
    """The page asks for the token; balancers have none."""
    cookies = [("Cookie", f"{others}; darknet_py_token=") for others in ("a=b", 'a={"b": 1}', "of others")]
    for name, value in (("Authorization", "Bearer "), ("authorization", "bearer  "), *cookies):
        assert guarded.get("/v1/models", headers={name: value + TOKEN}).status_code == 200
    for path in ("/", "/app.js", "/docs", "/openapi.json", "/v2/health/live", "/v2/health/ready"):
        assert guarded.get(path).status_code == 200, path


def test_pages_of_others_may_use_it_if_they_were_named(guarded: Any) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Origin": "https://page.example"}
    answer = guarded.get("/v1/models", headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://page.example")
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    assert guarded.options("/v1/detect", headers={"Origin": "https://page.example", **asked}).status_code == 200
    for origin in ("https://other.example", "https://page.example.evil", "null", "http://page.example"):
        refused = guarded.get("/v1/models", headers={**headers, "Origin": origin})
        assert refused.status_code == 403, origin
        assert "access-control-allow-origin" not in refused.headers
    refused = guarded.get("/v1/models", headers={"Origin": "https://page.example"})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "https://page.example")


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("LOCALHOST:99", 200), ("camera.example", 200), ("camera.example.:80", 200), ("[::1]:80", 200),
     ("evil.example", 403), ("camera.example@evil", 403), ("127.0.0.1.evil.example", 403), ("", 400)],
)  # fmt: skip
def test_by_which_names_it_may_be_called(guarded: Any, host: str, status: int) -> None:
    assert guarded.get("/v1/models", headers={"Host": host, "Authorization": f"Bearer {TOKEN}"}).status_code == status


@pytest.mark.parametrize("asked", ["bytes=0-5", "bytes=abc", "bytes=9999999-", "lines=1", ""])
def test_files_come_whole(guarded: Any, asked: str) -> None:
    answer = guarded.get("/app.js", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, guarded.get("/app.js").content)


def test_nothing_of_the_docs_comes_from_elsewhere(guarded: Any) -> None:
    page = guarded.get("/docs")
    addresses = re.findall(r"(?:src|href|url)[=:] ?[\"']([^\"']+)", page.text)
    assert len(addresses) == 4
    assert [guarded.get(f"/{address}").status_code for address in addresses] == [200] * 4
    assert "sha256-" in page.headers["content-security-policy"]
    assert "://" not in page.headers["content-security-policy"]
    document = guarded.get("/docs/openapi.json").json()
    secured = [told["security"] for path in document["paths"].values() for told in path.values()]
    assert (document["openapi"], secured) == ("3.0.3", [[{"token": []}]] * len(secured))
    assert document["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}


def ask(url: str, address: str) -> Any:
    return httpx.post(f"{url}/v1/detect", json={"images": [{"url": address}]}, timeout=SOON)


def test_pictures_from_addresses() -> None:
    """Within the own network only if that is said; their bytes count as if they had been sent."""
    with served(b"abc") as site, service(fetch=True, fetch_private=True, max_body=4000, timeout=0.5) as url:
        assert ask(url, f"{site.url}/old/a.jpg").json()[0]["bytes"] == 3
        wrong = {"http://127.0.0.1:1/": "cannot be fetched", "ftp://a/b": "http://", "file:///etc/passwd": "http://"}
        for address, text in wrong.items():
            answer = ask(url, address)
            assert (answer.status_code, text in answer.json()["error"]) == (422, True)
        site.data = b"a" * 5000
        assert (ask(url, site.url).status_code, len(site.requests)) == (422, 2)
        site.data, site.pause = b"abc", threading.Event()
        answer = ask(url, site.url)
        site.pause.set()
        assert answer.status_code == 422
        assert site.url in answer.json()["error"]


def test_addresses_that_wait_for_others_do_so_within_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    with ThreadPoolExecutor(1) as busy, service(fetch=True, timeout=0.2) as url:
        monkeypatch.setattr(requests, "FETCHING", busy)
        monkeypatch.setattr(requests, "LATE", 0.1)
        busy.submit(go.wait, SOON)
        answer = ask(url, "http://page.example/a.jpg")
        go.set()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "too many addresses" in answer.json()["error"]


@pytest.mark.parametrize("to", ["h2c", "websocket", "TLS/1.3"])
def test_who_would_rather_speak_another_protocol_has_its_body_read(to: str) -> None:
    """As Java's clients ask for HTTP/2 with their first request."""
    asked = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": to, "HTTP2-Settings": "AAMAAABkAAQAAP__"}
    with service() as url, httpx.Client(base_url=url, timeout=SOON) as client:
        for size in (5, 300_000, 1):
            data = b"\r\nUpgrade: h2c\r\n"[:size].ljust(size, b"a")
            answer = client.post("/v1/detect", content=data, headers=asked)
            assert (answer.status_code, answer.json()[0]["bytes"]) == (200, size)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "0", "10.1.2.3", "169.254.169.254", "[::ffff:10.0.0.1]",
             "[fec0::1]", "[::127.0.0.1]", "[64:ff9b::a00:1]", "[::ffff:0:127.0.0.1]"]
)  # fmt: skip
def test_no_address_of_the_own_network_is_fetched(host: str) -> None:
    with pytest.raises(ImageError, match=r"own network|fetched \(Name"):
        web.fetched(f"http://{host}/a.jpg", 1000, 5.0, public=True)


def test_a_redirect_and_a_name_that_leads_elsewhere_are_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(b"abc") as site:
        port = site.url.rpartition(":")[2]
        monkeypatch.setattr(public, "is_public", lambda address: address == "127.0.0.1")
        assert web.fetched(site.url, 1000, 5.0, public=True) == b"abc"
        site.location = f"http://127.0.0.2:{port}/"
        with pytest.raises(ImageError, match="own network"):
            web.fetched(f"{site.url}/old/a", 1000, 5.0, public=True)
        seen: list[str] = []
        monkeypatch.setattr(public.Watched, "check", lambda self, host, port: seen.append(host))
        web.fetched(site.url.replace("127.0.0.1", "localhost"), 1000, 5.0, public=True)
        assert seen == ["localhost", "127.0.0.1"]


def connected(url: str, data: bytes = b"") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), SOON)
    made.sendall(data)
    return made


def rest(client: socket.socket) -> bytes:
    """All that comes until the server closes, which it does soon."""
    return b"".join(iter(lambda: client.recv(65536), b""))


MODELS = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\n"


def test_connections_that_only_stand_there_make_room() -> None:
    with service(max_connections=5) as url:
        idle = [connected(url) for _ in range(20)]
        assert json.loads(rest(idle[0]).partition(b"\r\n\r\n")[2])["error"].startswith("there are too many connections")
        assert httpx.get(f"{url}/v1/models", timeout=SOON).status_code == 200
        for one in idle:
            one.close()


def test_an_answer_may_take_longer_than_a_head_and_nothing_is_waited_for_without_end() -> None:
    with service(timeout=0.5, head_timeout=0.2, keep_alive=0.3) as url:
        client = http.client.HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=SOON)
        client.request("POST", "/v1/detect", SLOW)
        assert client.getresponse().status == 504
        endless = POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
        sent = MODELS, MODELS + b"\r\n", MODELS + MODELS[:9], MODELS[:9], endless, b""
        clients = [connected(url, data) for data in sent]
        assert [rest(client)[9:12] for client in clients] == [b"200", b"200", b"200", b"408", b"408", b""]


def test_who_leaves_frees_his_place_and_the_end_waits_for_those_who_stay() -> None:
    workers = StandIn()
    with service(workers, grace=1.0) as url:
        connected(url, POST + b"Content-Length: 4\r\n\r\nslow").close()
        until(lambda: workers.cancelled == 1)
        staying = connected(url, POST + b"Content-Length: 4\r\n\r\nslow")
        until(lambda: len(workers.jobs) == 2)
    answer = rest(staying)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"the server is ending" in answer
    assert workers.cancelled == 2


@pytest.mark.parametrize("again", [False, True])
def test_the_end_is_told_and_a_second_one_waits_for_nobody(again: bool, caplog: pytest.LogCaptureFixture) -> None:
    workers = StandIn()
    caplog.set_level("INFO", "darknet_py.serve")
    with serving(workers, grace=1.0 if not again else 60.0) as server:
        staying = connected(server.url, POST + b"Content-Length: 4\r\n\r\nslow")
        until(lambda: len(workers.jobs) == 1)
        server.end()
        until(lambda: "ending: no more requests are taken, and 1 request waited for, at most" in caplog.text)
        if again:
            server.give_up()
        answer = rest(staying)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert ("ending at once: 1 client told to come again" in caplog.text) == again


@pytest.mark.parametrize("more", [b"X: " + b"a" * 900_000, b"\x00garbage" + b"a" * 400_000])
def test_the_reason_is_read_though_there_was_more_to_send(more: bytes) -> None:
    with service() as url:
        client = connected(url)
        client.sendall(MODELS[:-2] + more)
        answer = rest(client)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head[9:12] in (b"431", b"400")
        assert json.loads(body)["error"]
        assert f"X-Request-Id: {json.loads(body)['request_id']}".encode() in head
