"""The command: its lines, files, exit codes and complaints.

Most tests call ``main`` with a stand-in for the network; the last ones start processes with real weights, from the
repository or the reference kit.  The expected loading lines are those of the reference command for the same cfgs.
"""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import processes
import pytest
import stand_in
from reference import kit, kit_file
from stand_in import StandIn

from darknet_py.cli import main
from darknet_py.cli.drawings import Drawings
from darknet_py.cli.guard import Guard
from darknet_py.cli.loading import head_lines, loading_lines
from darknet_py.cli.picture_words import PictureWords

place = stand_in.place
LINES = """\
mini_batch = 1, batch = 1, time_steps = 1, train = 0 
nms_kind: greedynms (1), beta = 0.600000 

 seen 64, trained: 16000 K-images (250 Kilo-batches_64) 
"""  # noqa: W291


def untimed(text):
    return re.sub(r"Predicted in \d+\.\d{6} milli-seconds", "Predicted in T milli-seconds", text)


def test_detect_prints_what_the_reference_prints(place, capsys):
    assert main(["detect", "x.cfg", "x.weights", "a.png"]) == 0
    out, err = capsys.readouterr()
    assert untimed(out) == LINES + (
        " Detection layer: 1 - type = 28 \na.png: Predicted in T milli-seconds.\ndog: 60%\ncat: 90%\ndog: 30%\n"
    )
    assert err == ""
    assert (place / "predictions.jpg").is_file()
    assert StandIn.seen_options == {
        "cfg": "x.cfg", "weights": "x.weights", "numerics": "exact", "size": None, "threads": None, "names": None,
        "avx_maxpool": False, "names_encoding": None, "thresh": 0.24, "nms": 0.45, "letter_box": False,
        "engine": "native",
    }  # fmt: skip


def test_flags_stand_anywhere_with_one_dash_or_two(place, capsys):
    words = "-thresh .5 detector --ext_output test x.data -letter_box x.cfg --threads=2 x.weights --quiet a.png"
    assert main([*words.split(), "-numerics", "fast", "-avx_maxpool", "-dont_show"]) == 0
    assert untimed(capsys.readouterr().out) == (
        "a.png: Predicted in T milli-seconds.\n"
        "dog: 60%\t(left_x:   10   top_y:   10   width:   20   height:   20)\n"
        "cat: 90%\t(left_x:   20   top_y:   10   width:   40   height:   20)\n"
    )
    options = StandIn.seen_options
    assert (options["thresh"], options["letter_box"], options["threads"]) == (0.5, True, 2)
    assert (options["numerics"], options["avx_maxpool"], str(options["names"])) == ("fast", True, "x.names")


