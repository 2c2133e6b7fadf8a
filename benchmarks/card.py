"""What to write beside a figure of a card: its name, driver, and the versions of what runs on it."""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError, version

__all__ = ["facts"]

QUERY = "name,driver_version,memory.total"
PACKAGES = ("onnxruntime-gpu", "onnxruntime", "onnx", "nvidia-cudnn-cu13", "nvidia-cudnn-cu12", "nvidia-cublas", "tensorrt")


def facts() -> dict[str, str]:
    """One line of text by name."""
    return {"card": _card(), "libraries": ", ".join(_installed())}


def _card() -> str:
    """What nvidia-smi tells of the first one."""
    try:
        command = ["nvidia-smi", f"--query-gpu={QUERY}", "--format=csv,noheader"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return "none that nvidia-smi knows"
    name, driver, memory = done.stdout.splitlines()[0].split(", ")
    return f"{name}, {memory}, driver {driver}"


def _installed() -> list[str]:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found
