"""``detector demo`` as a user calls it: what it prints and writes, its complaints, its signals, its ports."""

from __future__ import annotations

import csv
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import processes
import pytest
from ports import LOCALHOST, receiving
from videos import CELL, HEIGHT, RED, WIDTH, detector, moving, read_video, untimed, write_video

from darknet_py import Network
from darknet_py.cli import main
from darknet_py.errors import OutputError
from darknet_py.video.outputs import BoxFile

FRAMES = 12
LOADING = """\
Demo
mini_batch = 1, batch = 1, time_steps = 1, train = 0 

 Warning: width=64 and height=48 in cfg-file must be divisible by 32 for default networks Yolo v1/v2/v3!!! 


 seen 64, trained: 64 K-images (1 Kilo-batches_64) 
video file: v.avi
Video stream: 64 x 48 
"""  # noqa: W291


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Paths of a detector of squares: data, cfg, weights; its kernels are compiled, so that nothing is said of that."""
    files = detector(tmp_path_factory.mktemp("demo"))
    Network.load(*files[1:])
    return files


@pytest.fixture(scope="module")
def long_video(tmp_path_factory):
    """A video that nobody sees the end of."""
    return write_video(tmp_path_factory.mktemp("long") / "v.avi", moving(5000))


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with a video."""
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "v.avi", moving(FRAMES))
    return tmp_path


@pytest.fixture
def demo(files, place, capsys):
    """Run the command on the detector's files: (exit code, stdout, stderr)."""

    def run(*words):
        code = main(["detector", "demo", *files, *words])
        return code, *capsys.readouterr()

    return run


def boxes(path):
    """Of each frame in a JSON file the names with column and row of the cell."""
    frames = json.loads(Path(path).read_text())
    assert [frame["frame_id"] for frame in frames] == list(range(1, len(frames) + 1))
    return [{o["name"]: cell(o["relative_coordinates"]) for o in frame["objects"]} for frame in frames]


def cell(box):
    assert (box["width"], box["height"]) == pytest.approx((CELL / WIDTH, CELL / HEIGHT), abs=1e-5)
    return box["center_x"] * WIDTH // CELL, box["center_y"] * HEIGHT // CELL


MOVING = [{"red": (k % 7, 1), "green": (5, 4)} for k in range(FRAMES)]


def test_what_is_printed(demo):
    """The reference's text, but for its codes that clear a terminal; one block a frame, none lost."""
    code, out, err = demo("v.avi", "-dont_show")
    assert (code, err) == (0, "")
    blocks = untimed(out).split("Objects:\n\n")
    assert blocks[0] == LOADING
    assert blocks[1:-1] == ["green: 100% \nred: 100% \n\nFPS\n"] * (FRAMES - 1)
    assert blocks[-1] == "green: 100% \nred: 100% \n\nFPS\nStream closed.\ninput video stream closed. \n"
    assert "FPS:0.0 \t AVG_FPS:0.0\n" in out.split("Objects:")[1]


def test_boxes_in_pixels(demo):
    out = demo("v.avi", "-ext_output", "-quiet")[1]
    assert out.startswith("Objects:\n\n")
    assert out.count("\t(left_x:   40   top_y:   32   width:    8   height:    8)\n") >= FRAMES
    assert re.findall(r"red: 100% \t\(left_x: +(\d+)", out) == [str(k % 7 * CELL) for k in range(FRAMES)]


