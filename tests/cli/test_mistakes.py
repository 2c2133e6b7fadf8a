"""Command lines that mean well: words of other programs, arguments in another one's place, thresholds that cannot be."""

from __future__ import annotations

import math
import warnings

import evaluation_set as golden
import pytest
import stand_in

from darknet_py import Network
from darknet_py.boxes.thresholds import check_threshold
from darknet_py.cli import main
from darknet_py.cli.others import nearest
from darknet_py.cli.roles import is_video
from darknet_py.errors import DarknetError, DarknetWarning

place, nets, sets = stand_in.place, golden.nets, golden.place


def complaint(capsys, words, code):
    assert main(words.split()) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("detect x.cfg x.weights a.png --confid .5", "unknown flag --confid; did you mean -confidence?"),
        ("detect x.cfg x.weights a.png --agnostic-mns", "did you mean -agnostic_nms?"),
        ("detect x.cfg x.weights a.png --hide-lables", "did you mean -hide_labels?"),
        ("detect x.cfg x.weights a.png --score .5", "unknown flag --score: it is -thresh here"),
        ("detect x.cfg x.weights a.png --conf", "-thresh needs a value: -thresh P"),
        ("detect x.cfg x.weights a.png --conf much", "-thresh much: not a number"),
        ("detect x.cfg x.weights a.png --imgsz 640 480", "-size 640,480: not a width and a height, as in 640x384"),
        ("detect x.cfg x.weights --source", "--source needs a value: --source FILE"),
        ("detect x.cfg x.weights a.png --hide-conf=yes", "--hide-conf takes no value"),
        ("detect x.cfg x.weights a.png conf=.5", "conf=.5 is no file; a flag begins with a dash: -conf=.5"),
        ("detect x.cfg x.weights source=a.png", "source=a.png is no file; a flag begins with a dash: -source=a.png"),
        ("detect x.cfg x.weights a.png --device 0", "-device 0: networks run on the processor here; on others by -engine"),
        ("detect x.cfg x.weights a.png --exist-ok", "nothing is ever written over by -project"),
        ("detect x.cfg x.weights a.png --vid-stride 2", "in Python there is net.stream(video, every=N)"),
        ("detector demo x.data x.cfg x.weights a.mp4 --vid_stride 2", "in Python there is net.stream(video, every=N)"),
        ("detect x.cfg x.weights a.png --show-labels", "it is -labels here"),
        ("detector valid x.data x.cfg x.weights --conf .5", "unknown flag --conf: it is -thresh here"),
        ("detector recall x.data x.cfg x.weights -resume", "it is a flag of detect, detector test"),
        ("detector map x.data x.cfg x.weights --iou .5", "it is -iou_thresh here"),
        ("export x.cfg x.weights -thresh .3", "-thresh has no effect with -outputs heads; use one of the -outputs nms..."),
        ("export x.cfg x.weights -outputs boxes -max_det 9", "-max_det has no effect with -outputs boxes"),
        ("detect x.cfg x.weights a.png -gpus 0,1", "networks run on the processor here"),
        ("detect x.cfg x.weights a.png --view-img", "no window is opened"),
        ("detector map x.data x.cfg x.weights -clear", "it is for training"),
        ("detector test x.data x.cfg x.weights a.png -map", "it is for training"),
        ("detect x.cfg x.weights a.png -mjpeg_port 8090", "it is a flag of detector demo"),
        ("detector test x.data x.cfg x.weights a.png -json_port 8070", "it is a flag of detector demo"),
        ("detect x.cfg x.weights a.png -zzz", "unknown flag -zzz (help"),
        ("detect x.cfg x.weights a.png -resum", "unknown flag -resum; did you mean -resume?"),
        ("detect x.cfg x.weights a.png -resume", "-resume needs -out FILE, the file to go on with"),
        ("detect x.cfg x.weights a.png -append -out -", "-append needs -out FILE"),
        ("detect x.cfg x.weights a.png -append -out o.json -format coco", "-append and -format coco exclude each other"),
        ("detect x.cfg x.weights a.png -classes cat -skip_classes dog", "-classes and -skip_classes exclude each other"),
        ("detect x.cfg x.weights a.png -agnostic_nms -nms 0", "-agnostic_nms has no effect with -nms 0"),
        ("detect x.cfg x.weights a.png -project runs -save_dir x", "-project and -save_dir exclude each other"),
        ("detect x.cfg x.weights a.png -project runs -resume -out o.csv", "-project, or -save_txt and"),
        ("detect x.cfg x.weights a.png -project runs -out /tmp/o.csv", "-out is a name in it, not /tmp/o.csv"),
        ("detect x.cfg x.weights a.png -project runs -out ../o.csv", "-out is a name in it, not ../o.csv"),
        ("detect x.cfg x.weights a.png -project runs -save_labels", "-save_labels writes beside pictures: use -save_txt"),
        ("detect x.cfg x.weights a.png -run_name one", "-run_name names a folder of -project FOLDER"),
        ("detect x.cfg x.weights a.png -project runs -run_name a/b", "-run_name a/b: not a name of a folder alone"),
        ("detect x.cfg x.weights a.png -dont_draw -style blur", "-dont_draw excludes -line_width, -labels, -style"),
        ("detect x.cfg x.weights a.png -style blurr", "-style blurr: not one of box, pixelate, blur, heatmap"),
        ("detect x.cfg x.weights a.png -line_width 0", "-line_width 0: not a number of pixels"),
        ("detect x.cfg x.weights a.png -max_det 0", "-max_det 0: not a whole number from 1"),
        ("detect x.cfg x.weights a.png -ext_ouput", "did you mean -ext_output?"),
        ("detect x.cfg x.weights a.png -ext", "did you mean -ext_output?"),
        ("train x.data x.cfg", "no command train: it is for training, which is not done here"),
        ("ops x.cfg", "no command ops: here it is darknet_py summary"),
        ("oneoff x.cfg x.weights y", "no command oneoff: it is for one network with 9372 filters"),
        ("reset x.cfg x.weights y", "no command reset: Darknet's own writes beyond the layers' arrays"),
        ("nightmare x.cfg", "no command nightmare: it is an experiment of Darknet's"),
        ("predict a.png", "no command predict: here it is darknet_py detect"),
        ("val x.data", "no command val: here it is darknet_py detector map"),
        ("map x.data x.cfg x.weights", "no command map: it is darknet_py detector map"),
        ("x.cfg x.weights a.png", "no command x.cfg: files come after a command, such as detect"),
        # arguments
        ("detector map x.weights x.cfg", "DATA is missing, which x.cfg has not: usage:"),
        ("detector calc_anchors x.cfg -width 9 -height 9", "DATA is missing, which x.cfg has not"),
        ("classifier predict x.cfg x.weights a.png", "DATA is missing, which x.cfg has not"),
        ("detector test x.data x.data x.cfg x.weights", "x.data is given twice; detector test takes one"),
        ("detect x.cfg x.weights a.png \u2014thresh .5", "begins with another dash than a flag does; write -thresh"),
        ("detect x.cfg x.weights a.png \u2013-thresh=.5", "write -thresh=.5"),
        ("detector map x.data x.cfg x.weights \u2212iou_thresh .5", "write -iou_thresh"),
    ],
)
def test_usage(place, capsys, words, says):
    assert says in complaint(capsys, words, 2)


