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
from ..drawing.heat import LEAST
from ..errors import PATH, printable
from ..files.roles import is_camera
from ..video import demo_text
from ..video.detector import DetectedFrame, Detector, tracker_of
from ..video.outputs import Output, Shown
from .command import Command
from .demo_outputs import OutputOptions
from .flags import count, group, idle, natural, switch, threshold, valued, within
from .guard import Guard
from .loading import class_names, load
from .options import NetworkOptions
from .picture_options import SearchOptions, StyleOptions
from .roles import NETWORK, data_and_rest
from .stopping import Stopped, asked

__all__ = ["Options", "run"]

CLEAR = "\033[H\033[J"  # a terminal: cursor to its corner, all below it empty
_seconds = within("a number of seconds from 0", 0)


@dataclass(frozen=True)
class Options(Command):
    name = "detector demo"
    arguments = f"[DATA] {NETWORK} [VIDEO]"
    about = """
    Find objects in a video file, a stream (rtsp://, http://, ...) or a camera (its number, from 0), print them, draw them,
    send them on.
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
    benchmark: bool = switch("only the speed: the first frame again and again, until -time_limit_sec or Ctrl-C")
    benchmark_layers: bool = switch("of the first frame, print time, GFLOP/s and share of the machine's peak of every layer")
    ext_output: bool = switch("print each box in pixels as well")
    avgframes: object = idle("N")
    s: object = idle("N")
    outputs: OutputOptions = group(OutputOptions)
    search: SearchOptions = group(SearchOptions)
    style: StyleOptions = group(StyleOptions)
    network: NetworkOptions = group(NetworkOptions)

    def __post_init__(self) -> None:
        """Raises ValueError for flags that exclude each other."""
        if self.outputs.dontdraw_bbox:
            self.style.check_unused("-dontdraw_bbox")


def run(arguments: list[str], options: Options) -> int:
    data, model, videos = data_and_rest(arguments, options, options.network)
    options.no_more(videos[1:])
    camera = options.c
    if videos and is_camera(videos[0]):
        camera, videos = int(videos[0]), []
    _guard(options, [*model.files, data.path if data else None, *videos], videos)
    stop = threading.Event()
    source = _source(videos, camera, options, stop)
    _say(options, "Demo")
    net = load(model, options.network)
    tracker = tracker_of(net, source.fps, options.thresh) if options.track else None
    names = class_names(net, model.names_file)
    looking = options.search.looking(names, options.thresh, options.letter_box or None)
    detector = Detector(net, looking, tracker, LEAST if options.style.made.form == "heatmap" else None)
    _say(options, f"video file: {printable(source.name, PATH)}" if videos else f"Webcam index: {camera}")
    _tell(options)
    return _watch(source, detector, names, options, stop)


def _guard(options: Options, read: Sequence[str | None], videos: Sequence[str]) -> None:
    """Raises OutputError when something would be written over a file that is read, or cannot be written."""
    guard = Guard(*read)
    for video in videos:
        guard.sequence(video)
    options.outputs.check(guard)


def _watch(source: Source, detector: Detector, names: list[str], options: Options, stop: threading.Event) -> int:
    """All frames, from the source to the outputs; the exit code."""
    with asked(stop.set) as signal, ExitStack() as stack:
        outputs, once = options.outputs, options.time_limit_sec > 0
        pictures = [stack.enter_context(closing(output)) for output in outputs.pictures(source)]
        data = [stack.enter_context(closing(output)) for output in outputs.data(source, once)]
        timer = threading.Timer(options.time_limit_sec, stop.set)
        timer.daemon = True
        stack.callback(timer.cancel)
        if options.time_limit_sec:
            timer.start()
        frames = stack.enter_context(closing(pipeline.run(source, detector, stop)))
        count = _show(frames, detector, names, data, pictures, options)
        if not stop.is_set():
            _say(options, "Stream closed.")
    _say(options, "input video stream closed. ")
    if options.outputs.out_filename:
        _say(options, "output_video_writer closed. ")
    if signal():
        raise Stopped(signal(), f"{count} frames", [file for file in options.outputs.files if Path(file).exists()])
    return 0


def _source(videos: Sequence[str], camera: int, options: Options, stop: threading.Event) -> Source:
    how = stop, options.reconnect_sec
    source = open_video(videos[0], *how) if videos else open_camera(camera, options.width, options.height, *how)
    return Still(source) if options.benchmark else source


def _show(
    frames: Iterator[DetectedFrame], detector: Detector, names: list[str], data: list[Output], pictures: list[Output],
    options: Options,
) -> int:  # fmt: skip
    """Hand each frame to the outputs, and print what the reference prints; how many there were."""
    frame_id, rate = 0, demo_text.Rate(time.monotonic())
    draw, quiet = not options.outputs.dontdraw_bbox and not options.benchmark, options.network.quiet
    for frame_id, detected in enumerate(frames, 1):
        shown = Shown(frame_id, detected, names, options.thresh, draw, options.style.made)
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
    if not options.network.dont_show and not options.network.quiet and not options.benchmark:
        nowhere = "nowhere; -mjpeg_port 8090 shows it in a browser, -out_filename seen.mp4 writes it"
        where = ", ".join(options.outputs.places) or nowhere
        print(f"darknet_py: no window is opened; the video is to be seen in {printable(where, PATH)}", file=sys.stderr)