def test_a_terminal_is_cleared(demo, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert demo("v.avi", "-quiet")[1].count("\033[H\033[JObjects:") == FRAMES


def test_everything_that_is_written(demo, place):
    code, out, _ = demo("v.avi", "-json_file_output", "o.json", "-out_filename", "o.mp4", "-prefix", "p")
    assert code == 0
    assert boxes("o.json") == MOVING
    assert "filename" not in json.loads((place / "o.json").read_text())[0]
    frames, fps = read_video(place / "o.mp4")
    assert (len(frames), fps) == (FRAMES, 20)
    assert sorted(p.name for p in place.glob("p_*")) == [f"p_{k:08d}.jpg" for k in range(1, FRAMES + 1)]
    assert out.count("\n\n cvWriteFrame \n") == FRAMES
    assert out.endswith("output_video_writer closed. \n")


@pytest.mark.parametrize("flag", ["", "-dontdraw_bbox"])
def test_boxes_are_drawn_unless_told(demo, place, flag):
    out = demo("v.avi", "-prefix", "p", *flag.split())[1]
    drawn = cv2.imread("p_00000003.jpg").astype(int)
    assert (np.abs(drawn - moving(3)[2]).mean() < 5) == bool(flag)
    assert "red: 100%" in out


def test_the_window_that_there_is_not(demo):
    assert "no window is opened; the video is to be seen in nowhere; -mjpeg_port 8090" in demo("v.avi")[2]
    assert "is to be seen in p_*.jpg, o.avi\n" in demo("v.avi", "-prefix", "p", "-out_filename", "o.avi")[2]


def test_flags_of_the_reference_that_change_nothing(demo):
    words = "-avgframes 3 -s 2 -hier .5 -i 0 -letter_box -width 640 -height 480 -c 3 -numerics fast -threads 1"
    assert demo("v.avi", *words.split(), "-json_file_output", "o.json")[0] == 0
    assert boxes("o.json") == MOVING


def test_what_is_looked_for(demo):
    both = {"red", "green"}
    for flags, left in (("-classes red", {"red"}), ("-skip_classes red", {"green"}), ("-classes 1,0 -nms .3", both)):
        assert demo("v.avi", *flags.split(), "-out", "o.json", "-quiet")[0] == 0
        assert boxes("o.json") == [{name: at for name, at in frame.items() if name in left} for frame in MOVING]
    assert demo("v.avi", "-max_det", "1", "-out", "o.csv", "-quiet")[0] == 0
    rows = list(csv.DictReader(Path("o.csv").read_text().splitlines()))
    assert [row["frame_id"] for row in rows] == [str(k) for k in range(1, FRAMES + 1)]


def test_small_objects_in_tiles(demo):
    """Seen in the whole frame and in tiles of their size, they are there once."""
    code = demo("v.avi", "-tile", "48", "-overlap", ".5", "-out", "o.jsonl", "-thresh", ".6")[0]
    frames = [json.loads(line) for line in Path("o.jsonl").read_text().splitlines()]
    assert (code, len(frames)) == (0, FRAMES)
    assert all({o["name"] for o in frame["objects"]} >= {"red", "green"} for frame in frames)


def test_a_line_a_frame(demo):
    assert demo("v.avi", "-out", "o.jsonl")[0] == 0
    frames = [json.loads(line) for line in Path("o.jsonl").read_text().splitlines()]
    assert [(f["frame_id"], f["width"], f["height"]) for f in frames] == [(k, WIDTH, HEIGHT) for k in range(1, FRAMES + 1)]
    assert [f["time"] for f in frames] == pytest.approx([k / 20 for k in range(FRAMES)])
    assert "filename" not in frames[0]
    assert {o["name"] for o in frames[0]["objects"]} == {"red", "green"}


def test_frames_are_drawn_as_told(demo, place):
    demo("v.avi", "-prefix", "box", "-quiet")
    demo("v.avi", "-prefix", "bare", "-labels", "off", "-line_width", "1", "-quiet")
    demo("v.avi", "-prefix", "heat", "-style", "heatmap", "-thresh", ".99", "-quiet")
    box, bare, heat = (cv2.imread(f"{name}_00000003.jpg").astype(int) for name in ("box", "bare", "heat"))
    assert (box != bare).any()
    assert np.abs(heat - moving(3)[2]).mean() > 1  # also of what no threshold passes


@pytest.mark.parametrize("how", ["flag", "cfg", ""])
def test_proportions_are_kept_by_flag_or_cfg(demo, place, files, how, capsys):
    """A frame twice as wide: letterboxed, a cell of the network is two cells of the frame wide and high."""
    wide = np.zeros((HEIGHT, 2 * WIDTH, 3), np.uint8)
    wide[16:32, 32:48] = RED
    video = write_video(place / "wide.avi", [wide] * 2)
    files = detector(place, "letter_box=1\n" if how == "cfg" else "")
    flags = ["-letter_box"] if how == "flag" else []
    assert main(["detector", "demo", *files, video, "-ext_output", "-thresh", ".6", *flags]) == 0
    found = re.findall(r"red: 100% .*width: +(\d+)   height: +(\d+)", capsys.readouterr().out)
    assert found[0] == (("16", "16") if how else ("16", "8"))


def test_numbered_pictures_are_a_video(demo, place):
    for k in range(3):
        cv2.imwrite(str(place / f"n{k:02d}.png"), moving(3)[k])
    assert demo("n%02d.png", "-json_file_output", "o.json")[0] == 0
    assert boxes("o.json") == MOVING[:3]


def test_objects_have_numbers(demo):
    pytest.importorskip("trackers")
    code, out, _ = demo("v.avi", "--track", "-json_file_output", "o.json")
    assert code == 0
    frames = json.loads(Path("o.json").read_text())
    greens = [o.get("track_id") for frame in frames for o in frame["objects"] if o["name"] == "green"]
    assert greens[0] is None
    assert len(set(greens[1:])) == 1
    assert out.count(f"green: 100% (track = {greens[1]}) \n") == FRAMES - 1


def test_objects_have_numbers_by_their_embeddings(place, capsys, monkeypatch):
    """Their colours, of the first layer; no package is needed."""
    monkeypatch.setitem(sys.modules, "trackers", None)
    (place / "net").mkdir()
    files = detector(place / "net")
    with open(files[1], "a") as cfg:
        cfg.write("embedding_layer=0\nsim_thresh=.7\ndets_for_show=2\n")
    assert main(["detector", "demo", *files, "v.avi", "-track"]) == 0
    out = untimed(capsys.readouterr().out)
    assert " embedding_layer_id = 0,  embedding_size = 3 \n" in out.split("video file")[0]
    blocks = [block.split("\nFPS")[0] for block in out.split("Objects:\n\n")[1:]]
    assert blocks[0] == "", "seen once"
    number = re.match(r"green: 100% \(track = (\d), sim = (0\.\d+|1\.0+)\) \n", blocks[1])
    assert number
    assert all(f"green: 100% (track = {number[1]}, sim = " in block for block in blocks[1:])
    assert all("red: 100% (track = " in block for block in blocks[1:])


def test_the_benchmark_sees_one_frame_until_the_time_is_over(demo):
    code, out, _ = demo("v.avi", "-benchmark", "-time_limit_sec", ".4", "-json_file_output", "o.json")
    assert code == 0
    assert "red" not in out
    seen = boxes("o.json")
    assert len(seen) > 1
    assert all(frame == MOVING[0] for frame in seen)


def test_the_layers_of_the_first_frame(demo):
    assert demo("v.avi", "-benchmark_layers")[1].count("convolutional 1x1") == 2


def test_posts(demo):
    with receiving() as (address, posted):
        assert demo("v.avi", "-http_post_host", f"{address}/hook")[0] == 0
    text = "green, id: 1\nred, id: 0\n\ntime:\n[A-Z][a-z]+ [-0-9]{10} [:0-9]{8}\nvideosource:\nv.avi"
    assert posted
    assert all((path, kind) == ("/hook", "text/plain") and re.fullmatch(text, body.decode()) for path, kind, body in posted)


def test_posts_of_json_with_a_time_limit_come_once(demo):
    with receiving() as (address, posted):
        words = ["-http_post_host", address, "-http_post_json", "-time_limit_sec", "30"]
        assert demo("v.avi", *words)[0] == 0
    assert [(kind, json.loads(body)["frame_id"]) for _, kind, body in posted] == [("application/json", 1)]


def test_a_camera_that_comes_back(demo, monkeypatch, caplog):
    """Index and size are passed on; it fails after three frames, twice again, then gives three more."""
    monkeypatch.setattr("darknet_py.capture.sources.DELAYS", (0.001,))
    pictures, sizes, opened = iter(moving(6)), {}, []
    written, add = threading.Semaphore(1), BoxFile.add  # a frame is given when the one before is through: none is skipped
    monkeypatch.setattr(BoxFile, "add", lambda *these: (add(*these), written.release()))

    class Camera:
        def __init__(self, index):
            opened.append(index)
            self.left = 3 if len(opened) in (1, 4) else 0

        def isOpened(self):  # noqa: N802
            return len(opened) != 2

        def get(self, prop):
            return 20.0

        def set(self, prop, value):
            sizes[prop] = value

        def read(self):
            if self.left == 0:
                return False, None
            self.left -= 1
            assert written.acquire(timeout=60)
            return True, next(pictures)

        def release(self):
            pass

    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    words = ["-c", "2", "-width", "64", "-height", "48", "-json_file_output", "o.json", "-reconnect_sec", ".3"]
    code, out, err = demo(*words)
    assert code == 1
    assert "Webcam index: 2\nVideo stream: 64 x 48 \n" in out
    assert set(opened) == {2}
    assert (sizes[cv2.CAP_PROP_FRAME_WIDTH], sizes[cv2.CAP_PROP_FRAME_HEIGHT]) == (64, 48)
    said = [re.sub("after .*", "after", record.message) for record in caplog.records]
    lost = "camera 2: lost; connecting again for 0.3 seconds"
    assert said == [lost, "camera 2: connected again after", lost]
    assert "\ndarknet_py: error: camera 2: lost, and not back after 0.3 seconds" in err
    assert boxes("o.json") == MOVING[:6]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("no.mp4", 1, "no.mp4: no such file; check the path"),
        ("7", 1, "camera 7: cannot be opened"),
        ("v.avi -out -", 2, "-out - and the text that is printed exclude each other"),
        ("v.avi -out v.avi", 1, "-out v.avi would overwrite v.avi, which is read"),
        ("v.avi -out o.json -json_file_output o.json", 1, "o.json and"),
        ("v.avi -classes rd", 1, "-classes: no class 'rd'; did you mean red?"),
        ("v.avi -agnostic_nms -nms 0", 2, "-agnostic_nms has no effect with -nms 0"),
        ("v.avi -dontdraw_bbox -labels off", 2, "-dontdraw_bbox excludes -line_width, -labels"),
        (".", 1, ".: is a directory; give a video file"),
        ("junk.mp4", 1, "junk.mp4: not a video that can be read"),
        ("http://127.0.0.1:1/x", 1, "http://127.0.0.1:1/x: cannot be opened"),
        ("rtsp://me:secret@127.0.0.1:1/x", 1, "error: rtsp://127.0.0.1:1/x: cannot be opened"),
        ("-c 99", 1, "camera 99: cannot be opened"),
        ("v.avi w.avi", 2, "w.avi: detector demo takes [DATA] CFG WEIGHTS|NAME [VIDEO] and no more"),
        ("v.avi -out_filename v.avi", 1, "-out_filename v.avi would overwrite v.avi"),
        ("v.avi -json_file_output v.avi", 1, "-json_file_output v.avi would overwrite v.avi"),
        ("v.avi -out_filename o.wmv", 1, "o.wmv: no such kind of video; use .mp4"),
        ("v.avi -out_filename no/o.mp4", 1, "no/o.mp4: cannot be written; there is no folder no"),
        ("v.avi -json_file_output no/o.json", 1, "no/o.json: cannot be written"),
        ("v.avi -prefix no/p", 1, "no/p_00000001.jpg: cannot be written"),
        ("v.avi -mjpeg_port 0", 2, "-mjpeg_port 0: not a port from 1 to 65535"),
        ("v.avi -json_port 9 -bind 192.0.2.1", 1, "port 9 of 192.0.2.1 cannot be used"),
        ("v.avi -http_post_host a:b", 2, "-http_post_host a:b:"),
        ("v.avi -time_limit_sec -1", 2, "not a number of seconds from 0"),
        ("v.avi -outfile o.mp4", 2, "unknown flag -outfile; did you mean -out_filename?"),
    ],
)
def test_complaints_are_one_line(demo, place, words, code, says):
    (place / "junk.mp4").write_text("junk")
    result, _, err = demo("-dont_show", *words.split())
    assert (result, err.count("\n")) == (code, 1)
    assert says in err
    assert "secret" not in err


