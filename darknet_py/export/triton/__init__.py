"""An ONNX model in a model repository of NVIDIA's Triton: FOLDER/NAME/config.pbtxt and FOLDER/NAME/1/model.onnx.

A model that is there keeps its versions and its config.pbtxt, which must fit the new one; that gets the next number.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..._support import write_whole
from ..._support.words import reason
from ...errors import ExportError
from .protobuf_text import read

if TYPE_CHECKING:
    from onnx import ModelProto

    from ..file import Written
    from .config import Config

__all__ = ["Place", "place", "save"]

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
VERSION = re.compile(r"[1-9]\d{0,17}", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Where a model goes in a repository: its folder, and the number of its version."""

    folder: Path
    version: int

    @property
    def model(self) -> Path:
        return self.folder / str(self.version) / "model.onnx"

    @property
    def labels(self) -> Path:
        return self.folder / "labels.txt"

    @property
    def config(self) -> Path:
        return self.folder / "config.pbtxt"


def place(repository: str | Path, name: str) -> Place:
    """The place of a model's next version; nothing is made yet.  Raises ExportError where there can be none."""
    if not NAME.fullmatch(name):
        raise ExportError(f"{name!r} can be no model of Triton, whose name stands in addresses; name it with -o, of at "
                          "most 100 letters, digits, _ - and .")  # fmt: skip
    folder = Path(repository, name)
    with _naming(folder):
        for path in (Path(repository), folder):
            if os.path.lexists(path) and not path.is_dir():
                raise ExportError(f"{path}: is no folder, which a model repository is; choose another one")
        versions = [int(path.name) for path in folder.iterdir() if VERSION.fullmatch(path.name)] if folder.is_dir() else []
    return Place(folder, max(versions, default=0) + 1)


def save(place: Place, model: ModelProto, names: Sequence[str] = ()) -> Written:
    """Write a model to its place, all of it or nothing; ``names`` of its classes to labels.txt.

    Raises ExportError, also where a config.pbtxt or labels.txt is there that does not fit the model.
    """
    from .config import Config

    _need_onnxruntime(place, model)
    config = Config.of(model, place.folder.name)
    labels = "".join(f"{name}\n" for name in names)
    if said := _of_another(place, config, labels):
        raise ExportError(f"{said}; versions of a model take and give the same: choose another name with -o, or remove "
                          f"{place.folder}")  # fmt: skip
    texts = {place.labels: labels} if labels else {}
    with _naming(place.folder), _undone(place.folder) as made:
        place.folder.mkdir(parents=True, exist_ok=True)
        for path, text in {**texts, place.config: config.text(len(names))}.items():
            if not path.exists():
                made.append(path)
                write_whole(path, text.encode("utf-8", "surrogateescape"))
        return _put(place, model)


def _put(place: Place, model: ModelProto) -> Written:
    """The version's folder gets its name, by which Triton knows it, when all is in it."""
    from ..file import write

    with tempfile.TemporaryDirectory(dir=place.folder, prefix=".darknet_py.") as folder:
        version = Path(folder, str(place.version))
        version.mkdir()
        try:
            written = write(version / place.model.name, model)
        except ExportError as e:
            raise ExportError(e.message.replace(str(version), str(place.model.parent))) from e
        version.rename(place.model.parent)
    return replace(written, path=place.model)


def _of_another(place: Place, config: Config, labels: str) -> str:
    """What is there that is of another model, in words; "" if nothing is."""
    if place.config.exists():
        found = _config_differs(place.config, config)
    else:
        found = _model_differs(place.folder / str(place.version - 1) / place.model.name, config)
    if not found and labels and place.labels.exists() and _text(place.labels) != labels:
        return f"{place.labels} has other names"
    return found


def _config_differs(file: Path, config: Config) -> str:
    from .config import difference

    try:
        said = difference(read(_text(file)), config)
    except ValueError as e:
        raise ExportError(f"{file}: cannot be understood ({e}); correct or remove it") from e
    return said and f"{file}: {said}"


def _model_differs(file: Path, config: Config) -> str:
    import onnx
    from google.protobuf.message import DecodeError

    from .config import Config

    if not file.is_file():
        return ""
    try:
        with _naming(file, "read"):
            same = Config.of(onnx.load(file, load_external_data=False), config.name) == config
    except DecodeError:
        return f"{file} is no ONNX model"
    return "" if same else f"{file} has other inputs or outputs"


def _need_onnxruntime(place: Place, model: ModelProto) -> None:
    """Raises ExportError for operators that ONNX Runtime, by which Triton runs the model, does not have."""
    if foreign := next((node.op_type for node in model.graph.node if node.op_type.endswith("_TRT")), None):
        raise ExportError(f"{place.model}: not written, since {foreign} is TensorRT's own operator, and Triton runs ONNX "
                          "models with ONNX Runtime; choose other -outputs, or make a plan with trtexec")  # fmt: skip


def _text(path: Path) -> str:
    with _naming(path, "read"):
        try:
            return path.read_text("utf-8")
        except UnicodeDecodeError as e:
            raise ExportError(f"{path}: cannot be read (it is no text of UTF-8); correct or remove it") from e


@contextmanager
def _naming(path: Path, done: str = "written") -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise ExportError(f"{path}: cannot be {done} ({reason(e)})") from e


@contextmanager
def _undone(folder: Path) -> Iterator[list[Path]]:
    """What is made in the block, the files that are put on the list too, is removed again where it fails."""
    above = [path for path in (folder, *folder.parents) if not path.exists()]
    made: list[Path] = []
    done = False
    try:
        yield made
        done = True
    finally:
        if not done:
            for path in made:
                path.unlink(missing_ok=True)
            for path in above:
                if path.is_dir() and not any(path.iterdir()):
                    path.rmdir()
