"""One network in the form that each engine reads, and the picture as its input; the peers' environment."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cases
import network
import numpy as np

from darknet_py import cfg, graph, image, weights
from darknet_py.layers.batchnorm import VARIANCE_EPS

__all__ = ["Files", "Unavailable", "create_venv"]

HTTP = ("fastapi", "uvicorn", "httptools", "uvloop")
PACKAGES = ("opencv-python-headless<5", "onnxruntime", "openvino", "ncnn", "matplotlib", *HTTP)
BARE = ("pnnx",)  # without what it depends on: a whole PyTorch that converting ONNX does not need


class Unavailable(Exception):
    """An engine has no figures; the text is the reason, in the table."""


def create_venv(folder: Path) -> Path:
    """Its Python, with the peers' packages; a folder that has one is left as it is."""
    python = folder.resolve() / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "--no-deps", *BARE], check=True)
    return python


@dataclass
class Files:
    """The files of one network in ``folder``, each made when it is first asked for."""

    case: cases.NetworkCase
    trained: Path | None
    image: Path | None
    venv: Path | None
    folder: Path

    @cached_property
    def graph(self) -> graph.Graph:
        return graph.build(cfg.read(self.case.cfg))

    @cached_property
    def has_weights(self) -> bool:
        """Whether there are weights in the folder that the user named; else they are random."""
        return self._named.exists()

    @property
    def _named(self) -> Path:
        return (self.trained or Path(os.devnull)) / f"{self.case.name}.weights"

    @cached_property
    def weights(self) -> Path:
        if self.has_weights:
            return self._named.resolve()
        file = self.folder / "random.weights"
        network.random_weights(self.case.cfg, file)
        return file

    @cached_property
    def shifted(self) -> Path:
        """Weights for OpenCV, which adds 1e-6 to the variances of batch norm where Darknet adds 1e-5."""
        told = weights.load(self.graph, self.weights)
        params = tuple({**arrays, **_shifted(arrays.get("rolling_variance"))} for arrays in told.params)
        file = self.folder / "shifted.weights"
        weights.save(self.graph, replace(told, params=params), file)
        return file

    @cached_property
    def picture(self) -> Path:
        """The user's, or one of random pixels."""
        if self.image is not None:
            return self.image.resolve()
        import cv2

        file = self.folder / "random.png"
        cv2.imwrite(str(file), np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8))
        return file

    @cached_property
    def input(self) -> Path:
        """What each engine's network is fed with, as .npy: the picture resized as [net] says."""
        net = self.graph.net
        fit = image.letterbox_image if net.letter_box else image.resize_image
        file = self.folder / "input.npy"
        np.save(file, fit(image.load_image(self.picture, net.channels), net.width, net.height))
        return file

    def form(self, name: str) -> Path:
        """The file of this form: cfg, weights, shifted (weights for OpenCV), onnx, xml (OpenVINO), param or bin (ncnn)."""
        return FORMS[name](self)

    @cached_property
    def onnx(self) -> Path:
        file = self.folder / "network.onnx"
        self._convert(sys.executable, "-m", "darknet_py", "export", str(self.case.cfg.resolve()), str(self.weights),
                      "-o", str(file), "-outputs", "heads")  # fmt: skip
        return _made(file)

    @cached_property
    def xml(self) -> Path:
        file = self.folder / "network.xml"
        self._convert(str(self._tools / "ovc"), str(self.onnx), "--output_model", str(file), "--compress_to_fp16=False")
        return _made(file)

    @cached_property
    def param(self) -> Path:
        """By the program in the package pnnx, not its Python wrapper, which would want PyTorch."""
        programs = list(self._tools.parent.glob("lib/python*/site-packages/pnnx/pnnx"))
        if not programs:
            raise Unavailable(f"pnnx is not in {self._tools.parent}")
        shape = ",".join(str(side) for side in (1, *self.graph.net.shape))
        self._convert(str(programs[0]), str(self.onnx), f"inputshape=[{shape}]", "fp16=0")
        return _made(self.folder / "network.ncnn.param")

    @property
    def _tools(self) -> Path:
        if self.venv is None:
            raise Unavailable("needs --venv")
        return self.venv.parent

    def _convert(self, *command: str) -> None:
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise Unavailable(f"{Path(command[0]).name} ended with {done.returncode}: {lines[-1] if lines else ''}")


FORMS = {
    "cfg": lambda files: files.case.cfg.resolve(), "weights": lambda files: files.weights,
    "shifted": lambda files: files.shifted,
    "onnx": lambda files: files.onnx, "xml": lambda files: files.xml, "param": lambda files: files.param,
    "bin": lambda files: files.param.with_suffix(".bin"),
}  # fmt: skip


def _shifted(variance: np.ndarray | None) -> dict[str, np.ndarray]:
    return {} if variance is None else {"rolling_variance": variance + np.float32(VARIANCE_EPS - 1e-6)}


def _made(file: Path) -> Path:
    if not file.exists():
        raise Unavailable(f"the converter did not write {file.name}")
    return file
