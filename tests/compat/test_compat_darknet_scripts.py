"""``darknet_py run``: programs for darknet.py as processes of their own, without a display.

The programs make the calls of darknet_images.py and darknet_video.py in their order.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import processes
import pytest
from darknet_module import data_file, files, rgb

from darknet_py.cli import main
from darknet_py.compat import darknet, display
from darknet_py.compat.darknet import networks
from darknet_py.image import window

IMAGES = """
import argparse, os, random, sys
import cv2
import darknet
import helper

args = argparse.ArgumentParser()
for name in ("input", "config_file", "data_file", "weights"):
    args.add_argument("--" + name)
args.add_argument("--thresh", type=float, default=.25)
args.add_argument("--ext_output", action="store_true")
args = args.parse_args()
random.seed(3)
network, class_names, class_colors = darknet.load_network(args.config_file, args.data_file, args.weights, batch_size=1)
width, height = darknet.network_width(network), darknet.network_height(network)
for name in sorted(os.listdir(args.input)):
    darknet_image = darknet.make_image(width, height, 3)
    picture = cv2.cvtColor(cv2.imread(os.path.join(args.input, name)), cv2.COLOR_BGR2RGB)
    resized = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    darknet.copy_image_from_bytes(darknet_image, resized.tobytes())
    detections = darknet.detect_image(network, class_names, darknet_image, thresh=args.thresh)
    darknet.free_image(darknet_image)
    image = darknet.draw_boxes(detections, resized, class_colors)
    darknet.print_detections(detections, args.ext_output)
    with open(os.path.splitext(name)[0] + ".txt", "w") as f:
        for label, confidence, (x, y, w, h) in detections:
            f.write("{} {:.4f} {:.4f} {:.4f}\\n".format(class_names.index(label), x / width, w / width, float(confidence)))
    cv2.imshow("Inference", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    if cv2.waitKey() & 0xFF == ord("q"):
        break
cv2.destroyAllWindows()
sys.exit(helper.CODE)
"""
VIDEO = """
import argparse, queue, threading
import cv2
import darknet

parser = argparse.ArgumentParser()
for name in ("input", "out_filename", "config_file", "data_file", "weights"):
    parser.add_argument("--" + name)

def capture(end, path, frames, images):
    cap = cv2.VideoCapture(path)
    while True:
        there, frame = cap.read()
        if not there:
            break
        resized = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), (width, height), interpolation=cv2.INTER_LINEAR)
        frames.put(frame)
        image = darknet.make_image(width, height, 3)
        darknet.copy_image_from_bytes(image, resized.tobytes())
        images.put(image)
    for q in (frames, images):
        q.put(None)
    cap.release()

def inference(images, found):
    while (image := images.get()) is not None:
        found.put(darknet.detect_image(network, class_names, image, thresh=.25))
        darknet.free_image(image)

def drawing(frames, found):
    video = cv2.VideoWriter(args.out_filename, cv2.VideoWriter_fourcc(*"MJPG"), 10, size)
    while (frame := frames.get()) is not None:
        detections = found.get()
        darknet.print_detections(detections, True)
        image = darknet.draw_boxes(detections, frame, class_colors)
        cv2.imshow("Inference", image)
        video.write(image)
        if cv2.waitKey(1) == 27:
            break
    video.release()
    cv2.destroyAllWindows()

