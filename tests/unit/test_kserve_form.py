"""KServe's protocol as bytes: what tritonclient sends is read, what it reads is written, what is neither is refused."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import re
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py.serve import Refusal

kserve_form = pytest.importorskip("darknet_py.serve.kserve_form", reason="pip install darknet-runtime[serve]")
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


def tensor(name: str = "input", **said: object) -> dict:
    return {"name": name, "shape": [2], "datatype": "FP32", **said}


def request(*inputs: dict, **said: object) -> bytes:
    return json.dumps({"inputs": inputs, **said}).encode()


def one(body: bytes, length: str | None = None):
    """The first input, and its bytes behind the JSON."""
    read, parts = kserve_form.read(body, length)
    return read.inputs[0], parts.get(read.inputs[0].name)


@settings(max_examples=30)
@given(st.lists(FLOATS, max_size=12))
def test_floats_are_the_same_in_json_and_behind_it(values):
    x, shape = np.array(values, np.float32), [len(values)]
    text = request(tensor(shape=shape, data=x.tolist()))
    head = request(tensor(shape=shape, parameters={"binary_data_size": 4 * len(x)}))
    for body, length in ((text, None), (text, str(len(text))), (head + x.astype("<f4").tobytes(), str(len(head)))):
        np.testing.assert_array_equal(kserve_form.floats(*one(body, length)), x)


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=9), max_size=5))
def test_files_are_the_same_in_json_and_behind_it(values):
    shape = [len(values), 1]
    text = request(tensor(shape=shape, datatype="BYTES", data=[base64.b64encode(v).decode() for v in values]))
    raw = b"".join(struct.pack("<I", len(v)) + v for v in values)
    head = request(tensor(shape=shape, datatype="BYTES", parameters={"binary_data_size": len(raw)}))
    assert kserve_form.files(*one(text)) == kserve_form.files(*one(head + raw, str(len(head)))) == values


def test_nested_rows_are_flat_ones():
    body = request(tensor(shape=[2, 1, 2], data=[[[1, 2]], [[3, 4.5]]]))
    np.testing.assert_array_equal(kserve_form.floats(*one(body)), np.array([[[1, 2]], [[3, 4.5]]], np.float32))


LONG = np.random.default_rng(0).normal(size=(3, 7, 400)).astype(np.float32)


@pytest.mark.parametrize("space", ["", " ", "\r\n\t"])
@pytest.mark.parametrize("values", [LONG, LONG.ravel(), np.arange(30_000).reshape(3, 2, 5000)])
def test_long_lists_are_read_in_pieces_to_the_same_numbers(space, values):
    said = json.dumps(values.tolist()).replace(", ", "," + space).replace("]", space + "]")
    for more in ("", ', "name": "input"'):
        body = b'{"id": "\\"data\\":[1]", "inputs": [{"shape": %s, "datatype": "FP32", "name": "input", "data" : %s%s}]}' % (
            str([*(LONG.shape if values.ndim == 1 else values.shape)]).encode(), said.encode(), more.encode())  # fmt: skip
        sent, raw = one(body)
        assert raw is not None
        got = kserve_form.floats(sent, raw)
        np.testing.assert_array_equal(got.ravel(), values.ravel().astype(np.float32))
        assert got.shape == tuple(sent.shape)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"[%b]" % (b"1," * 40_000 + b"2"), "has 40001 values, and its shape 40000"),
        (b"[[%b], [2, 3]]" % b",".join([b"1"] * 39_998), "has rows that are not those of its shape"),
        (b"[%b][2]" % b",".join([b"1"] * 39_999), "has 39999 values"),
        (b"[%b,]" % b",".join([b"1"] * 39_999), "at line 1"),
        (b"[%b,1 2]" % b",".join([b"1"] * 39_999), "at line 1"),
        (b"[%b,1-2]" % b",".join([b"1"] * 39_999), "at line 1"),
        (b"[%b,1e999]" % b",".join([b"1"] * 39_999), "are not finite numbers"),
        (b"[%b,%b]" % (b",".join([b"1"] * 39_999), b"9" * 400), "input 'input' has"),
        (b'[%b,"a"]' % b",".join([b"1"] * 39_999), "input 'input' has data that are not numbers"),
    ],
    ids=range(9),
)  # fmt: skip
def test_long_lists_that_are_none(text, says):
    with pytest.raises(Refusal, match=re.escape(says)) as caught:
        kserve_form.floats(*one(b'{"inputs":[{"name":"input","datatype":"FP32","shape":[2,20000],"data":%b}]}' % text))
    assert caught.value.status == 400


@pytest.mark.parametrize("binary", [True, False])
@settings(max_examples=15)
@given(values=st.lists(FLOATS, min_size=1, max_size=9), texts=st.lists(st.text(max_size=5), min_size=1, max_size=4))
def test_tritonclient_reads_and_writes_the_same(binary, values, texts):
    triton = pytest.importorskip("tritonclient.http", reason="needs tritonclient: pip install tritonclient[http]")
    x, pictures = np.array(values, np.float32), [t.encode() for t in texts]
    sent = triton.InferInput("input", list(x.shape), "FP32"), triton.InferInput("image", [len(texts)], "BYTES")
    sent[0].set_data_from_numpy(x, binary)
    sent[1].set_data_from_numpy(np.array(pictures, object), True)
    body, length = triton.InferenceServerClient.generate_request_body(list(sent), request_id="7")
    read, parts = kserve_form.read(body, str(length))
    assert (read.id, read.parameters.binary_data_output) == ("7", True)
    np.testing.assert_array_equal(kserve_form.floats(read.inputs[0], parts.get("input")), x)
    assert kserve_form.files(read.inputs[1], parts["image"]) == pictures
    outputs = [kserve_form.Output("a", x.shape, x, binary), kserve_form.Output("b", [len(texts)], pictures, binary)]
    answer, length = kserve_form.body({"model_name": "m", "id": "7"}, outputs)
    got = triton.InferenceServerClient.parse_response_body(answer, header_length=length)
    np.testing.assert_array_equal(got.as_numpy("a"), x)
    assert [t if binary else t.encode() for t in got.as_numpy("b").tolist()] == pictures
    assert (length is None) == (not binary)


WHOLE = request(tensor(data=[1, 2]))
WRONG = [
    (b"", None, "not a request of KServe's protocol: Invalid JSON"),
    (b"[]", None, "protocol: Input should be an object"),
    (b"\xff\xfe", None, "Invalid JSON"),
    (b"[" * 9000, None, "recursion limit"),
    (b"{}", None, "inputs: Field required"),
    (request(), None, "inputs: List should have at least 1 item"),
    (request({"name": "input"}), None, "inputs.0.shape: Field required"),
    (request(tensor(shape=[-1])), None, "inputs.0.shape.0: Input should be greater"),
    (request(tensor(shape=["2"])), None, "inputs.0.shape.0: Input should be a valid integer"),
    (request(tensor(shape=[True])), None, "inputs.0.shape.0: Input should be a valid integer"),
    (WHOLE, "", "Inference-Header-Content-Length is ''"),
    (WHOLE, "-1", "Content-Length is '-1'"),
    (WHOLE, "²", "Content-Length is '²'"),
    (WHOLE, "9" * 5000, "Content-Length is '9999"),
    (WHOLE, "500", "JSON that a body of "),
    (WHOLE, "0", "Invalid JSON"),
    (request(tensor(data=[1, 2]), tensor(data=[1, 2])), None, "two inputs have the same name"),
    (request(tensor(parameters={"binary_data_size": 8})), None, "binary_data_size of 8, and 0 bytes are left behind"),
    (request(tensor(parameters={"binary_data_size": -1})), None, "binary_data_size of -1"),
    (request(tensor(parameters={"binary_data_size": True})), None, "binary_data_size: Input should be a valid integer"),
    (request(tensor(parameters={"binary_data_size": "8"})), None, "binary_data_size: Input should be a valid integer"),
    (request(tensor(parameters={"binary_data_size": {}})), None, "inputs.0.parameters.binary_data_size"),
    (request(tensor(parameters={"binary_size": 8})), None, "inputs.0.parameters.binary_size: it is not known here"),
    (request(tensor(), outputs=[{"name": "a", "parameters": {"binary": True}}]), None, "parameters.binary: it is not known"),
    (request(tensor(), outputs=[{"name": "a", "parameters": {"binary_data": "x"}}]), None, "should be a valid boolean"),
    (request(tensor(), parameters={"binary_data_output": "x"}), None, "should be a valid boolean"),
    (request(tensor(), parameters={"timeout": True}), None, "parameters.timeout: Input should be a valid integer"),
    (request(tensor(), parameters={"thresh": [1]}), None, "parameters.thresh"),
    (request(tensor(), output=[]), None, "output: it is not known here"),
    (WHOLE + b"1234", str(len(WHOLE)), "4 bytes behind the JSON belong to no input"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "length", "says"), WRONG)
def test_what_is_no_request(body, length, says):
    with pytest.raises(Refusal) as caught:
        kserve_form.read(body, length)
    assert caught.value.status == 400
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"inputs":[' + b"[]," * 20_001, "more than 20000 lists and objects"),
        (b'{"inputs":[' + b"{}," * 20_001, "more than 20000 lists and objects"),
        (b'{"parameters":{' + b'"a":[],' * 1001, "more than 1000 names or 1200000 values; send bytes as they are"),
        (b'{"inputs":[' + b"1," * 1_200_001, "more than 1000 names or 1200000 values"),
        (b'{"inputs":[' + b"1," * 100_000 + b"1]}", "inputs.0: Input should be an object"),
        (b'{"inputs":[' + b"1," * 100_001, "more than 1000 names or 100000 values"),
        (request(tensor(shape=[1] * 9)), "inputs.0.shape: List should have at most 8 items"),
        (b'{"inputs":[{"name":"a","shape":[' + b"null," * 99_000 + b"1]}]}", "inputs.0.shape.0: Input should be"),
    ],
    ids=["lists", "objects", "names", "values", "inputs", "values in no tensor", "axes", "shape"],
)  # fmt: skip
def test_json_that_would_stop_the_server_is_refused_at_once(body, says):
    """Ten million empty lists took it thirteen seconds."""
    with pytest.raises(Refusal) as caught:
        kserve_form.read(body, None)
    assert says in str(caught.value)


def test_an_answer_is_json_up_to_a_size():
    few, many = (kserve_form.Output("a", [n], np.zeros(n, np.float32), False) for n in (40_000, 4_000_001))
    answer, length = kserve_form.body({"id": "7"}, [few])
    told = json.loads(answer)
    assert (length, told["id"], len(told["outputs"][0]["data"])) == (None, "7", 40_000)
    with pytest.raises(Refusal, match="more than 4000000 values; take them as binary data") as caught:
        kserve_form.body({}, [many])
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({}, "has no data and no binary_data_size"),
        ({"data": [1]}, "has 1 values, and its shape 2"),
        ({"data": [[1, 2], [3]], "shape": [3]}, "has rows of different lengths"),
        ({"data": ["1", "2"]}, "has data that are not numbers"),
        ({"data": [1, None]}, "has data that are not numbers"),
        ({"data": [1, {}]}, "has data that are not numbers"),
        ({"data": [True, False]}, "has data that are not numbers"),
        ({"data": [10**30, 1]}, "has data that are not numbers"),
        ({"data": [1, 1e300]}, "are not finite numbers of single precision"),
        ({"data": [1, float("nan")]}, "are not finite numbers"),
        ({"data": [1, 2], "datatype": "FP64"}, "has the datatype 'FP64'; this model takes FP32"),
        ({"data": [1, 2], "shape": [10**30, 10**30]}, "has 2 values, and its shape 1000"),
        ({"data": [1, 2], "shape": []}, "has 2 values, and its shape 1"),
    ],
)
def test_what_are_no_floats(said, says):
    with pytest.raises(Refusal, match="input 'input' ") as caught:
        kserve_form.floats(*one(request(tensor(**said))))
    assert (caught.value.status, says in str(caught.value)) == (400, True)


@pytest.mark.parametrize(
    ("raw", "shape", "says"),
    [
        (b"\x01\0\0", [1], "is cut off in element 0"),
        (b"\x02\0\0\0a", [1], "is cut off in element 0"),
        (b"\0\0\0\0\xff\xff\xff\xff", [2], "is cut off in element 1"),
        (b"", [1], "has 0 elements, and its shape 1"),
        (b"\0\0\0\0" * 50_000, [2], "has 3 elements, and its shape 2"),
    ],
)
def test_what_are_no_files(raw, shape, says):
    head = request(tensor(shape=shape, datatype="BYTES", parameters={"binary_data_size": len(raw)}))
    with pytest.raises(Refusal) as caught:
        kserve_form.files(*one(head + raw, str(len(head))))
    assert says in str(caught.value)


@pytest.mark.parametrize("data", [["a"], ["é"], [1], [None], [["YQ=="], ["YQ==", "YQ=="]], [{}]])
def test_what_is_not_base64(data):
    with pytest.raises(Refusal, match="has data that are not base64"):
        kserve_form.files(*one(request(tensor(shape=[1], datatype="BYTES", data=data))))


@settings(max_examples=100)
@given(st.data())
def test_whatever_comes_is_read_or_refused(data):
    raw = struct.pack("<2f", 1, 2) + struct.pack("<I", 3) + b"jpg"
    whole = request(tensor(parameters={"binary_data_size": 8}),
                    tensor("image", shape=[1], datatype="BYTES", parameters={"binary_data_size": 7}))  # fmt: skip
    body = bytearray(whole + raw)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        body = body or bytearray(b" ")
    length = data.draw(st.sampled_from([None, str(len(whole)), str(len(whole) - 1)]))
    with contextlib.suppress(Refusal):
        read, parts = kserve_form.read(bytes(body), length)
        for sent in read.inputs:
            kserve_form.floats(sent, parts.get(sent.name))


@settings(max_examples=30)
@given(st.binary(max_size=300))
def test_what_is_packed_is_unpacked(data):
    for accepted in ("gzip", "deflate", " GZIP"):
        body, encoding = kserve_form.packed(data, accepted)
        assert encoding == accepted.strip().lower()
        assert kserve_form.plain(body, encoding, 300) == data
    assert (
        kserve_form.plain(gzip.compress(data), "gzip", 300) == kserve_form.plain(zlib.compress(data), "deflate", 300) == data
    )
    for accepted in ("", "gzip, deflate", "br", "*", "identity"):
        assert kserve_form.packed(data, accepted) == (data, "")


def packed(data: bytes) -> bytes:
    """Without the time, which would be in the test's name, another one in each worker."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (packed(bytes(10_000_000)), "gzip", 413), (zlib.compress(bytes(101)), "deflate", 413),
        (packed(b"x")[:-1], "gzip", 400), (packed(b"x") + b"y", "gzip", 400), (b"", "gzip", 400),
        (b"{}", "gzip", 400), (b"{}", "deflate", 400), (b"{}", "br", 415), (b"{}", "gzip, gzip", 415),
    ],
)  # fmt: skip
def test_what_is_not_packed_or_too_large(body, encoding, status):
    with pytest.raises(Refusal) as caught:
        kserve_form.plain(body, encoding, 100)
    assert caught.value.status == status
