"""What is installed on what machine, without a word about whose it is: no path, no name of a user, a host or a file."""

from __future__ import annotations

import os
import platform
import re
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

from .._support.machine import cpu_count, memory_limit
from .._support.needed import problems
from .._support.version import __version__
from ..errors import DarknetError
from .finding import Finding, Place, error, warning

__all__ = ["findings", "installation"]

OPENCV = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
PACKAGES = (
    "numpy", "numba", "llvmlite", *OPENCV, "onnx", "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "openvino",
    "pillow", "av", "pycocotools",
)  # fmt: skip
SETTINGS = re.compile(r"DARKNET_PY_\w+|NUMBA_\w+|(OMP|OPENBLAS|MKL)_NUM_THREADS|NVIDIA_TF32_OVERRIDE|PYTHON_GIL")
HARMLESS = re.compile(r"\d{1,6}|off|again")  # values that tell nothing of a user; of others it is told that they are set
HERE = Place("this installation")


def installation() -> dict[str, str]:
    """Facts in the order in which they are read: versions, system, processor, packages, settings."""
    found = {
        "darknet_py": __version__, "python": _python(), "system": _system(), "processor": _processor(),
        "may use": f"{cpu_count()} of {os.cpu_count()} processors, {memory_limit().bytes / 2**30:.1f} GiB",
        "packages": ", ".join(f"{name} {version}" for name, version in _packages(PACKAGES)),
        "settings": ", ".join(_settings()), "kernels": _kernels(),
    }  # fmt: skip
    return {fact: text for fact, text in found.items() if text}


def findings() -> Iterator[Finding]:
    """What is wrong with the installation."""
    for problem in problems():
        yield error("package", HERE, problem)
    several = [name for name, _ in _packages(OPENCV)]
    if len(several) > 1:
        yield warning("several-opencv", HERE, f"{' and '.join(several)} write over each other's files",
                      f"pip uninstall {' '.join(several)}, then pip install the one that is wanted")  # fmt: skip
    if _kernels() != "kept":
        yield warning("kernels", HERE, "new kernels cannot be kept: every process compiles those that are not there yet",
                      "set DARKNET_PY_CACHE to a folder of your own that can be written")  # fmt: skip


def _python() -> str:
    free = ", free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{platform.python_version()} {platform.python_implementation()}, {sys.maxsize.bit_length() + 1} bit{free}"


def _system() -> str:
    words = [f"{platform.system()} {platform.machine()}", *_release()]
    return ", ".join(word for word in words if word)


def _release() -> Iterator[str]:
    """Of Linux the distribution and its C library, else the system's version; a kernel's name may hold its host's."""
    if sys.platform != "linux":
        yield platform.mac_ver()[0] or platform.win32_ver()[0]
        return
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        told = {}
    yield f"{told.get('ID', '')} {told.get('VERSION_ID', '')}".strip()
    yield " ".join(platform.libc_ver())


def _processor() -> str:
    """As code is generated for it."""
    try:
        from ..engine.native.host import host

        seen = host()
    except DarknetError:
        return "not known, as llvmlite cannot be loaded"
    traits = {"fma": seen.fma, "avx512": seen.embedded_broadcast, "bf16": seen.bf16}
    return ", ".join([seen.cpu, f"vectors of {seen.lanes} floats", *(name for name, there in traits.items() if there)])


def _packages(names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        try:
            yield name, version_of(name)
        except PackageNotFoundError:
            continue


def _settings() -> Iterator[str]:
    for name, value in sorted(os.environ.items()):
        if SETTINGS.fullmatch(name):
            yield f"{name}={value}" if HARMLESS.fullmatch(value) else f"{name} is set"


def _kernels() -> str:
    """Whether compiled kernels are kept from one process to the next."""
    try:
        from ..engine.native.object_cache import kept
    except DarknetError:
        return "cannot be compiled"
    with warnings.catch_warnings():  # which name the folder
        warnings.simplefilter("ignore")
        return "kept" if kept() else "not kept"