def test_usage_and_help(capsys):
    assert main(["detector", "demo"]) == 2
    assert "usage: darknet_py detector demo [DATA] CFG WEIGHTS|NAME [VIDEO]" in capsys.readouterr().err
    assert main(["detector", "demo", "-h"]) == 0
    assert "-mjpeg_port PORT" in capsys.readouterr().out


def test_what_fails_on_the_way_leaves_whole_files(demo, place, monkeypatch):
    def fail(*_args):
        raise OutputError("p_00000001.jpg: cannot be written (No space left on device)")

    monkeypatch.setattr("darknet_py.video.outputs.Pictures.add", fail)
    words = ["-json_file_output", "o.json", "-out_filename", "o.avi", "-prefix", "p"]
    code, _, err = demo("v.avi", *words, "-dont_show")
    assert (code, err) == (1, "darknet_py: error: p_00000001.jpg: cannot be written (No space left on device)\n")
    assert boxes("o.json") == MOVING[:1]


@pytest.fixture
def process(files, place, long_video):
    """Start the command on a long video; killed at the end of the test."""
    started = []

    def start(*words):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": place}
        command = processes.command("detector", "demo", *files, long_video, *words)
        started.append(subprocess.Popen(command, env=processes.environment(), **pipes))
        return started[-1]

    yield start
    for p in started:
        p.kill()
        p.communicate(timeout=30)