@pytest.mark.parametrize(
    "words",
    [
        ["detect", ""], ["detect", "", "x.weights", "a.png"], ["detect", "x.cfg", "", "a.png"], ["read", ""], ["check", ""],
        ["detect", "x.cfg", "x.weights", ""], ["detector", "test", "", "x.cfg", "x.weights"], ["summary", ""], ["fetch", ""],
        ["detect", "x.cfg", "x.weights", "a.png", "-out", ""], ["detect", "x.cfg", "x.weights", "a.png", "-names="],
        ["new", "yolov4", "-classes", "2", "-o", ""], ["export", "x.cfg", "x.weights", "-o", ""],
        ["run", "-size", "", "x.py"],
    ],
)  # fmt: skip
def test_empty_arguments_are_none(place, capsys, words):
    """An empty path would be the current folder: all pictures in it."""
    assert main(words) == 2
    err = capsys.readouterr().err
    assert "an argument is empty; is a variable of the shell not set?" in err or " needs a value: -" in err


@pytest.mark.parametrize(("words", "same"), [("help detect", "detect -h"), ("help detector map", "detector map -h"),
                                             ("-V", "--version")])  # fmt: skip
def test_help_and_version_otherwise_spelt(capsys, words, same):
    said = [(main(one.split()), capsys.readouterr()) for one in (words, same)]
    assert said[0] == said[1]
    assert said[0][0] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("detect x.cfg yolov8n.pt a.png", "yolov8n.pt is a file of PyTorch; networks here are a Darknet .cfg and its"),
        ("detect yolov8n.pt a.png", "yolov8n.pt is a file of PyTorch"),
        ("detector test x.data x.cfg x.onnx a.png", "x.onnx is a file of ONNX"),
        ("export x.cfg x.engine", "x.engine is a file of TensorRT"),
        ("detect x.cfg x.tflite a.png", "x.tflite is a file of TensorFlow Lite"),
        ("detect v.mp4", "v.mp4 is a video; videos and streams: darknet_py detector demo DATA CFG WEIGHTS v.mp4"),
        ("detect x.cfg x.weights V.AVI", "V.AVI is a video"),
        ("detector test x.data x.cfg x.weights clip", "clip is a video"),
        ("detect x.cfg x.weights --source 0", "0 is no file, and a camera's number; videos and streams: darknet_py"),
        ("detect x.cfg x.weights rtsp://camera/1", "rtsp://camera/1 is a stream; videos and streams: darknet_py"),
    ],
)
def test_files_of_other_programs(place, capsys, words, says):
    (place / "clip").write_bytes(b"\0\0\0\x20ftypisom\0\0\2\0")
    assert says in complaint(capsys, words, 1)


