"""The engines that are other programs, one after the other, where they are installed."""

from __future__ import annotations

import pytest

OTHERS = ["onnxruntime", "openvino"]


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest) -> str:
    """An engine that is there."""
    pytest.importorskip("onnx", reason="pip install darknet-runtime[test]")
    pytest.importorskip(request.param, reason=f"pip install darknet-runtime[{request.param}]")
    return str(request.param)
