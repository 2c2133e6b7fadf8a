"""Where ``detector demo`` sends frames and boxes: its flags, and what they open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..capture import Source
from ..video.outputs import BoxFile, HttpPost, JsonPort, MjpegPort, Output, Pictures, Video
from ..video.post import Target, target
from ..video.writer import part_of
from .flags import hosts, integer, switch, valued
from .guard import Guard
from .options import STDOUT, out_file
from .picture_options import OutOptions
from .targets import format_of

__all__ = ["OutputOptions"]

LOCALHOST = "127.0.0.1"
_port = integer("a port from 1 to 65535", 1, 65535)


@dataclass(frozen=True)
class OutputOptions:
    """Videos, pictures, files of boxes, ports."""

    out_filename: str | None = valued("write a video: .mp4, .mkv, .mov, .avi", "FILE", str)
    prefix: str | None = valued("write pictures PREFIX_00000001.jpg, ...", "PREFIX", str)
    dontdraw_bbox: bool = switch("without boxes in the video, the pictures and the MJPEG stream")
    out: str | None = valued(
        "write all boxes into a file, as its suffix says: .jsonl (a line a frame), .csv, .json (as -json_file_output)",
        "FILE", out_file,
    )  # fmt: skip
    json_file_output: str | None = valued("write all boxes as a JSON list", "FILE", str)
    json_port: int | None = valued("send boxes as JSON to whoever connects: http://127.0.0.1:PORT/", "PORT", _port)
    mjpeg_port: int | None = valued("send the drawn video to whoever connects, browsers too", "PORT", _port)
    bind: str = valued(
        f"address of these ports, {LOCALHOST} (this machine alone) if not given; 0.0.0.0: everyone", "ADDRESS", str,
        LOCALHOST,
    )  # fmt: skip
    allow_host: Sequence[str] = valued(
        "other names of this machine by which clients of these ports may call it", "NAME[,NAME]", hosts, ()
    )
    http_post_host: Target | None = valued(
        "post what is seen as text, as Darknet does; with -time_limit_sec only once", "HOST[:PORT][/PATH]", target
    )
    http_post_json: bool = switch("post JSON in place of the text")

    def __post_init__(self) -> None:
        """Raises ValueError for standard output, where the text goes."""
        if self.out == STDOUT:
            raise ValueError("-out - and the text that is printed exclude each other; -out FILE.jsonl, or -json_port N")

    @property
    def files(self) -> list[str]:
        """Those that are whole when the command ends."""
        return [file for file in (self.out_filename, self.json_file_output, self.out) if file]

    def check(self, guard: Guard) -> None:
        """Raises OutputError when something would be written over a file that is read, or cannot be written."""
        guard.target("-out_filename", self.out_filename)
        if self.out_filename:
            guard.target("-out_filename", part_of(Path(self.out_filename)))
        guard.target("-json_file_output", self.json_file_output)
        guard.target("-out", self.out)
        if self.prefix:
            guard.numbered("-prefix", self.prefix, ".jpg")

    def pictures(self, source: Source) -> Iterator[Output]:
        """What takes frames with boxes in them.  Raises OutputError."""
        if self.prefix:
            yield Pictures(self.prefix)
        if self.mjpeg_port:
            yield MjpegPort(self.bind, self.mjpeg_port, self.allow_host)
        if self.out_filename:
            yield Video(self.out_filename, source.fps, source.live)

    def data(self, source: Source, once: bool) -> Iterator[Output]:
        """What takes boxes; ``once``: they are posted but once.  Raises OutputError."""
        if self.json_port:
            yield JsonPort(self.bind, self.json_port, self.allow_host)
        if self.http_post_host:
            yield HttpPost(self.http_post_host, source.name, self.http_post_json, once)
        if self.json_file_output:
            yield BoxFile(self.json_file_output)
        if self.out:
            yield BoxFile(self.out, format_of(OutOptions(self.out)))

    @property
    def places(self) -> list[str]:
        """Where the drawn video is to be seen."""
        address = f"[{self.bind}]" if ":" in self.bind else self.bind
        ports = [f"http://{address}:{self.mjpeg_port}/"] if self.mjpeg_port else []
        return ports + ([f"{self.prefix}_*.jpg"] if self.prefix else []) + ([self.out_filename] if self.out_filename else [])
