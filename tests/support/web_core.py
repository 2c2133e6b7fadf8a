"""The page's JavaScript core in node."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from reference import REPO, SUPPORT

CORE = REPO / "darknet_py" / "data" / "web" / "core"


def run(calls: Sequence[Sequence[Any]]) -> list[Any]:
    """The values of calls (module, function, arguments ...), or the Errors' messages; float32 arrays are flat."""
    if not (node := shutil.which("node")):
        pytest.skip("needs node")
    program = SUPPORT / "programs" / "web_core.mjs"
    done = subprocess.run([node, program, CORE], input=json.dumps(calls, default=_encoded), capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [_decoded(answer.get("value", answer.get("error"))) for answer in json.loads(done.stdout)]


def _encoded(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        kind = {np.dtype(np.float32): "f32", np.dtype(np.uint8): "u8"}[value.dtype]
        return {kind: base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()}
    return value.item()


def _decoded(value: Any) -> Any:
    if isinstance(value, dict) and "f32" in value:
        return np.frombuffer(base64.b64decode(value["f32"]), np.float32)
    return value
