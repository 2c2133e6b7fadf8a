"""``darknet_py detector demo data cfg weights|name [video]``.   C: demo.c demo"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..capture import Source, open_camera, open_video, pipeline
from ..capture.sources import Still
from ..errors import PATH, printable
from ..video import demo_text
from ..video.detector import DetectedFrame, Detector, tracker_of
from ..video.outputs import HttpPost, JsonFile, JsonPort, MjpegPort, Output, Pictures, Shown, Video
from ..video.post import Target, target
from ..video.writer import part_of
from .command import Command
from .flags import count, group, idle, integer, natural, switch, threshold, valued, within
from .guard import Guard
from .loading import class_names, load
from .options import NetworkOptions
from .roles import NETWORK, data_and_rest
from .stopping import Stopped, asked

__all__ = ["Options", "run"]

CLEAR = "\033[H\033[J"  # a terminal: cursor to its corner, all below it empty
LOCALHOST = "127.0.0.1"
_seconds = within("a number of seconds from 0", 0)
_port = integer("a port from 1 to 65535", 1, 65535)


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


@dataclass(frozen=True)
class Options(Command):
    name = "detector demo"
    arguments = f"[DATA] {NETWORK} [VIDEO]"
    about = """
    Find objects in a video file, a stream (rtsp://, http://, ...) or a camera, print them, draw them, send them on.
    A file loses no frame; of a live source always the newest frame is taken.  No window is opened: to see the video use
    -out_filename, -mjpeg_port with a browser, or -prefix.  Ctrl-C ends it and leaves whole files."""
    example = (
        "darknet_py detector demo cfg/coco.data cfg/yolov4-tiny.cfg yolov4-tiny.weights street.mp4 -out_filename seen.mp4"
    )

    c: int = valued("the camera, if there is no VIDEO; 0 if not given", "N", natural, 0)
    width: int | None = valued("frame width to ask a camera for, in pixels", "N", count)
    height: int | None = valued("frame height to ask a camera for, in pixels", "N", count)
    reconnect_sec: float = valued(
        "how long a lost stream or camera is tried again, 300 if not given; 0: not at all", "S", _seconds, 300.0
    )
    time_limit_sec: float = valued("end after so many seconds", "S", _seconds, 0.0)
    thresh: float = valued("least probability of what is shown, .25 if not given", "P", threshold("thresh"), 0.25)
    hier: float = valued("no effect, as in Darknet: .5 in a tree of classes (YOLO9000)", "P", threshold("hier"), 0.5)
    letter_box: bool = switch("keep the proportions of frames")
    track: bool = switch(
        "number objects, the same from frame to frame: by embedding_layer= of the network, which without one needs: "
        "pip install \"darknet-runtime[track]\""
    )
    out_filename: str | None = valued("write a video: .mp4, .mkv, .mov, .avi", "FILE", str)
    prefix: str | None = valued("write pictures PREFIX_00000001.jpg, ...", "PREFIX", str)
    dontdraw_bbox: bool = switch("without boxes in the video, the pictures and the MJPEG stream")
    json_file_output: str | None = valued("write all boxes as a JSON list", "FILE", str)
    json_port: int | None = valued("send boxes as JSON to whoever connects: http://127.0.0.1:PORT/", "PORT", _port)
    mjpeg_port: int | None = valued("send the drawn video to whoever connects, browsers too", "PORT", _port)
    bind: str = valued(
        f"address of these ports, {LOCALHOST} (this machine alone) if not given; 0.0.0.0: everyone", "ADDRESS", str,
        LOCALHOST,
    )  # fmt: skip
    allow_host: Sequence[str] = valued(
        "other names of this machine by which clients of these ports may call it", "NAME[,NAME]", _names, ()
    )
    http_post_host: Target | None = valued(
        "post what is seen as text, as Darknet does; with -time_limit_sec only once", "HOST[:PORT][/PATH]", target
    )
    http_post_json: bool = switch("post JSON in place of the text")
    benchmark: bool = switch("only the speed: the first frame again and again, until -time_limit_sec or Ctrl-C")
    benchmark_layers: bool = switch("of the first frame, print time, GFLOP/s and share of the machine's peak of every layer")
    ext_output: bool = switch("print each box in pixels as well")
    avgframes: object = idle("N")
    s: object = idle("N")
    network: NetworkOptions = group(NetworkOptions)


def run(arguments: list[str], options: Options) -> int:
    data, model, videos = data_and_rest(arguments, options, options.network)
    options.no_more(videos[1:])
    _guard(options, [*model.files, data.path if data else None, *videos], videos)
    stop = threading.Event()
    source = _source(videos, options, stop)
    _say(options, "Demo")
    net = load(model, options.network)
    tracker = tracker_of(net, source.fps, options.thresh) if options.track else None
    detector = Detector(net, options.thresh, options.letter_box or None, tracker)
    _say(options, f"video file: {printable(source.name, PATH)}" if videos else f"Webcam index: {options.c}")
    _tell(options)
    return _watch(source, detector, model.names_file, options, stop)


def _guard(options: Options, read: Sequence[str | None], videos: Sequence[str]) -> None:
    """Raises OutputError when something would be written over a file that is read, or cannot be written."""
    guard = Guard(*read)
    for video in videos:
        guard.sequence(video)
    guard.target("-out_filename", options.out_filename)
    if options.out_filename:
        guard.target("-out_filename", part_of(Path(options.out_filename)))
    guard.target("-json_file_output", options.json_file_output)
    if options.prefix:
        guard.numbered("-prefix", options.prefix, ".jpg")


def _watch(source: Source, detector: Detector, names: str | None, options: Options, stop: threading.Event) -> int:
    """All frames, from the source to the outputs; the exit code."""
    with asked(stop.set) as signal, ExitStack() as stack:
        pictures = [stack.enter_context(closing(output)) for output in _picture_outputs(options, source)]
        data = [stack.enter_context(closing(output)) for output in _data_outputs(options, source)]
        timer = threading.Timer(options.time_limit_sec, stop.set)
        timer.daemon = True
        stack.callback(timer.cancel)
        if options.time_limit_sec:
            timer.start()
        frames = stack.enter_context(closing(pipeline.run(source, detector, stop)))
        count = _show(frames, detector, class_names(detector.net, names), data, pictures, options)
        if not stop.is_set():
            _say(options, "Stream closed.")
    _say(options, "input video stream closed. ")
    if options.out_filename:
        _say(options, "output_video_writer closed. ")
    if signal():
        files = filter(None, (options.out_filename, options.json_file_output))
        raise Stopped(signal(), f"{count} frames", [file for file in files if Path(file).exists()])
    return 0


def _source(videos: Sequence[str], options: Options, stop: threading.Event) -> Source:
    how = stop, options.reconnect_sec
    source = open_video(videos[0], *how) if videos else open_camera(options.c, options.width, options.height, *how)
    return Still(source) if options.benchmark else source


def _picture_outputs(options: Options, source: Source) -> Iterator[Output]:
    if options.prefix:
        yield Pictures(options.prefix)
    if options.mjpeg_port:
        yield MjpegPort(options.bind, options.mjpeg_port, options.allow_host)
    if options.out_filename:
        yield Video(options.out_filename, source.fps, source.live)


def _data_outputs(options: Options, source: Source) -> Iterator[Output]:
    if options.json_port:
        yield JsonPort(options.bind, options.json_port, options.allow_host)
    if options.http_post_host:
        yield HttpPost(options.http_post_host, source.name, options.http_post_json, once=options.time_limit_sec > 0)
    if options.json_file_output:
        yield JsonFile(options.json_file_output)


def _show(
    frames: Iterator[DetectedFrame], detector: Detector, names: list[str], data: list[Output], pictures: list[Output],
    options: Options,
) -> int:  # fmt: skip
    """Hand each frame to the outputs, and print what the reference prints; how many there were."""
    frame_id, rate = 0, demo_text.Rate(time.monotonic())
    draw, quiet = not options.dontdraw_bbox and not options.benchmark, options.network.quiet
    for frame_id, detected in enumerate(frames, 1):
        shown = Shown(frame_id, detected, names, options.thresh, draw)
        if frame_id == 1:
            _introduce(detected.frame.picture, detector, options)
        for output in (*data, *pictures):
            output.add(shown)
        lines = [] if options.benchmark else demo_text.object_lines(shown.frame, options.thresh, options.ext_output)
        notes = [[output.note for output in outputs if output.note and not quiet] for outputs in (data, pictures)]
        clear = CLEAR if sys.stdout.isatty() else ""
        print(f"{clear}Objects:\n", *notes[0], *lines, rate, *notes[1], sep="\n", flush=True)
        rate.frame(time.monotonic())
    return frame_id


def _introduce(picture: NDArray[np.uint8], detector: Detector, options: Options) -> None:
    """What is said about the first frame."""
    _say(options, f"Video stream: {picture.shape[1]} x {picture.shape[0]} ")
    if options.benchmark_layers:
        profile = detector.net.profile(detector.input(picture))
        print(profile.table(), "", profile.sorted_table(), "", sep="\n")


def _say(options: Options, line: str) -> None:
    if not options.network.quiet:
        print(line, flush=True)


def _tell(options: Options) -> None:
    """Where the video is to be seen, on stderr."""
    address = f"[{options.bind}]" if ":" in options.bind else options.bind
    places = [f"http://{address}:{options.mjpeg_port}/"] if options.mjpeg_port else []
    places += [f"{options.prefix}_*.jpg"] if options.prefix else []
    places += [options.out_filename] if options.out_filename else []
    if not options.network.dont_show and not options.network.quiet and not options.benchmark:
        where = ", ".join(places) or "nowhere; -mjpeg_port 8090 shows it in a browser, -out_filename seen.mp4 writes it"
        print(f"darknet_py: no window is opened; the video is to be seen in {printable(where, PATH)}", file=sys.stderr)