def lines_until(p, frames):
    """Read stdout up to that many frames."""
    while frames:
        line = p.stdout.readline()
        assert line, p.stderr.read()
        frames -= line.startswith("FPS:")


@pytest.mark.skipif(sys.platform == "win32", reason="no signals to another process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_whole_files(process, place, number):
    pytest.importorskip("av")  # else a line on stderr tells of the other codec
    p = process("-dont_show", "-json_file_output", "o.json", "-out_filename", "o.mp4")
    lines_until(p, 5)
    p.send_signal(number)
    out, err = p.communicate(timeout=60)
    name = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}[number]
    assert re.fullmatch(rf"darknet_py: stopped by {name} after \d+ frames; o.mp4, o.json hold them\n", err)
    assert p.returncode == 128 + number
    assert out.endswith("input video stream closed. \noutput_video_writer closed. \n")
    frames = boxes(place / "o.json")
    assert 5 <= len(frames) < 5000
    assert frames[:FRAMES] == MOVING[: len(frames)]
    assert len(read_video(place / "o.mp4")[0]) == len(frames)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGPIPE")
def test_a_reader_that_is_gone(process, place):
    p = process("-dont_show", "-json_file_output", "o.json", "-out_filename", "o.avi")
    lines_until(p, 2)
    p.stdout.close()
    assert p.wait(60) == 141
    assert p.stderr.read() == ""
    assert len(read_video(place / "o.avi")[0]) == len(boxes(place / "o.json"))


