"""NAME[:PROVIDER][,fp16][,FILE.onnx]"""

from __future__ import annotations

import pytest

from darknet_py import DarknetError
from darknet_py.engine_api.spec import Spec, parse

KNOWN = {
    "native": Spec("native"),
    "onnxruntime:CUDA": Spec("onnxruntime", "cuda"),
    "onnxruntime:tensorrt,fp16": Spec("onnxruntime", "tensorrt", True),
    "openvino,a/b.onnx": Spec("openvino", model="a/b.onnx"),
    "openvino:GPU.1,FP16,B.ONNX": Spec("openvino", "gpu.1", True, "B.ONNX"),
    "onnxruntime,C:\\one, two.onnx": Spec("onnxruntime", model="C:\\one, two.onnx"),
    "onnxruntime,fp16.onnx": Spec("onnxruntime", model="fp16.onnx"),
}


@pytest.mark.parametrize("text", KNOWN)
def test_what_is_written(text: str) -> None:
    assert parse(text) == KNOWN[text]
    assert parse(str(parse(text))) == KNOWN[text]


@pytest.mark.parametrize("text", ["onnxruntime:", ":,fp16", "onnxruntime:,fp16"])
def test_a_colon_without_a_provider(text: str) -> None:
    with pytest.raises(DarknetError, match=r"names no provider behind the colon; write NAME\[:PROVIDER\]"):
        parse(text)


@pytest.mark.parametrize("extra", ["", "int8", "fp16,", "fp16,int8", "tiny.pb", "fp32,tiny.onnx2", ",fp16"])
def test_what_is_neither_fp16_nor_a_model(extra: str) -> None:
    with pytest.raises(DarknetError, match=r"is neither fp16 nor a file FILE.onnx; write NAME"):
        parse(f"onnxruntime,{extra}")
