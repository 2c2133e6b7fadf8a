"""Users' programs pass mypy --strict and pyright."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from networks import network, random_weights
from reference import REPO, SUPPORT
from small_detector import LAYERS

import darknet_py
from darknet_py import ImageError, Network

PROGRAM = SUPPORT / "programs" / "typed.py"
CACHE = f"--cache-dir={REPO / '.mypy_cache' / 'strict'}"
# What a user's program need not know of: most of mypy's time goes into packages that others bring along, such as torch
CONFIG = """[mypy]
strict = True
[mypy-torch.*,supervision.*,sahi.*,trackers.*,filelock.*,onnx.*,onnxruntime.*,av.*,pandas.*,scipy.*,requests.*,tqdm.*]
follow_imports = skip
"""


def needs(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"needs pip install {module}")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """In a folder of its own, with the package as it is installed."""
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=280)


def test_mypy(tmp_path: Path) -> None:
    needs("mypy")
    (tmp_path / "mypy.ini").write_text(CONFIG)
    done = run(tmp_path, "mypy", "--config-file=mypy.ini", CACHE, str(PROGRAM))
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright(tmp_path: Path) -> None:
    needs("pyright")
    done = run(tmp_path, "pyright", "--pythonpath", sys.executable, str(PROGRAM))
    if done.returncode and run(tmp_path, "pyright", "--version").returncode:
        pytest.skip("pyright is installed, but finds no node: pip install 'pyright[nodejs]'")
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_are_shipped() -> None:
    assert (Path(darknet_py.__file__).parent / "py.typed").is_file()
    assert '"py.typed"' in (REPO / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize("name", ["none.png", "folder", "text.png"])
def test_what_imread_gives_for_no_picture_is_explained(name: str, tmp_path: Path) -> None:
    """Its type lets None through, so that the error must say what None is."""
    net = network(LAYERS)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(ImageError, match=r"not None, which cv2\.imread and imdecode give for what they cannot read"):
        Network.of(net, random_weights(net)).detect(cv2.imread(str(tmp_path / name)))