def free_port():
    with socket.create_server((LOCALHOST, 0)) as unused:
        return unused.getsockname()[1]


def test_ports_of_a_process(process):
    """Two clients watch, a third only connects and takes nothing; the program goes on, and ends the streams properly."""
    mjpeg_port, json_port = free_port(), free_port()
    p = process("-mjpeg_port", str(mjpeg_port), "-json_port", str(json_port))
    lines_until(p, 1)
    drain = threading.Thread(target=p.stdout.read, daemon=True)
    drain.start()
    silent = socket.create_connection((LOCALHOST, mjpeg_port))
    silent.sendall(b"GET / HTTP/1.0\r\n\r\n")
    objects = urllib.request.urlopen(f"http://{LOCALHOST}:{json_port}/", timeout=60)
    player = cv2.VideoCapture(f"http://{LOCALHOST}:{mjpeg_port}/", cv2.CAP_FFMPEG)
    good, frame = player.read()
    assert good
    assert frame.shape == (HEIGHT, WIDTH, 3)
    p.send_signal(signal.SIGINT)
    frames = json.loads(objects.read())
    assert p.wait(60) == 130
    assert [f["frame_id"] for f in frames] == list(range(frames[0]["frame_id"], frames[-1]["frame_id"] + 1))
    assert {o["name"] for o in frames[0]["objects"]} == {"red", "green"}
    player.release()
    silent.close()
