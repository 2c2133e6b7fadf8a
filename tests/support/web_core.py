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
KINDS = {"f32": np.float32, "u8": np.uint8}


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
        kind = next(kind for kind, dtype in KINDS.items() if value.dtype == dtype)
        return {kind: base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()}
    return value.item()


def _decoded(value: Any) -> Any:
    ((kind, text),) = value.items() if isinstance(value, dict) and len(value) == 1 else (("", ""),)
    return np.frombuffer(base64.b64decode(text), KINDS[kind]) if kind in KINDS else value
