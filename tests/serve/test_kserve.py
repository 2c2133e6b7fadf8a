"""KServe's protocol with Triton's own clients, as PyPI has them, and by hand where these would not send what is sent."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import struct
import urllib.error
import urllib.request
from functools import partial

import numpy as np
import pytest
import service
import small_detector

from darknet_py import Network, image

REASON = "needs tritonclient and the extra serve: pip install tritonclient[http] darknet-runtime[serve]"
triton = pytest.importorskip("tritonclient.http", reason=REASON)
pytest.importorskip("uvicorn", reason=REASON)
pytest.importorskip("fastapi", reason=REASON)

from stand_in_workers import service as serving  # noqa: E402

from darknet_py.serve import Settings, start_workers  # noqa: E402

X = np.random.default_rng(0).random((2, 3, 24, 32), np.float32)
PICTURES = [service.jpeg(1), service.jpeg(2, (30, 90, 3))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kserve")


@pytest.fixture(scope="module")
def address(folder):
    models = {"small": service.model(folder), "other": service.model(folder, "other")}
    begin = partial(start_workers, models, Settings(threads=2, thresh=0.3))
    with serving(begin=begin, control=True, max_parts=4, max_body=1_000_000) as there:
        yield there.removeprefix("http://")


@pytest.fixture(scope="module")
def client(address):
    with contextlib.closing(triton.InferenceServerClient(address)) as made:
        yield made


@pytest.fixture(scope="module")
def net(folder, address):
    return Network.load(folder / "small.cfg", folder / "small.weights", names=["cat", "dog"])


def tensor(x=X, binary=True):
    made = triton.InferInput("input", x.shape, triton.np_to_triton_dtype(x.dtype))
    made.set_data_from_numpy(x, binary)
    return [made]


def pictures(files=PICTURES, shape=None):
    made = triton.InferInput("image", shape or [len(files), 1], "BYTES")
    made.set_data_from_numpy(np.array(files, object).reshape(shape or (-1, 1)))
    return [made]


def wanted(binary, *names):
    return [triton.InferRequestedOutput(name, binary) for name in names]


def test_what_is_told_of_server_and_models(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    assert [entry["name"] for entry in client.get_model_repository_index()] == ["small", "other"]
    told = client.get_model_metadata("small", "1")
    assert {t["name"]: (t["datatype"], t["shape"]) for t in told["inputs"]} == {
        "input": ("FP32", [-1, 3, 24, 32]), "image": ("BYTES", [-1, 1])}  # fmt: skip
    assert {t["name"]: t["shape"] for t in told["outputs"]} == {
        "boxes": [-1, 384, 4], "scores": [-1, 384, 2], "detections": [-1, 1]}  # fmt: skip
    config = client.get_model_config("small")
    assert (config["max_batch_size"], config["input"][0]["dims"], config["output"][1]["dims"]) == (4, [3, 24, 32], [384, 2])
    assert [client.is_model_ready(*m) for m in (("small",), ("other", "1"), ("none",), ("small", "2"))] == [
        True,
        True,
        False,
        False,
    ]


def test_boxes_and_scores_are_those_of_the_network(client, net):
    got = client.infer("small", tensor(), request_id="seven")
    assert (got.get_response()["id"], got.get_response()["model_name"]) == ("seven", "small")
    fit = image.Fit((32, 24), (32, 24))
    for i, x in enumerate(X):
        rows = net.boxes(net.outputs(x), fit, -1)
        np.testing.assert_array_equal(got.as_numpy("boxes")[i], rows.xywh)
        np.testing.assert_array_equal(got.as_numpy("scores")[i], rows.probs)


@pytest.mark.parametrize("packed", [None, "gzip", "deflate"])
@pytest.mark.parametrize("binary", [True, False])
def test_every_way_of_sending_gives_the_same(client, binary, packed):
    usual = client.infer("small", tensor())
    got = client.infer(
        "small", tensor(binary=binary), outputs=wanted(binary, "scores", "boxes"), model_version="1",
        request_compression_algorithm=packed, response_compression_algorithm=packed,
    )  # fmt: skip
    assert [output["name"] for output in got.get_response()["outputs"]] == ["scores", "boxes"]
    for name in ("boxes", "scores"):
        np.testing.assert_array_equal(got.as_numpy(name), usual.as_numpy(name))


def test_detections_of_pictures_are_those_of_detect(client, net):
    got = client.infer("small", pictures(), parameters={"thresh": 0.5, "letter_box": True})
    for data, text in zip(PICTURES, got.as_numpy("detections").ravel(), strict=True):
        found = net.detect(data, thresh=0.5, letter_box=True)
        said = [(o["name"], o["confidence"]) for o in json.loads(text)["objects"]]
        assert said == [(d.name, pytest.approx(d.prob, abs=1e-6)) for d in found]
        assert said
    alone = client.infer("small", pictures(shape=[2]), outputs=wanted(False, "detections"))
    assert [json.loads(text)["frame_id"] for text in alone.as_numpy("detections").ravel()] == [1, 2]
    assert got.as_numpy("boxes").shape == (2, 384, 4)


def test_the_asynchronous_clients(client, address):
    from tritonclient.http import aio

    async def ask():
        async with aio.InferenceServerClient(address) as other:
            assert await other.is_model_ready("small")
            assert (await other.get_model_metadata("small"))["platform"] == "darknet_py"
            both = [other.infer("small", tensor(), response_compression_algorithm=packed) for packed in (None, "gzip")]
            return await asyncio.gather(*both)

    usual = client.async_infer("small", tensor()).get_result()
    for got in asyncio.run(asyncio.wait_for(ask(), 30)):
        np.testing.assert_array_equal(got.as_numpy("scores"), usual.as_numpy("scores"))


def test_statistics_count_what_was_asked(client):
    before, after = (
        client.get_inference_statistics("other")["model_stats"][0] for _ in (1, client.infer("other", tensor()))
    )
    (before,) = client.get_inference_statistics("other")["model_stats"]
    client.infer("other", tensor())
    (after,) = client.get_inference_statistics("other")["model_stats"]
    assert after["inference_count"] - before["inference_count"] == 2
    assert after["inference_stats"]["compute_infer"]["ns"] > before["inference_stats"]["compute_infer"]["ns"]
    assert after["last_inference"] >= before["last_inference"] > 0
    assert [told["name"] for told in client.get_inference_statistics()["model_stats"]] == ["small", "other"]


def test_models_are_loaded_anew_and_dropped(client, address, folder):
    before = client.infer("other", tensor()).as_numpy("scores")
    small_detector.write(folder, small_detector.CFG.replace("10,12", "11,13"), "other")
    client.load_model("other")
    assert (client.infer("other", tensor()).as_numpy("boxes") != client.infer("small", tensor()).as_numpy("boxes")).any()
    np.testing.assert_array_equal(client.infer("other", tensor()).as_numpy("scores"), before)
    client.unload_model("other")
    assert not client.is_model_ready("other")
    told = {one["name"]: (one["state"], one["reason"]) for one in client.get_model_repository_index()}
    assert told == {"small": ("READY", ""), "other": ("UNAVAILABLE", "unloaded")}
    with urllib.request.urlopen(f"http://{address}/v2/repository/index", b'{"ready": true}', timeout=20) as ready:
        assert [one["name"] for one in json.load(ready)] == ["small"]
    with pytest.raises(urllib.error.HTTPError, match="422"):
        urllib.request.urlopen(f"http://{address}/v2/repository/index", b'{"ready": 0}', timeout=20)
    (folder / "other.cfg").write_text("[net]\n")
    with pytest.raises(triton.InferenceServerException, match=r"\[400\] model 'other' could not be loaded; the server"):
        client.load_model("other")
    small_detector.write(folder, name="other")
    client.load_model("other")
    assert client.is_model_ready("other")


def region():
    (made,) = tensor()
    made.set_shared_memory("region", 100)
    return [made]


@pytest.mark.parametrize(
    ("given", "more", "says"),
    [
        (tensor, {"model_name": "none"}, r"\[404\] there is no model none; there are small, other"),
        (tensor, {"model_version": "2"}, r"\[404\] model 'small' has the version 1 alone"),
        (tensor, {"outputs": wanted(True, "heads")}, r"\[400\] there is no output 'heads' for this; there are boxes"),
        (tensor, {"outputs": wanted(True, "detections")}, r"\[400\] there is no output 'detections' for this"),
        (tensor, {"outputs": wanted(True, "boxes", "boxes")}, r"\[400\] an output is wanted twice"),
        (tensor, {"outputs": [triton.InferRequestedOutput("scores", class_count=2)]}, "there is no classification here"),
        (region, {}, r"\[400\] 'input': there is no shared memory here; send and take tensors in the request"),
        (tensor, {"sequence_id": 3}, "there are no sequences here"),
        (tensor, {"parameters": {"thresh": 0.5}}, "parameters thresh are for 'image'; 'input' gives all boxes"),
        (tensor, {"timeout": 1}, r"\[504\] it takes longer than"),
        (tensor, {"timeout": -1}, "timeout is -1; it is a number of microseconds"),
        (lambda: [*tensor(), *pictures()], {}, "the inputs are 'input', 'image'; this model takes one of input, image"),
        (lambda: tensor(X.astype(np.float64)), {}, "has the datatype 'FP64'; this model takes FP32"),
        (lambda: tensor(X[:, :2].copy()), {}, r"has the shape \[2, 2, 24, 32\]; it is pictures x \[3, 24, 32\]"),
        (lambda: tensor(X[0]), {}, r"has the shape \[3, 24, 32\]"),
        (lambda: tensor(X[:0]), {}, "has 0 pictures; 1 to 4 are taken"),
        (lambda: tensor(np.concatenate([X, X, X])), {}, r"\[413\] input 'input' has 6 pictures; 1 to 4 are taken"),
        (lambda: tensor(X * np.nan), {}, "has values that are not finite numbers"),
        (lambda: tensor(X * np.float32(1e38)), {}, r"\[422\] \d of 2: the network's boxes for this are no finite numbers"),
        (lambda: pictures([PICTURES[0], b"no picture"]), {}, r"\[422\] 2 of 2: .*not a picture"),
        (lambda: pictures([b""]), {}, r"\[4\d\d\] .*picture"),
        (pictures, {"parameters": {"tresh": 0.5}}, r"\[422\] there is no option tresh; did you mean thresh"),
        (pictures, {"parameters": {"model": "other"}}, r"\[422\] there is no option model; the address says which"),
        (pictures, {"parameters": {"thresh": 5.0}}, r"\[422\] thresh: input should be less than or equal to 1"),
        (pictures, {"parameters": {"tile": 64}, "outputs": wanted(True, "boxes")}, "there are detections"),
        (pictures, {"parameters": {"classes": "fox"}}, "fox"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(client, given, more, says):
    with pytest.raises(triton.InferenceServerException, match=says) as caught:
        client.infer(**{"model_name": "small", "inputs": given(), **more})
    assert caught.value.status().startswith("4") or caught.value.status() == "504"


def test_there_is_no_shared_memory(client):
    for ask in (client.get_system_shared_memory_status, lambda: client.register_system_shared_memory("a", "/a", 8)):
        with pytest.raises(triton.InferenceServerException, match=r"\[404\] there is no shared memory here"):
            ask()


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"", 400), ({}, b"\xff\xd8\xff", 400), ({}, b'{"inputs": 3}', 400),
        ({"Inference-Header-Content-Length": "x"}, b"{}", 400), ({"Inference-Header-Content-Length": "99999"}, b"{}", 400),
        ({"Content-Encoding": "gzip"}, b"{}", 400), ({"Content-Encoding": "br"}, b"{}", 415),
        ({}, b" " * 1_000_001, 413),
    ],
)  # fmt: skip
def test_what_no_client_of_theirs_sends(address, headers, body, status):
    with contextlib.closing(http.client.HTTPConnection(address, timeout=20)) as connection:
        connection.request("POST", "/v2/models/small/infer", body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
    assert answer.status == status
    assert told["error"].count("\n") == 0
    assert told["request_id"]


def test_a_hidden_bomb_is_refused(address):
    """A megabyte of zeros, a thousand times as long as its gzip."""
    import zlib

    packed = zlib.compress(struct.pack("<I", 0) * 500_000)
    with contextlib.closing(http.client.HTTPConnection(address, timeout=20)) as connection:
        connection.request("POST", "/v2/models/small/infer", packed, {"Content-Encoding": "deflate"})
        answer = connection.getresponse()
        assert (answer.status, "more than 1000000 bytes" in answer.read().decode()) == (413, True)