if __name__ == "__main__":
    args = parser.parse_args()
    network, class_names, class_colors = darknet.load_network(args.config_file, args.data_file, args.weights, batch_size=1)
    width, height = darknet.network_width(network), darknet.network_height(network)
    cap = cv2.VideoCapture(args.input)
    size = int(cap.get(cv2.CAP_PROP_FRAME_WIDTH)), int(cap.get(cv2.CAP_PROP_FRAME_HEIGHT))
    cap.release()
    frames, images, found = queue.Queue(), queue.Queue(maxsize=1), queue.Queue(maxsize=1)
    threads = [threading.Thread(target=capture, args=(None, args.input, frames, images)),
               threading.Thread(target=inference, args=(images, found)),
               threading.Thread(target=drawing, args=(frames, found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("Done.")
"""
NO_WINDOWS = ["darknet_py: windows are not shown (there is no display, or -dont_show)"]


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    """A folder with pictures, a decoy for the compiled library's module, and the arguments that name a network."""
    path, file = files("residual", tmp_path)
    (tmp_path / "pictures").mkdir()
    for i in range(2):
        picture = np.roll(rgb("residual"), 20 * i, axis=1)
        cv2.imwrite(str(tmp_path / "pictures" / f"{i}.png"), picture[..., ::-1])
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "images.py").write_text(IMAGES)
    (scripts / "video.py").write_text(VIDEO)
    (scripts / "helper.py").write_text("CODE = 5\n")
    (scripts / "darknet.py").write_text("raise OSError('libdarknet.so: cannot open shared object file')\n")
    return ["--config_file", str(path), "--weights", str(file), "--data_file", str(data_file(tmp_path, 5))]


def process(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in processes.environment().items() if k not in window.SCREENS}
    return processes.run(processes.command(*words), cwd, env=environment)


def expected(place: list[str], frames: list[np.ndarray], capsys: pytest.CaptureFixture[str]) -> str:
    """What a program prints of BGR frames, by the same calls in this process."""
    net, names, _ = darknet.load_network(place[1], place[5], place[3])
    for frame in frames:
        resized = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), (net.network.width, net.network.height))
        darknet.print_detections(darknet.detect_image(net, names, resized, thresh=0.25), True)
    return capsys.readouterr().out


def complaints(p: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in p.stderr.splitlines() if "compiling kernels" not in line]


@pytest.mark.skipif(sys.platform != "linux", reason="would open windows")
def test_pictures(place, tmp_path, capsys):
    p = process("run", "scripts/images.py", "--input", "pictures", *place, "--ext_output", cwd=tmp_path)
    frames = [cv2.imread(str(tmp_path / "pictures" / f"{i}.png")) for i in range(2)]
    assert (p.returncode, complaints(p)) == (5, NO_WINDOWS)
    assert p.stdout == expected(place, frames, capsys)
    assert p.stdout.count("left_x") == sum(len((tmp_path / f"{i}.txt").read_text().splitlines()) for i in range(2)) > 20


def test_video(place, tmp_path, capsys):
    picture, (w, h) = cv2.resize(rgb("residual"), (160, 64)), (160, 64)
    video = cv2.VideoWriter(str(tmp_path / "in.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (w, h))
    for i in range(6):
        video.write(np.ascontiguousarray(np.roll(picture, 5 * i, axis=1)[..., ::-1]))
    video.release()
    words = ["run", "-dont_show", "scripts/video.py", "--input", "in.avi", "--out_filename", "out.avi", *place]
    p = process(*words, cwd=tmp_path)
    assert (p.returncode, complaints(p)) == (0, NO_WINDOWS)
    assert p.stdout == expected(place, read(tmp_path / "in.avi"), capsys) + "Done.\n"
    frames = read(tmp_path / "out.avi")
    assert [frame.shape for frame in frames] == [(h, w, 3)] * 6


def read(path: Path) -> list[np.ndarray]:
    cap, frames = cv2.VideoCapture(str(path)), []
    while (frame := cap.read()[1]) is not None:
        frames.append(frame)
    return frames


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Run a program's text by ``main`` in this process, which is put back afterwards."""
    monkeypatch.setattr("darknet_py.compat.display.without_windows", lambda tell: None)
    monkeypatch.setattr("darknet_py.compat.darknet.networks._options", networks.LoadOptions())
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setitem(sys.modules, "darknet", darknet)
    monkeypatch.chdir(tmp_path)

    def run(text: str, *words: str, flags: tuple[str, ...] = ()) -> int:
        (tmp_path / "s.py").write_text(text)
        return main(["run", *flags, "s.py", *words])

    return run


def test_the_program_has_its_own_arguments(script, capsys):
    assert script("import sys, __main__\nprint(sys.argv, __name__, __main__.__file__)", "-h", "detect", "--x=1", "run") == 0
    assert capsys.readouterr().out == "['s.py', '-h', 'detect', '--x=1', 'run'] __main__ s.py\n"


def test_flags_before_the_program_choose_how_networks_run(script, tmp_path, capsys):
    path, file = files("residual", tmp_path)
    text = f"import darknet\nn = darknet.load_net(b{str(path)!r}, b{str(file)!r}, 0).network\nprint(n.options)"
    assert script(text, flags=("-numerics", "fast", "--threads=1")) == 0
    out = capsys.readouterr().out
    assert "numerics=<Numerics.FAST" in out
    assert "threads=1" in out


def test_they_hold_in_the_program_s_threads_too(script, tmp_path, capsys):
    path, file = files("residual", tmp_path)
    load = f"print(darknet.load_net({str(path)!r}, {str(file)!r}).network.width)"
    text = f"import darknet, threading\nt = threading.Thread(target=lambda: {load})\nt.start()\nt.join()"
    assert script(text, flags=("-size", "64x32")) == 0
    assert capsys.readouterr().out == "64\n"
    assert networks._options == networks.LoadOptions(size=(64, 32))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["run"], 2, "usage: darknet_py run [flags] SCRIPT [ARGUMENT ...]"),
        (["run", "no.py"], 1, "error: no.py: no such script"),
        (["run", "-numeric", "fast", "no.py"], 2, "did you mean -numerics?"),
    ],
)
def test_complaints_are_one_line(words, code, says, capsys):
    assert main(words) == code
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1


