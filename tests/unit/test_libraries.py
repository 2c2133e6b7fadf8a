"""OpenCV, numba and llvmlite that are missing, broken or of the wrong release: one line that says what fixes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import small_detector
from reference import REPO

from darknet_py._support.libraries import debian_package, missing_library

NO_GL = 'raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")'
NO_GLIB = 'raise ImportError("libgthread-2.0.so.0: cannot open shared object file: No such file or directory")'
OLD_NUMPY = 'raise ImportError("numpy.core.multiarray failed to import")'
NO_ARRAY = 'raise AttributeError("_ARRAY_API not found")'
GONE = "raise ModuleNotFoundError(\"No module named '{}'\")"
NUMPY_TOO_NEW = 'raise ImportError("Numba needs NumPy 2.2 or less. Got NumPy 2.9.")'
OLD_LLVMLITE = 'raise ImportError("Numba requires at least version 0.50.0 of llvmlite.\\nInstalled version is 0.1.")'
NO_SHARED = 'raise OSError("Could not find/load shared object file: libllvmlite.so")'
OTHER_SIZE = 'raise ValueError("numpy.dtype size changed, may indicate binary incompatibility")'

CASES = [
    ("cv2", NO_GL, "cv2 cannot be imported (libGL.so.1: ", "apt-get install libgl1", "opencv-python-headless"),
    ("cv2", NO_GLIB, "(libgthread-2.0.so.0: ", "apt-get install libglib2.0-0)", "opencv-python-headless"),
    ("cv2", GONE.format("cv2"), "cv2 cannot be imported", "pip install opencv-python"),
    ("cv2", OLD_NUMPY, "numpy.core.multiarray failed to import", "pip install -U opencv-python"),
    ("cv2", NO_ARRAY, "built for another NumPy", "pip install -U opencv-python"),
    ("cv2", None, "cv2 has no imdecode", "pip install --force-reinstall opencv-python-headless"),
    ("numba", GONE.format("numba"), "numba cannot be imported", "pip install numba"),
    ("numba", NUMPY_TOO_NEW, "Numba needs NumPy 2.2 or less. Got NumPy 2.9.", "pip install -U numba"),
    ("numba", OLD_LLVMLITE, "Installed version is 0.1.", "pip install -U numba"),
    ("numba", OTHER_SIZE, "numpy.dtype size changed", "pip install -U numba"),
    ("numba", None, "numba has no cfunc", "pip install --force-reinstall numba"),
    ("llvmlite", GONE.format("llvmlite"), "llvmlite", "pip install --force-reinstall llvmlite numba"),
    ("llvmlite", NO_SHARED, "libllvmlite.so", "pip install --force-reinstall llvmlite numba"),
    ("llvmlite", None, "llvmlite", "pip install --force-reinstall llvmlite numba"),
]  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A small network, a picture, and an empty folder of modules that come first."""
    small_detector.write(tmp_path)
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((9, 9, 3), np.uint8))
    (tmp_path / "modules").mkdir()
    return tmp_path


def fake(place: Path, module: str, text: str | None) -> None:
    """A module of this text; None: a folder that is left of it."""
    if text is None:
        (place / "modules" / module).mkdir()
        (place / "modules" / module / "__init__.py").write_text("")
    else:
        (place / "modules" / f"{module}.py").write_text(text)


def python(place: Path, *words: str, cold: bool = False) -> subprocess.CompletedProcess[str]:
    """``cold``: with nothing that is compiled already."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(place / "modules"), str(REPO)])}
    if cold:
        environment["DARKNET_PY_CACHE"] = str(place / "kernels")
    return subprocess.run([sys.executable, *words], env=environment, cwd=place, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[2][:30]}")
def test_the_command_says_it_in_one_line(place: Path, case: tuple[str, ...]) -> None:
    module, text, *words = case
    fake(place, module, text)
    done = python(place, "-m", "darknet_py", "detect", "small.cfg", "small.weights", "a.png", cold=module == "numba")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert all(line.startswith("darknet_py: ") for line in lines)
    assert sum(line.startswith("darknet_py: error: ") for line in lines) == 1
    assert all(word in lines[-1] for word in words)


PROGRAMS = {
    "detect": "import darknet_py\nnet = darknet_py.load('small.cfg', 'small.weights')\nfor i in 1, 2:\n"
              "    caught(lambda: net.detect('a.png'))",
    "cv2.dnn": "for i in 1, 2:\n    caught(lambda: __import__('darknet_py.compat.cv2_dnn'))",
    "darknet": "for i in 1, 2:\n    caught(lambda: __import__('darknet_py.compat.darknet'))",
}
CAUGHT = """
from darknet_py.errors import DarknetError
def caught(function):
    try:
        function()
    except DarknetError as e:
        print(e)
"""


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_get_the_same_error_each_time(place: Path, program: str) -> None:
    fake(place, "cv2", f"import builtins\nif hasattr(builtins, 'seen'):\n    raise ImportError('recursion')\n"
                       f"builtins.seen = 1\n{NO_GL}")  # fmt: skip
    done = python(place, "-c", CAUGHT + PROGRAMS[program])
    first, second = done.stdout.splitlines()
    assert first == second
    assert "libgl1" in first
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["--version"], ["summary", "small.cfg"], ["detect", "-h"]])
def test_what_needs_no_pictures_needs_no_opencv(place: Path, words: list[str]) -> None:
    fake(place, "cv2", NO_GL)
    assert python(place, "-m", "darknet_py", *words).returncode == 0


def test_numba_without_its_metadata(place: Path) -> None:
    """As in frozen programs and vendored packages."""
    for package in Path(np.__file__).parents[1].iterdir():
        if not package.name.endswith("-info"):
            (place / "modules" / package.name).symlink_to(package)
    done = python(place, "-S", "-m", "darknet_py", "detect", "small.cfg", "small.weights", "a.png")
    assert done.returncode == 0, done.stderr


def test_a_warm_process_does_without_numba(place: Path) -> None:
    words = "-m", "darknet_py", "detect", "small.cfg", "small.weights", "a.png"
    assert python(place, *words).returncode == 0
    fake(place, "numba", NUMPY_TOO_NEW)
    assert python(place, *words).returncode == 0


@pytest.mark.parametrize(
    ("library", "package"),
    [("libGL.so.1", "libgl1"), ("libglib-2.0.so.0", "libglib2.0-0"), ("libSM.so.6", "libsm6"), ("libXext.so.6", "libxext6"),
     ("libX11.so.6", "libx11-6"), ("libgomp.so.1", "libgomp1"), ("libEGL.so.1", "libegl1"), ("libz.so.1", "zlib1g"),
     ("libXrender.so.1", "libxrender1"), ("libstdc++.so.6", "libstdc++6")],
)  # fmt: skip
def test_packages_of_debian(library: str, package: str) -> None:
    assert debian_package(library) == package


@pytest.mark.parametrize(
    ("message", "library"),
    [("libGL.so.1: cannot open shared object file: No such file or directory", "libGL.so.1"),
     ("Error loading shared library libstdc++.so.6: No such file or directory (needed by /x/cv2.so)", "libstdc++.so.6"),
     ("/x/cv2.abi3.so: undefined symbol: foo", None), ("No module named 'cv2'", None),
     ("/lib/libc.so.6: version `GLIBC_2.38' not found (required by /x/libfoo.so.1)", None)],
)  # fmt: skip
def test_libraries_that_messages_name(message: str, library: str | None) -> None:
    assert missing_library(message) == library