def test_names_that_deceive_are_taken_as_what_they_are(place, capsys):
    """A cfg in a file .data, weights in a file .pt, a picture among videos."""
    (place / "x.pt").write_bytes(b"\0\0\0\0\2\0\0\0\5\0\0\0" + bytes(20))
    (place / "cfg.weights").write_text("[net]\nwidth=1\n[convolutional]\n")
    assert main(["detect", "cfg.weights", "x.pt", "a.png"]) == 0
    assert main(["detect", "x.cfg", "x.pt", "a.png", "v.mp4"]) == 1
    assert "v.mp4" in capsys.readouterr().err


def test_videos_by_their_first_bytes(tmp_path):
    starts = {"mp4": b"\0\0\0\x20ftypmp42", "mkv": b"\x1aE\xdf\xa3", "avi": b"RIFF1234AVI ", "webp": b"RIFF1234WEBP",
              "heic": b"\0\0\0\x18ftypheic", "png": b"\x89PNG", "empty": b""}  # fmt: skip
    for name, start in starts.items():
        (tmp_path / name).write_bytes(start)
    assert [name for name in starts if is_video(str(tmp_path / name))] == ["mp4", "mkv", "avi"]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("tresh", ["thresh", "names"], "thresh"), ("thersh", ["thresh"], "thresh"), ("quite", ["quiet"], "quiet"),
        ("dont-shwo", ["dont_show"], "dont_show"), ("ext_out", ["ext_output"], "ext_output"),
        ("resume", ["thresh", "hier", "names"], ""), ("conf", ["coco", "out"], ""), ("x", ["c", "i", "o"], ""),
        ("show", ["size", "out", "nms"], ""),
    ],
)  # fmt: skip
def test_nearness(word, known, meant):
    assert nearest(word, known) == (f"; did you mean {meant}?" if meant else "")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ("-thresh 25", "-thresh=25 is not from 0 to 1, so that no box passes; 25 % is 0.25"),
        ("-thresh -.1", "-thresh=-0.1 is not from 0 to 1, so that every box passes, as with 0"),
        ("-nms 45", "-nms=45 is not from 0 to 1, so that no box is removed; 45 % is 0.45"),
        ("-hier 2", "-hier=2 is not from 0 to 1"),
    ],
)
def test_thresholds_of_commands(place, capsys, flags, says):
    assert main(["detector", "test", "x.data", "x.cfg", "x.weights", "a.png", "a.png", *flags.split()]) == 0
    err = capsys.readouterr().err
    assert (err.count("\n"), f"darknet_py: warning: {says}" in err) == (1, True)


@pytest.mark.parametrize("value", [math.nan, float("-nan"), None, "much"])
def test_what_is_no_number_is_an_error(value):
    for name in ("thresh", "nms", "hier_thresh"):
        with pytest.raises(DarknetError, match=f"{name}=.* is not possible"):
            check_threshold("hier", name, value)


def test_thresholds_of_the_api(sets):
    net = Network.load("spp.cfg", "spp.weights")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DarknetWarning)
        for value in (0, 1, 0.5, 1e-9):
            net.detect("pictures/1.png", thresh=value, nms=value, hier_thresh=value)
    for option in ("thresh", "nms", "hier_thresh"):
        for value in (-0.5, 1.5, math.inf):
            with pytest.warns(DarknetWarning, match=f"{option}={value:g} is not from 0 to 1"):
                net.detect("pictures/1.png", **{option: value})
        with pytest.raises(DarknetError, match=f"{option}=nan"):
            net.detect("pictures/1.png", **{option: math.nan})
    for option in ("thresh", "nms"):
        with pytest.raises(DarknetError, match=f"{option}=nan"):
            net.rows([], net.fit((8, 8)), **{option: math.nan})


def test_too_many_names(place, capsys, monkeypatch):
    monkeypatch.setattr(stand_in.StandIn, "names", ["cat", "dog", "bird"])
    assert main(["detect", "x.cfg", "x.weights", "a.png"]) == 0
    said = "those after the first 2 are not used; is it another network's list?"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("pictures", ["pictures/1.png", ""])
def test_a_detector_as_classifier_and_the_other_way(sets, capsys, pictures):
    for name in ("spp", "average_classifier"):
        Network.load(f"{name}.cfg", f"{name}.weights")  # so that nothing is said of kernels
    capsys.readouterr()
    golden.write_data(sets, 4)
    words = f"classifier predict my.data spp.cfg spp.weights {pictures} -quiet"
    assert "spp.cfg: a detector, for darknet_py detector test" in complaint(capsys, words, 1)
    golden.write_data(sets, 7)
    words = f"detector test my.data average_classifier.cfg average_classifier.weights {pictures} -quiet"
    assert "a classifier is for darknet_py classifier predict" in complaint(capsys, words, 1)