def test_pictures_from_stdin_after_a_prompt(place, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a.png\r\n\nsub/a.png"))
    assert main(["detector", "test", "x.data", "x.cfg", "x.weights"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(LINES + "Enter Image Path:  Detection layer: 1 - type = 28 \na.png: Predicted")
    assert out.count("Enter Image Path: ") == 4
    assert out.endswith("dog: 30%\nEnter Image Path: ")


def test_each_picture_has_its_own_drawing(place):
    assert main(["detect", "x.cfg", "x.weights", "a.png", "sub/a.png", "a.png"]) == 0
    assert sorted(p.name for p in place.glob("*.jpg")) == [
        "predictions_a.jpg", "predictions_a_2.jpg", "predictions_a_3.jpg",
    ]  # fmt: skip


def test_prediction_names_never_repeat():
    names = Drawings(Path(), PictureWords(["a_2.png", "a.png", "b/A.png"]), Guard())
    assert [str(names.next(p)) for p in ("a_2.png", "a.png", "b/A.png")] == [
        "predictions_a_2.jpg", "predictions_a.jpg", "predictions_A_3.jpg",
    ]  # fmt: skip


def test_one_bad_picture_does_not_stop_the_others(place, capsys):
    (place / "bad.png").write_bytes(b"no picture")
    words = ["detector", "test", "x.data", "x.cfg", "x.weights", "a.png", "bad.png", "no.png", "sub/a.png"]
    assert main([*words, "-out", "o.json", "-save_labels"]) == 1
    out, err = capsys.readouterr()
    assert out.count("Predicted") == 2
    assert [line.split(": ")[2] for line in err.splitlines()] == ["bad.png", "no.png"]
    assert all(line.startswith("darknet_py: error: ") for line in err.splitlines())
    frames = json.loads((place / "o.json").read_text())
    assert [(f["frame_id"], f["filename"], len(f["objects"]), "error" in f) for f in frames] == [
        (1, "a.png", 3, False), (2, "bad.png", 0, True), (3, "no.png", 0, True), (4, "sub/a.png", 3, False),
    ]  # fmt: skip
    assert frames[2]["error"] == err.splitlines()[1].removeprefix("darknet_py: error: ")
    labels = "0 0.5000 0.5000 0.5000 0.5000\n1 0.2500 0.5000 0.2500 0.5000\n"
    assert (place / "sub" / "a.txt").read_text() == (place / "a.txt").read_text() == labels


def test_a_folder_that_cannot_be_written_still_gives_json(place, capsys, monkeypatch):
    (place / "predictions.jpg").mkdir()
    assert main(["detector", "test", "x.data", "x.cfg", "x.weights", "a.png", "-out", "o.json"]) == 1
    assert "predictions.jpg: cannot be written" in capsys.readouterr().err
    assert len(json.loads((place / "o.json").read_text())) == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("", 2, "no command given"),
        ("detct a b", 2, "did you mean detect?"),
        ("detector", 2, "needs a command: test"),
        ("detector tets a b c", 2, "did you mean test?"),
        ("detect a.cfg", 1, "a.cfg: cannot be read (No such file"),
        ("detector test x.data x.cfg", 1, "x.cfg: cannot be read (No such file"),
        ("detect a.cfg b -tresh .3", 2, "unknown flag -tresh; did you mean -thresh? (help: darknet_py detect -h)"),
        ("detect a.cfg b -thresh", 2, "-thresh needs a value"),
        ("detect a.cfg b -thresh nan", 2, "-thresh nan: not a number"),
        ("detect a.cfg b -threads 0", 2, "-threads 0: not a whole number from 1"),
        ("detect a.cfg b -numerics exct", 2, "not one of exact, fast"),
        ("detect a.cfg b -quiet=1", 2, "-quiet takes no value"),
        ("detect x.cfg bad.weights a.png", 1, "error: bad.weights: truncated in two lines"),
        ("detect x.cfg odd.weights a.png", 0, "darknet_py: warning: odd.weights: suspicious"),
        ("detector test no.data x.cfg x.weights", 1, "no.data"),
        ("detector test x.data x.cfg x.weights a.png -out no/o.json", 1, "no/o.json: cannot be written"),
    ],
)
def test_complaints_are_one_line(place, capsys, words, code, says):
    assert main(words.split()) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert says in err


def test_names_that_are_nowhere(place, capsys):
    (place / "x.names").unlink()
    assert main(["detector", "test", "x.data", "x.cfg", "x.weights", "a.png"]) == 1
    assert "names=x.names" in capsys.readouterr().err


def test_names_beside_the_data_file_or_above(place, monkeypatch):
    (place / "cfg").mkdir()
    (place / "cfg" / "y.data").write_text("names=x.names\n")
    monkeypatch.chdir(place / "sub")
    assert main(["detector", "test", "../cfg/y.data", "x.cfg", "x.weights", "a.png"]) == 0
    assert StandIn.seen_options["names"] == place / "x.names"


@pytest.mark.parametrize("names", [[], ["cat"], ["cat", "dog", "bird"]])
def test_a_wrong_number_of_names_is_a_warning(place, capsys, monkeypatch, names):
    monkeypatch.setattr(StandIn, "names", names)
    assert main(["detect", "x.cfg", "x.weights", "a.png"]) == 0
    out, err = capsys.readouterr()
    assert f"{names[0] if names else 0}: 90%" in out
    assert f"warning: {len(names)} class names for classes=2 (x.cfg:9: [yolo])" in err


@pytest.mark.parametrize("words", ["-h", "--help", "detect -h", "detector -h", "detector test --help", "--version"])
def test_help(capsys, words):
    assert main(words.split()) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("darknet_py ") if "version" in words else "example: darknet_py" in out


def test_interruption(place, monkeypatch, capsys):
    def interrupt(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(StandIn, "rows", interrupt)
    assert main(["detector", "test", "x.data", "x.cfg", "x.weights", "a.png", "-out", "o.json"]) == 130
    assert capsys.readouterr().err == "darknet_py: stopped by Ctrl-C after 0 of 1 picture\n"
    assert json.loads((place / "o.json").read_text()) == []


def test_the_table_of_layers_goes_to_stderr(place, capsys):
    assert main(["detect", "x.cfg", "x.weights", "a.png", "-show_layers"]) == 0
    assert capsys.readouterr().err == "the table of layers\n"


def layers(*kinds):
    more = {"beta_nms": 0.6, "embedding_layer": None, "embedding_size": 0}
    return [SimpleNamespace(kind=kind, nms_kind=nms, **more) for kind, nms in kinds]


def test_loading_lines_of_other_networks():
    yolov2 = layers(("reorg", ""), ("region", "default"))
    assert loading_lines(yolov2, (416, 416), 8, 32013312, 32) == [
        "mini_batch = 1, batch = 8, time_steps = 1, train = 0 ",
        "\n reorg_old ",
        "\n seen 32, trained: 32013 K-images (500 Kilo-batches_64) ",
    ]
    odd = layers(("yolo", "default"), ("yolo", "diounms"))
    size = "width=100 and height=64 in cfg-file must be divisible by 32"
    assert loading_lines(odd, (100, 64), 1, 0)[1:3] == [
        "nms_kind: diounms (2), beta = 0.600000 ",
        f"\n Warning: {size} for default networks Yolo v1/v2/v3!!! \n",
    ]
    kinds = layers(("region", ""), ("Gaussian_yolo", ""))
    assert head_lines(list(enumerate(kinds))) == [
        " Detection layer: 0 - type = 27 ", " Detection layer: 1 - type = 29 ",
    ]  # fmt: skip


def process(*words, **options):
    environment = processes.environment(PYTHONIOENCODING="utf-8")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(processes.command(*words), env=environment, **pipes | options)


def test_reader_gone():
    p = process("--help", stdout=subprocess.PIPE)
    p.stdout.close()
    code = p.wait(60)
    assert code in (0, 141)
    assert p.stderr.read() == ""


def network(name):
    return kit_file(f"cfg/{name}.cfg"), kit_file(f"weights/{name}.weights")


def test_process_missing_weights(tmp_path):
    cfg, _ = network("yolo-fastest-1.1")
    p = process("detect", cfg, tmp_path / "no.weights", "a.png")
    out, err = p.communicate(timeout=120)
    assert (p.returncode, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("darknet_py: error: ")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process")
def test_process_interrupted_at_the_prompt(tmp_path):
    p = process("detect", *network("yolo-fastest-1.1"), cwd=tmp_path)
    while "Enter" not in p.stdout.readline() + p.stdout.read(5):
        assert p.poll() is None
    p.send_signal(signal.SIGINT)
    assert p.wait(60) == 130
    assert "Traceback" not in p.stderr.read()


def without_timing_and_cpu(text):
    text = re.sub(r" GPU isn't used \n Used AVX \n Used FMA & AVX2 \n", "", text)
    return re.sub(r"Predicted in .* milli", "Predicted in T milli", text)


@pytest.fixture(scope="module")
def golden_list(tmp_path_factory):
    """What the command says about the kit's list of pictures on stdin, and the folder it ran in."""
    tmp_path = tmp_path_factory.mktemp("list")
    folder = kit() / "golden" / "cli"
    (tmp_path / "set.data").write_text((folder / "set.data").read_text())
    (tmp_path / "coco.names").write_text((kit() / "names" / "coco.names").read_text())
    (tmp_path / "images").mkdir()
    for picture in (kit() / "images").glob("*.png"):
        (tmp_path / "images" / picture.name).write_bytes(picture.read_bytes())
    flags = ["-dont_show", "-ext_output", "-save_labels", "-out", "o.json"]
    p = process("detector", "test", "set.data", *network("yolo-fastest-1.1-xl"), *flags, cwd=tmp_path)
    out, _ = p.communicate((folder / "list.txt").read_text(), timeout=300)
    assert p.returncode == 0
    return out, tmp_path


def test_golden_list(golden_list):
    """Text and labels are the reference's."""
    out, tmp_path = golden_list
    folder = kit() / "golden" / "cli"
    golden = (folder / "detector_test_list_yolo-fastest-1.1-xl.txt").read_text()
    assert without_timing_and_cpu(out) == without_timing_and_cpu(golden)
    for labels in (folder / "labels").iterdir():
        assert (tmp_path / "images" / labels.name).read_text() == labels.read_text()


def test_golden_json(golden_list):
    expected = json.loads((kit() / "golden/cli/detector_test_list_yolo-fastest-1.1-xl.json").read_text())
    assert json.loads((golden_list[1] / "o.json").read_text()) == expected


def test_golden_picture(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "dog.png").write_bytes((kit() / "images" / "dog.png").read_bytes())
    p = process("detect", *network("yolo-fastest-1.1"), "images/dog.png", "-thresh", "0.25", cwd=tmp_path)
    out, _ = p.communicate(timeout=300)
    golden = (kit() / "golden" / "cli" / "detector_test_dog_yolo-fastest-1.1.txt").read_text()
    assert without_timing_and_cpu(out) == without_timing_and_cpu(golden)
    assert (tmp_path / "predictions.jpg").is_file()
