"""A service's HTTP side with workers that compute nothing: what it takes, and one line of JSON for whatever is wrong."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("fastapi", reason="the extra serve is not installed")
httpx = pytest.importorskip("httpx", reason="httpx is not installed")

from stand_in_workers import BROKEN, CRASH, SOON, StandIn, service  # noqa: E402

from darknet_py.serve import Answer, Job, logs  # noqa: E402

PICTURE = base64.b64encode(b"abc").decode()


@pytest.fixture(scope="module")
def workers() -> StandIn:
    return StandIn()


@pytest.fixture(scope="module")
def client(workers: StandIn) -> Iterator[Any]:
    with service(workers, max_body=20_000, max_parts=3, timeout=5.0) as url, httpx.Client(base_url=url, timeout=20) as made:
        yield made


def refused(answer: Any, status: int, text: str) -> None:
    """One line of JSON that says it, and nothing of this machine."""
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told.keys() == {"error", "request_id"}
    assert re.search(text, told["error"]), told["error"]
    assert not re.search(r"\n|Traceback|\.py|/work|/a/path", told["error"])
    assert answer.headers["x-request-id"] == told["request_id"]


def test_a_picture_as_it_is_in_a_form_and_in_json_gives_the_same_list(client: Any) -> None:
    """Whatever type curl calls it."""
    raw = [client.post("/v1/detect", content=b"abc", headers=headers) for headers in
           ({}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "image/jpeg"})]  # fmt: skip
    form = client.post("/v1/detect", files={"picture": ("x.jpg", b"abc")}, data={"thresh": ".3"})
    as_json = client.post("/v1/detect", json={"images": [{"data": PICTURE}], "thresh": 0.3})
    assert {answer.json()[0]["bytes"] for answer in (*raw, form, as_json)} == {3}
    assert raw[0].text == as_json.text
    assert raw[0].headers["server-timing"].startswith("queue;dur=1.000, decode;dur=2.000, network;dur=3.000")


def test_a_service_whose_only_model_was_dropped() -> None:
    workers = StandIn()
    workers.models = {}
    with service(workers) as url, httpx.Client(base_url=url, timeout=20) as client:
        refused(client.post("/v1/detect", content=b"abc"), 503, "there is no model now")
        refused(client.post("/v1/detect?model=small", content=b"abc"), 404, "no model small; there are none")


def test_a_model_that_no_worker_has_is_not_ready() -> None:
    workers = StandIn("cars", "plates")
    workers.models["cars"] = replace(workers.models["cars"], ready=False)
    workers.deaths = 3
    with service(workers) as url, httpx.Client(base_url=url, timeout=20) as client:
        assert [model["ready"] for model in client.get("/v1/models").json()["models"]] == [False, True]
        answer = client.get("/v2/models/cars/ready")
        assert (answer.status_code, answer.json()["ready"], answer.headers["retry-after"]) == (503, False, "10")
        assert client.get("/v2/models/plates/ready").json() == {"name": "plates", "ready": True}
        states = [model["state"] for model in client.post("/v2/repository/index").json()]
        assert states == ["UNAVAILABLE", "READY"]
        for _ in range(2):
            assert "\ndarknet_worker_deaths_total 3.0\n" in client.get("/metrics").text


def test_options_come_from_the_address_the_form_and_json(client: Any, workers: StandIn) -> None:
    client.post("/v1/detect?thresh=.3&classes=cat,dog&letter_box=1", content=b"abc")
    assert workers.jobs[-1].options == {"thresh": 0.3, "classes": "cat,dog", "letter_box": True}
    client.post("/v1/detect?thresh=.3&nms=0", files={"a": ("x.jpg", b"abc")}, data={"thresh": "0.5"})
    assert workers.jobs[-1].options == {"thresh": 0.5, "nms": 0.0}
    assert workers.jobs[-1].filename == "x.jpg"
    client.post("/v1/detect?thresh=.3", json={"images": [{"data": PICTURE, "filename": "y"}], "tile": 320, "model": "small"})
    assert workers.jobs[-1].options == {"thresh": 0.3, "tile": 320}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("thresh=2", "^thresh: .*less than or equal to 1 .*'2'"), ("thresh=nan", "^thresh: "), ("thresh=", "^thresh: "),
        ("tresh=.3", "^there is no option tresh; did you mean thresh"), ("letter_box=maybe", "^letter_box: "),
        ("tile=1", "^tile: "), ("tile=x", "^tile: "), ("max_det=0", "^max_det: "),
        ("classes=a&skip_classes=b", "exclude each other"),
        ("overlap=.5", "^overlap has no effect without tile"),
        ("nms=0&agnostic_nms=1", "^agnostic_nms has no effect with nms=0"),
        ("thresh=.1&thresh=.99", "^thresh is given several times"), ("tile=64&nms=.1&tile=64", "^tile is given several"),
        ("classes=a&classes=b", "^classes is given several"), ("max_det=99999999999999999999", "^max_det: "),
    ],
)  # fmt: skip
def test_wrong_options(client: Any, query: str, text: str) -> None:
    refused(client.post(f"/v1/detect?{query}", content=b"abc"), 422, text)
    name, _, value = query.partition("=")
    if "&" not in query:
        refused(client.post("/v1/detect", files={"a": ("a", b"abc")}, data={name: value}), 422, text)


JSONS = [
    (b"{", 400, "no JSON"), (b"[]", 422, "object"), (b"null", 422, "object"), (b"{}", 422, "^images: "),
    (b"\xff\xfe", 400, "no JSON"), (b'{"images": []}', 422, "^images: "), (b'{"images": [{}]}', 422, "data or url"),
    (b'{"images": [{"data": 7}]}', 422, "data"),
    (b'{"images": [{"data": "a*b="}]}', 422, "base64"), (b'{"images": [{"url": "http://127.0.0.1/"}]}', 403, "-allow_urls"),
    (b'{"images": [{"data": "YQ=="}], "thresh": "x"}', 422, "^thresh: "),
    (b'{"images": [{"data": "YQ=="}], "thresh": "\\u0000"}', 422, r"\(it is '\\x00'\)"), (b"[" * 150, 400, "no JSON"),
    (b"[" * 9000, 413, "more than 192 lists"), (b'{"images": [' + b"{}," * 300, 413, "more than 192 names or 192 values"),
    (b'{"images": [' + b"1 ," * 300, 413, "send bytes as they are"), (b'{"a": 1' + b',"b": 1' * 300, 413, "192 names"),
    (b'{"images": [{"data": ""}]}', 400, "empty"),
    (b'{"images": [{"data": "YQ=="}], "model": "other"}', 404, "no model other"),
    (b'{"images": ' + str([{"data": "YQ=="}] * 4).replace("'", '"').encode() + b"}", 413, "4 images; 3 are taken"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "text"), JSONS)
def test_wrong_json(client: Any, body: bytes, status: int, text: str) -> None:
    refused(client.post("/v1/detect", content=body, headers={"Content-Type": "application/json"}), status, text)


def form(boundary: str, *parts: bytes) -> dict[str, Any]:
    body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
    return {"content": body, "headers": {"Content-Type": f"multipart/form-data{boundary}"}}


def cut_form(end: int) -> dict[str, Any]:
    """Two files; the second one is not there to its end, or has no end."""
    whole = form("; boundary=x", PART, PART)
    return {**whole, "content": whole["content"][:end]}


PART = b'Content-Disposition: form-data; name="a"; filename="a"\r\n\r\nabc'


def test_an_option_of_a_form_is_given_once(client: Any) -> None:
    answer = client.post("/v1/detect", files={"a": ("a", b"abc")}, data={"thresh": ["0.1", "0.2"]})
    refused(answer, 422, "^thresh is given several times")


@pytest.mark.parametrize(
    ("given", "status", "text"),
    [
        (form("", PART), 400, "boundary"), (form("; boundary=y", PART), 400, "form"),
        (form("; boundary=x"), 400, "no picture|form is not"),
        (form("; boundary=x", PART, PART, PART, PART), 413, "Too many files"),
        (form("; boundary=x", b"\r\nabc"), 400, "form"),
        (form("; boundary=x", *[b'Content-Disposition: form-data; name="b"\r\n\r\n1'] * 40), 413, "Too many fields"),
        (form("; boundary=x", PART[:-3]), 400, "a is empty"), (form("; boundary=x; charset=none", PART[:30]), 400, "form"),
        (form(f"; boundary={'x' * 300}", PART), 400, "form"),
        *[(cut_form(end), 400, "form is not .*: it ends before its last boundary") for end in (-3, -6, -9, 80, 20, 0)],
    ],
)  # fmt: skip
def test_wrong_forms(client: Any, given: dict[str, Any], status: int, text: str) -> None:
    refused(client.post("/v1/detect", **given), status, text)


@pytest.mark.parametrize(
    ("method", "path", "given", "status", "text"),
    [
        ("POST", "/v1/detect", {"content": b""}, 400, "empty"),
        ("POST", "/v1/detect", {"content": BROKEN}, 422, "no picture"),
        ("POST", "/v1/detect", {"content": b"a" * 20_001}, 413, "longer than 20000 bytes"),
        ("POST", "/v1/detect", {"content": iter([b"a" * 9_000] * 3)}, 413, "longer than 20000 bytes"),
        ("POST", "/v1/detect", {"content": b"a", "headers": {"Content-Encoding": "gzip"}}, 415, "Content-Encoding"),
        ("POST", "/v1/detect", {"content": b"a", "headers": {"Accept": "image/webp"}}, 406, "Accept may be"),
        ("POST", "/v1/detect?model=other", {"content": b"a"}, 404, "no model other; there are small"),
        ("POST", "/v1/detect", {"content": CRASH}, 500, "the server, whose log"),
        ("GET", "/v1/detect", {}, 405, "does not take GET"), ("PUT", "/v1/models", {}, 405, "does not take PUT"),
        ("OPTIONS", "/v1/detect", {}, 405, "does not take OPTIONS"),
        ("GET", "/v1/nothing", {}, 404, "nothing at this address"),
        ("GET", "/../../etc/passwd", {}, 404, "nothing"), ("GET", "/%2e%2e/%2e%2e/etc/passwd", {}, 404, "nothing"),
        ("GET", "/v1/models", {"headers": {"X-Long": "a" * 40_000}}, 431, "longer than 32768 bytes"),
        ("GET", "/v1/models", {"headers": {"Host": "evil.example"}}, 403, "not called evil.example"),
        ("GET", "/v1/models", {"headers": {"Origin": "http://evil.example"}}, 403, "pages of http://evil.example may not"),
        ("POST", "/v1/candidates", {"files": [("a", ("a", b"1")), ("b", ("b", b"1"))]}, 422, "one picture"),
    ],
)  # fmt: skip
def test_wrong_requests(client: Any, method: str, path: str, given: dict[str, Any], status: int, text: str) -> None:
    refused(client.request(method, path, **given), status, text)


def test_of_several_pictures_one_that_is_none_is_told_in_its_place(client: Any) -> None:
    files = [("a", ("x.jpg", b"abc")), ("a", ("y.jpg", BROKEN))]
    found = client.post("/v1/detect", files=files).json()
    assert found[0] == {"frame_id": 1, "filename": "x.jpg", "bytes": 3}
    assert found[1] == {"frame_id": 2, "filename": "y.jpg", "objects": [], "error": "y.jpg: no picture"}
    assert client.post("/v1/read", files=files).json()[1] == {"filename": "y.jpg", "lines": [], "error": "y.jpg: no picture"}
    refused(client.post("/v1/detect", files=[("a", ("y.jpg", BROKEN))] * 2), 422, "no picture")


def test_several_pictures_together_have_the_time_of_one_request() -> None:
    class Slow(StandIn):
        async def ask(self, job: Job, seconds: float) -> Answer:
            await asyncio.sleep(0.3)
            return await super().ask(job, seconds)

    with service(Slow(), timeout=0.5) as url:
        refused(httpx.post(f"{url}/v1/detect", files=[("a", ("x.jpg", b"abc"))] * 9, timeout=SOON), 504, "within 0.5 s")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("image/png", "png"), ("image/*;q=.5, application/json;q=.4", "png"), ("image/jpeg, */*;q=.1", "jpeg"),
     ("*/*", "detect"),
     ("text/html,application/xhtml+xml,*/*;q=0.8", "detect"), ("image/png;q=0, */*", "detect"), ("", "detect")],
)  # fmt: skip
def test_what_is_accepted(client: Any, workers: StandIn, accept: str, kind: str) -> None:
    assert client.post("/v1/detect", content=b"abc", headers={"Accept": accept}).status_code == 200
    assert workers.jobs[-1].kind == kind


def test_figures_have_what_was_asked_and_no_words_of_clients() -> None:
    with service(StandIn("cars")) as url, httpx.Client(base_url=url, timeout=20) as client:
        for data in (b"abc", b"abcd", BROKEN):
            client.post("/v1/detect", content=data)
        client.request("BREW", "/v1/detect")
        client.request("PROPFIND", "/a/strange/address")
        found = client.get("/metrics").text
    for line in (
        'darknet_requests_total{method="POST",route="/v1/detect",status="200"} 2.0',
        'darknet_requests_total{method="POST",route="/v1/detect",status="422"} 1.0',
        'darknet_requests_total{method="other",route="other",status="405"} 1.0',
        'darknet_request_seconds_count{route="/v1/detect"} 3.0', 'darknet_received_bytes_total 17.0',
        'darknet_pictures_in_hand 0.0', 'darknet_refused_pictures_total{model="cars",status="422"} 1.0',
        'darknet_stage_seconds_count{model="cars",stage="network"} 2.0',
        'darknet_stage_seconds_sum{model="cars",stage="network"} 0.006',
        'darknet_batch_pictures_sum{model="cars"} 4.0', 'darknet_workers 1.0', 'darknet_worker_deaths_total 0.0',
    ):  # fmt: skip
        assert f"\n{line}\n" in found, line
    assert "_created" not in found
    assert "strange" not in found
    assert "PROPFIND" not in found


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_request_is_a_line_of_the_log_whatever_its_address(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    with logs.shown(form), service() as url, httpx.Client(base_url=url, timeout=20) as client:
        told = {"X-Request-Id": "mine-7"}
        client.get("/v1/%0d%0aforged%20status=200%E2%80%AE?secret=1", headers=told)
        client.post("/v1/detect", content=b"abc", headers={"X-Request-Id": "two words"})
        client.post("/v1/detect", content=CRASH)
    lines = [line for line in capsys.readouterr().err.splitlines() if "/v1/" in line and not line.startswith(" ")]
    assert len(lines) == 3
    assert re.search(r"/v1/%0d%0aforged%20status=200%E2%80%AE\b", lines[0])
    assert "mine-7" in lines[0]
    assert not any("secret" in line or "two words" in line for line in lines)
    if form == "json":
        first, second, third = map(json.loads, lines)
        assert (first["status"], first["request_id"]) == (404, "mine-7")
        assert (second["status"], second["model"], second["pictures"], second["received"]) == (200, "small", 1, 3)
        assert (second["network_ms"], third["status"], third["level"]) == (3.0, 500, "error")
