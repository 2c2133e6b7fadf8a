"""``darknet_py detector demo data cfg weights|name [video]``.   C: demo.c demo"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

from ..errors import PATH, printable
from ..files.data import names_file
from ..video import pipeline, text
from ..video.detector import Detector, Seen, frame_input
from ..video.outputs import HttpPost, JsonFile, JsonPort, MjpegPort, Output, Pictures, Shown, Video
from ..video.post import target
from ..video.sources import Source, Still, open_camera, open_video
from ..video.tracking import Tracker
from ..video.writer import part_of
from .arguments import NETWORK, network_and_rest
from .flags import Command, Flag, count, ignored, number, threshold, whole
from .guard import Guard
from .loading import NETWORK_FLAGS, class_names, load
from .roles import check_data
from .stopping import Stopped, asked

__all__ = ["COMMAND", "run"]

CLEAR = "\033[H\033[J"  # a terminal: cursor to its corner, all below it empty
LOCALHOST = "127.0.0.1"


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError("not a port from 1 to 65535")
    return int(text)


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _seconds(text: str) -> float:
    if (value := number(text)) < 0:
        raise ValueError("not a number of seconds from 0")
    return value


COMMAND = Command(
    "detector demo",
    f"DATA {NETWORK} [VIDEO]",
    "Find objects in a video file, a stream (rtsp://, http://, ...) or a camera, print them, draw them, send them on.\n"
    "A file loses no frame; of a live source always the newest frame is taken.  No window is opened: to see the video use\n"
    "-out_filename, -mjpeg_port with a browser, or -prefix.  Ctrl-C ends it and leaves whole files.",
    "darknet_py detector demo cfg/coco.data cfg/yolov4-tiny.cfg yolov4-tiny.weights street.mp4 -out_filename seen.mp4",
    (
        Flag("c", "the camera, if there is no VIDEO; 0 if not given", "N", whole, 0),
        Flag("width", "frame width to ask a camera for, in pixels", "N", count),
        Flag("height", "frame height to ask a camera for, in pixels", "N", count),
        Flag("reconnect_sec", "how long a lost stream or camera is tried again, 300 if not given; 0: not at all", "S",
             _seconds, 300.0),
        Flag("time_limit_sec", "end after so many seconds", "S", _seconds, 0.0),
        Flag("thresh", "least probability of what is shown, .25 if not given", "P", threshold("thresh"), 0.25),
        Flag("hier", "for a tree of classes (YOLO9000), without effect on other networks", "P", threshold("hier"), 0.5),
        Flag("letter_box", "keep the proportions of frames"),
        Flag("track", "number objects, the same from frame to frame; needs: pip install darknet-runtime[track]"),
        Flag("out_filename", "write a video: .mp4, .mkv, .mov, .avi", "FILE"),
        Flag("prefix", "write pictures PREFIX_00000001.jpg, ...", "PREFIX"),
        Flag("dontdraw_bbox", "without boxes in the video, the pictures and the MJPEG stream"),
        Flag("json_file_output", "write all boxes as a JSON list", "FILE"),
        Flag("json_port", "send boxes as JSON to whoever connects: http://127.0.0.1:PORT/", "PORT", _port),
        Flag("mjpeg_port", "send the drawn video to whoever connects, browsers too", "PORT", _port),
        Flag("bind", f"address of these ports, {LOCALHOST} (this machine alone) if not given; 0.0.0.0: everyone", "ADDRESS",
             str, LOCALHOST),
        Flag("allow_host", "other names of this machine by which clients of these ports may call it", "NAME[,NAME]",
             _names, ()),
        Flag("http_post_host", "post what is seen as text, as Darknet does; with -time_limit_sec only once",
             "HOST[:PORT][/PATH]", target),
        Flag("http_post_json", "post JSON in place of the text"),
        Flag("benchmark", "only the speed: the first frame again and again, until -time_limit_sec or Ctrl-C"),
        Flag("benchmark_layers", "of the first frame, print time, GFLOP/s and share of the machine's peak of every layer"),
        Flag("ext_output", "print each box in pixels as well"),
        *ignored("avgframes N", "s N"),
        *NETWORK_FLAGS,
    ),
    least=2,
)  # fmt: skip


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    (data, *arguments), flags = parsed
    check_data(data, COMMAND)
    model, videos = network_and_rest(arguments, COMMAND)
    COMMAND.no_more(videos[1:])
    flags.names = flags.names or names_file(data)
    _guard(flags, [*model.files, data, flags.names, *videos])
    stop = threading.Event()
    source = _source(videos, flags, stop)
    tracker = Tracker(source.fps, flags.thresh) if flags.track else None
    _say(flags, "Demo")
    net = load(model, flags.names, flags)
    detector = Detector(net, flags.thresh, flags.letter_box or net.letter_box, tracker)
    _say(flags, f"video file: {printable(source.name, PATH)}" if videos else f"Webcam index: {flags.c}")
    _tell(flags)
    return _watch(source, detector, flags, stop)


def _guard(flags: SimpleNamespace, read: Sequence[str | Path | None]) -> None:
    """Raises OutputError when something would be written over a file that is read, or cannot be written."""
    guard = Guard(*read)
    for video in read[-1:]:
        guard.sequence(str(video))
    guard.target("-out_filename", flags.out_filename)
    if flags.out_filename:
        guard.target("-out_filename", part_of(Path(flags.out_filename)))
    guard.target("-json_file_output", flags.json_file_output)
    if flags.prefix:
        guard.numbered("-prefix", flags.prefix, ".jpg")


def _watch(source: Source, detector: Detector, flags: SimpleNamespace, stop: threading.Event) -> int:
    """All frames, from the source to the outputs; the exit code."""
    with asked(stop.set) as signal, ExitStack() as stack:
        pictures = [stack.enter_context(closing(output)) for output in _picture_outputs(flags, source)]
        data = [stack.enter_context(closing(output)) for output in _data_outputs(flags, source)]
        stack.enter_context(_time_limit(flags.time_limit_sec, stop))
        frames = stack.enter_context(closing(pipeline.run(source, detector, stop)))
        count = _show(frames, detector, data, pictures, flags)
        if not stop.is_set():
            _say(flags, "Stream closed.")
    _say(flags, "input video stream closed. ")
    if flags.out_filename:
        _say(flags, "output_video_writer closed. ")
    if signal():
        files = filter(None, (flags.out_filename, flags.json_file_output))
        raise Stopped(signal(), f"{count} frames", [file for file in files if Path(file).exists()])
    return 0


def _source(videos: Sequence[str], flags: SimpleNamespace, stop: threading.Event) -> Source:
    source: Source
    if videos:
        source = open_video(videos[0], stop, flags.reconnect_sec)
    else:
        source = open_camera(flags.c, flags.width, flags.height, stop, flags.reconnect_sec)
    return Still(source) if flags.benchmark else source


def _picture_outputs(flags: SimpleNamespace, source: Source) -> Iterator[Output]:
    if flags.prefix:
        yield Pictures(flags.prefix)
    if flags.mjpeg_port:
        yield MjpegPort(flags.bind, flags.mjpeg_port, flags.allow_host)
    if flags.out_filename:
        yield Video(flags.out_filename, source.fps, source.live)


def _data_outputs(flags: SimpleNamespace, source: Source) -> Iterator[Output]:
    if flags.json_port:
        yield JsonPort(flags.bind, flags.json_port, flags.allow_host)
    if flags.http_post_host:
        yield HttpPost(flags.http_post_host, source.name, flags.http_post_json, once=flags.time_limit_sec > 0)
    if flags.json_file_output:
        yield JsonFile(flags.json_file_output)


def _show(
    frames: Iterator[Seen], detector: Detector, data: list[Output], pictures: list[Output], flags: SimpleNamespace
) -> int:
    """Hand each frame to the outputs, and print what the reference prints; how many there were."""
    frame_id, names, rate = 0, class_names(detector.net, flags.names), text.Rate(time.monotonic())
    draw = not flags.dontdraw_bbox and not flags.benchmark
    for frame_id, seen in enumerate(frames, 1):
        shown = Shown(frame_id, seen, names, flags.thresh, draw)
        if frame_id == 1:
            _introduce(seen, detector, flags)
        for output in (*data, *pictures):
            output.add(shown)
        lines = [] if flags.benchmark else text.object_lines(shown.frame, flags.thresh, flags.ext_output)
        notes = [[output.note for output in group if output.note and not flags.quiet] for group in (data, pictures)]
        clear = CLEAR if sys.stdout.isatty() else ""
        print(f"{clear}Objects:\n", *notes[0], *lines, rate, *notes[1], sep="\n", flush=True)
        rate.frame(time.monotonic())
    return frame_id


def _introduce(seen: Seen, detector: Detector, flags: SimpleNamespace) -> None:
    """What is said about the first frame."""
    picture, net = seen.frame.picture, detector.net
    _say(flags, f"Video stream: {picture.shape[1]} x {picture.shape[0]} ")
    if flags.benchmark_layers:
        boxed = detector.letter_box
        profile = net.profile(net.fitted(frame_input(picture, net, boxed), boxed))
        print(profile.table(), "", profile.sorted_table(), "", sep="\n")


def _say(flags: SimpleNamespace, line: str) -> None:
    if not flags.quiet:
        print(line, flush=True)


def _tell(flags: SimpleNamespace) -> None:
    """Where the video is to be seen, on stderr."""
    address = f"[{flags.bind}]" if ":" in flags.bind else flags.bind
    seen = [f"http://{address}:{flags.mjpeg_port}/"] if flags.mjpeg_port else []
    seen += [f"{flags.prefix}_*.jpg"] if flags.prefix else []
    seen += [flags.out_filename] if flags.out_filename else []
    if not flags.dont_show and not flags.quiet and not flags.benchmark:
        where = ", ".join(seen) or "nowhere; -mjpeg_port 8090 shows it in a browser, -out_filename seen.mp4 writes it"
        print(f"darknet_py: no window is opened; the video is to be seen in {printable(where, PATH)}", file=sys.stderr)


@contextmanager
def _time_limit(seconds: float, stop: threading.Event) -> Iterator[None]:
    """Sets ``stop`` after so many seconds; never, for 0."""
    timer = threading.Timer(seconds, stop.set)
    timer.daemon = True
    if seconds:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
