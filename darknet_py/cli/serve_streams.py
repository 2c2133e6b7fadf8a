"""What a service watches: cameras, video files and streams."""

from __future__ import annotations

import importlib.util
import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from .._support.optional import pip_install
from ..capture import open_video
from ..errors import DarknetError, printable
from ..files.addresses import is_address
from ..files.roles import is_camera
from ..serve import Settings
from ..serve.stream_process import Watch
from ..serve.streams import Stream
from ..store import Model
from .flags import repeated, switch

__all__ = ["StreamOptions"]

PACKAGE = "trackers"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
Named = tuple[str, str, str]
"""A stream's name, its model's, if it was said, and what is watched."""


def _named(text: str) -> Named:
    """``NAME=SOURCE``, ``NAME@MODEL=SOURCE``.  Raises ValueError."""
    names, _, source = text.partition("=")
    name, at, model = names.partition("@")
    if not NAME.fullmatch(name) or not source or bool(at) != bool(model):
        raise ValueError("not NAME=SOURCE, as in yard=rtsp://camera/1, with a NAME of letters, digits, _, - and .")
    return name, model, source


@dataclass(frozen=True)
class StreamOptions:
    """Streams of a service."""

    source: Sequence[Named] = repeated(
        "watch a camera (its number), a video file (again and again) or a stream (rtsp://, http://, ...) live at "
        "/v1/streams/NAME; NAME@MODEL where there are several models; may be given several times", "NAME=SOURCE", _named,
    )  # fmt: skip
    track: bool = switch(
        "number objects there, the same from frame to frame: by embedding_layer= of the network, which without one needs: "
        "pip install \"darknet-runtime[track]\""
    )

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if self.track and not self.source:
            raise ValueError("-track numbers objects of streams; there is none without -source NAME=SOURCE")

    def streams(self, models: Mapping[str, Model], settings: Settings) -> dict[str, Stream]:
        """All of them, by name.  Raises DarknetError, also for a file that is no video; cameras and addresses may come."""
        found: dict[str, Stream] = {}
        for name, wanted, source in self.source:
            if name in found:
                raise DarknetError(f"two streams are called {name}; give one another name: -source NAME={printable(source)}")
            if not is_camera(source) and not is_address(source):
                with closing(open_video(source, threading.Event(), 0)):
                    pass
            model = _model(name, wanted, models)
            if self.track:
                _check_tracking(models[model])
            found[name] = Stream(name, model, Watch(source, models[model], settings, self.track))
        return found


def _model(stream: str, wanted: str, models: Mapping[str, Model]) -> str:
    """The name of a stream's model.  Raises DarknetError."""
    there = printable(", ".join(models))
    if wanted and wanted not in models:
        raise DarknetError(f"-source {stream}@{printable(wanted)}: there is no such model; there are: {there}")
    if not wanted and len(models) > 1:
        raise DarknetError(f"-source {stream}: say which model looks at it, {stream}@MODEL=SOURCE; there are: {there}")
    return wanted or next(iter(models))


def _check_tracking(model: Model) -> None:
    """Raises DarknetError where the package is missing that numbers objects, unless the network has embeddings for that."""
    own = isinstance(model.cfg, str) and "embedding_layer" in Path(model.cfg).read_text("utf-8", "replace")
    if not own and importlib.util.find_spec(PACKAGE) is None:  # loaded by the stream's process alone
        raise DarknetError(f"-track: the package {PACKAGE} is not here: {pip_install('track')}")