def test_help_names_the_place_of_flags(capsys):
    assert main(["run", "-h"]) == 0
    assert "Flags stand before SCRIPT" in capsys.readouterr().out


def test_what_darknet_py_refuses_is_one_line(script, capsys):
    assert script("import darknet\ndarknet.load_network('no.cfg', 'no.names', 'no.weights')") == 1
    assert capsys.readouterr().err == "darknet_py: error: no.names: cannot be read (No such file or directory)\n"


def test_a_programs_own_errors_keep_their_traceback(script, capsys):
    assert script("def f():\n    open('nowhere')\nf()") == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[1].strip() == 'File "s.py", line 3, in <module>'
    assert lines[-1].startswith("FileNotFoundError")
    with pytest.raises(KeyError) as error:
        script("{}['x']")
    sys.excepthook(KeyError, error.value, error.value.__traceback__)
    assert capsys.readouterr().err.splitlines()[1].strip() == 'File "s.py", line 1, in <module>'
    with pytest.raises(SystemExit) as e:
        script("import sys\nsys.exit(3)")
    assert e.value.code == 3


def test_a_program_may_close_its_output(script, monkeypatch, tmp_path):
    """hank-ai's darknet_video.py does."""
    with open(tmp_path / "out.txt", "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert script("import sys\nprint('x')\nsys.stdout.close()") == 0
    assert (tmp_path / "out.txt").read_text() == "x\n"


@pytest.mark.skipif(sys.platform != "linux", reason="a display is named by the environment on Linux only")
def test_a_display_is_named_by_the_environment(monkeypatch):
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "QT", raising=False)
    for name in window.SCREENS:
        monkeypatch.delenv(name, raising=False)
    assert not display.available()
    monkeypatch.setenv("DISPLAY", ":0")
    assert display.available()
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "", raising=False)
    assert not display.available(), "an OpenCV without windows"


def test_without_windows_no_key_is_pressed(monkeypatch):
    for name in (*display.ANSWERS, "imshow"):
        monkeypatch.setattr(cv2, name, None, raising=False)
    told: list[int] = []
    display.without_windows(lambda: told.append(1))
    assert (cv2.waitKey(5), cv2.waitKey(), cv2.pollKey()) == (-1, -1, -1)
    assert cv2.namedWindow("a", flags=1) is None
    assert told == []
    for _ in range(2):
        cv2.imshow("a", np.zeros((3, 3), np.uint8))
    assert told == [1]
