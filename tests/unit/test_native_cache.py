"""Compiled kernels on disk: where they are kept, damaged files, folders without write access, several processes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import processes
import pytest
from reference import REPO

from darknet_py.engine.codegen.convolution_tile import RowKernel
from darknet_py.engine.native import object_cache, object_code

# Compiles row kernels (which need no numba), calls one, and says what happened.
ROWS = """
import ctypes, json, sys, warnings
import numpy as np
from darknet_py.engine.codegen.convolution_tile import ARGUMENTS, RowKernel
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    address = [RowKernel(4, 1, pixels).address() for pixels in (1, 2, 3)][1]
x, w = np.arange(8, dtype=np.float32), np.full(4, 2, np.float32)
bias, y = np.ones(4, np.float32), np.zeros(8, np.float32)
values = dict(tiles=1, x=x.ctypes.data, x_block=4, x_row=8, x_tap=4, channels=1, height=1, width=1, w=w.ctypes.data,
              bias=bias.ctypes.data, y=y.ctypes.data, y_block=8, slope=1.0)
types = [ctypes.c_float if t == "Real" else ctypes.c_int64 for t in ARGUMENTS.values()]
ctypes.CFUNCTYPE(None, *types)(address)(*[values[name] for name in ARGUMENTS])
print(json.dumps([y.tolist(), [str(c.message) for c in caught], "numba" in sys.modules]))
"""
RESULT = [1.0] * 4 + [9.0] * 4  # pixels 0 and 4 of the first channel, times 2, plus 1

DETECT = """
import json, sys, zlib
sys.path.insert(0, "tests/support")
import engine
from darknet_py.engine.native import object_cache
stored, store = [], object_cache.store
object_cache.store = lambda key, code: (stored.append(key), store(key, code))
layers = "[convolutional]\\nfilters=16\\nsize=3\\npad=1\\nactivation=leaky\\n[yolo]\\nclasses=3\\nnum=2\\nmask=0,1\\n"
n = engine.net(layers, (3, 8, 8))
y = engine.forward(n, 8, [1], threads=2)[1]
print(json.dumps([zlib.crc32(y.tobytes()), "numba" in sys.modules, len(stored)]))
"""


def start(script: str, folder: Path) -> subprocess.Popen[str]:
    environment = processes.environment(DARKNET_PY_CACHE=str(folder))
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=REPO, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finish(process: subprocess.Popen[str]) -> Any:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a process has filled with its row kernels."""
    folder = tmp_path_factory.mktemp("warm") / "made" / "on the way"
    assert finish(start(ROWS, folder)) == [RESULT, [], False]
    return folder


def test_kernels_are_kept_in_the_folder_that_is_set(warm: Path) -> None:
    files = contents(warm)
    assert len(files) == 3
    for name, data in files.items():
        assert re.fullmatch("[0-9a-f]{32}", name)
        assert hashlib.sha256(data[32:]).digest() == data[:32]


def test_a_warm_process_writes_nothing(warm: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in warm.iterdir()}
    assert finish(start(ROWS, warm)) == [RESULT, [], False]
    assert {path: path.stat().st_mtime_ns for path in warm.iterdir()} == before


@pytest.mark.parametrize("damage", [b"", b"x" * 31, b"\0" * 32, None], ids=["empty", "short", "zeros", "one byte"])
def test_damaged_files_are_compiled_again(warm: Path, damage: bytes | None) -> None:
    before = contents(warm)
    for name, data in before.items():
        (warm / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if damage is None else damage)
    assert finish(start(ROWS, warm)) == [RESULT, [], False]
    after = contents(warm)
    assert set(after) == set(before)
    assert all(hashlib.sha256(data[32:]).digest() == data[:32] for data in after.values())


def test_a_folder_that_cannot_be_made_is_one_warning(tmp_path: Path) -> None:
    """Below a regular file nobody can make a folder, not even root."""
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "below"
    result, warnings, _ = finish(start(ROWS, folder))
    assert result == RESULT
    assert len(warnings) == 1
    assert warnings[0].startswith(f"{folder}: kernels cannot be kept there")
    assert "DARKNET_PY_CACHE" in warnings[0]


def test_two_processes_may_compile_at_once(tmp_path: Path, warm: Path) -> None:
    folder = tmp_path / "shared"
    processes = [start(ROWS, folder) for _ in range(2)]
    assert [finish(p) for p in processes] == [[RESULT, [], False]] * 2
    assert set(contents(folder)) == set(contents(warm))


def test_a_warm_process_never_imports_numba() -> None:
    """The second process detects with what the first has compiled; numba would cost it half a second."""
    folder = Path(os.environ["DARKNET_PY_CACHE"])
    first, *_ = finish(start(DETECT, folder))
    assert finish(start(DETECT, folder)) == [first, False, 0]


def test_threads_that_ask_at_once_get_one_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built once, loaded once: the engine would refuse or confuse a second function of the same name."""
    monkeypatch.setenv("DARKNET_PY_CACHE", str(tmp_path))  # where no earlier run has left them
    kernels = [RowKernel(4, 1, pixels, stride=5) for pixels in range(1, 5)]
    built: list[str] = []

    def address(i: int) -> int:
        kernel = kernels[i % len(kernels)]
        return object_code.address(kernel.name, lambda: built.append(kernel.name) or kernel.module())

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(address, range(40)))
    assert len(set(found)) == len(kernels)
    assert len(built) == len(set(built)) == len(kernels)
    assert np.array_equal(found, [kernels[i % len(kernels)].address() for i in range(40)])


def test_a_key_follows_every_file_of_the_engine(tmp_path, monkeypatch):
    """Its text, its place and its name, in subfolders too."""
    monkeypatch.setattr(object_cache, "ENGINE", tmp_path)
    keys = []

    def note(name="copies.copy_rows"):
        object_cache._fingerprint.cache_clear()
        keys.append(object_cache.key(name))

    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "a.py").write_text("A = 1\n")
    note()
    note("copies.copy_blocks")
    (tmp_path / "kernels" / "a.py").write_text("A = 2\n")
    note()
    (tmp_path / "kernels" / "a.py").rename(tmp_path / "a.py")
    note()
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    note()
    object_cache._fingerprint.cache_clear()
    assert len(set(keys)) == len(keys)
