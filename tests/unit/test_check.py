"""The doctor on cfgs: every kind of mistake is found, at its line and with its remedy; and the command ``check``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import processes
import pytest
from reference import REPO
from sound_detector import SOUND, check, kinds, only, save

from darknet_py import doctor
from darknet_py.cli import main

ANCHORS = "anchors=4,5, 8,9, 12,10, 20,22, 40,30, 50,60"
FRACTIONS = "anchors=.1,.2,.3,.4,.5,.6,.7,.8,.9,.9,.9,1"
CELLS = "anchors=.5,.6,1.2,1.5,2,3,4.5,5,8,9.5,12,13"

# What a user makes of the sound cfg: old and new text → the finding's kind, line, layer, and something of its text.
MISTAKES = [
    ("filters=21", "filters=255", "error filters", 23, 2,
     r"filters=255 .* \[yolo\] of line 26.* \(2\+5\)\*3 = 21 write filters=21, as there are 2 names"),
    ("filters=21\nsize=1", "filters=22\nsize=1", "error filters", 23, 2, "write filters=21$"),
    ("filters=21\n", "", "error filters", 22, 2, "filters=1 before"),
    ("activation=linear", "activation=logistic", "error head-activation", 25, 2, "itself write activation=linear$"),
    ("activation=linear\n", "", "error head-activation", 22, 2, "no activation=, that is logistic,"),
    ("activation=linear", "activation=leaky", "warning head-activation", 25, 2, "unless"),
    ("num=6", "num=6\nnew_coords=1", "error head-activation", 25, 2, "from 0 to 1; in PyTorch.* write activation=logistic$"),
    ("classes=2", "classes=80", "error classes-differ", 40, 6, "line 29"),
    ("num=6", "num=6\nnew_coords=1", "warning new-coords-differ", 38, 6, ""),
    ("num=6", "num=9", "note num-anchors", 28, 3, "6 anchors, but num=9 write num=6"),
    ("num=6", "num=5", "note c-anchors", 27, 3, "anchor 5, num=5: Darknet reads past"),
    ("num=6", "num=5", "warning num-differ", 41, 6, "line 30"),
    ("anchors=4,5,", "anchors=4,5,6,", "warning odd-anchors", 28, 3, "13 numbers"),
    ("anchors=4,5,", "anchors=4,6,", "warning anchors-differ", 39, 6, "line 28"),
    ("anchors=4,5,", "anchors=0,5,", "error anchor-size", 28, 3, "0"),
    ("50,60", "5060", "warning anchor-size", 28, 3, "5060 pixels, and the input has 64"),
    (ANCHORS, FRACTIONS, "warning anchor-unit", 28, 3, "above 1; .*pixels, of 64"),
    (ANCHORS, CELLS, "warning anchor-unit", 28, 3, "above 13;"),
    (f"{ANCHORS}\n", "", "error no-anchors", 26, 3, "missing"),
    (", 50,60", "", "warning doubtful-option", 27, 3, "uses anchor 5 of num=6"),
    ("mask=3,4,5", "mask=0,1,2", "note anchor-shared", 38, 6, "as that of layer 3"),
    ("mask=3,4,5", "mask=0,1,2", "note anchor-unused", 38, 6, "3, 4, 5"),
    ("mask=3,4,5", "mask=3,4,4", "warning anchor-twice", 27, 3, "4 twice"),
    ("mask=3,4,5", "mask=9,4,5", "error bad-layer", 27, 3, "names an anchor that does not exist"),
    ("num=6", "num=6\nnms_kind=diounms", "note nms-differ", 38, 6, "nms_kind=default"),
    ("num=6", "num=6\nnms_kind=diou", "warning doubtful-option", 31, 3, "none of"),
    ("width=64", "width=66", "warning size", 4, None, "stride, 4: boxes .*width=64, height=64"),
    ("height=64", "height=65", "warning size", 5, None, "65 is no multiple"),
    ("layers=0\n", "layers=0,1\n", "error bad-layer", 31, 4, "joins layer 0 of 32 x 32"),
    ("[route]", "[rout]", "error unknown-section", 31, 4, r"did you mean \[route\]"),
    ("[route]", "[lstm]", "error unsupported-section", 31, 4, "no recurrent layers"),
    ("batch_normalize", "batch_normalise", "warning misspelt-option", 9, 0, "did you mean batch_normalize= "),
    ("layers=0", "layer=0", "warning misspelt-option", 32, 4, "did you mean layers= "),
    ("layers=0", "layer=0", "error bad-layer", 31, 4, "needs layers="),
    ("num=6", "num=6\nletter_box=1", "warning misplaced-option", 31, 3, r"of \[net\]"),
    ("num=6", "num=6\nfoo=1", "note unknown-option", 31, 3, "nothing reads foo=1"),
    ("stride=2", "stride=2\nstride=1", "warning repeated-key", 13, 0, "stride=2 in line 12 comes first"),
    ("batch=64", "batch=64\nbatch=1", "note repeated-key", 3, None, "batch=64 in line 2"),
    ("size=3", "size=3#x", "note comment-after-value", 11, 0, ""),
    ("size=3", "size=3x3", "warning half-read-value", 11, 0, "size=3x3 is read as 3"),
    ("pad=1", "pad=yes", "warning half-read-value", 13, 0, "pad=yes is read as 0"),
    ("mask=3,4,5", "mask=3,4,,5", "warning half-read-value", 27, 3, "is read as 3,4,0,5"),
    ("pad=1", "pad 1", "warning ignored-line", 13, None, "key=value"),
    ("[route]", "[route", "error bad-line", 31, None, "closing bracket"),
    ("[net]", "", "error bad-line", 2, None, "before the first"),
    ("pad=1", "pad=1\ndontload=1", "warning dontload", 14, 0, "nothing for this layer"),
    ("pad=1", "pad=1\ndontloadscales=1", "warning dontload", 14, 0, "dontloadscales"),
    ("activation=leaky", "activation=relu6", "note c-activation", 14, 0, "zeros of activation=relu6"),
    ("[route]", "[maxpool]\nsize=5\n[route]", "note c-maxpool", 31, 4, "AVX"),
    ("width=64\n", "", "error bad-layer", 1, None, "needs width="),
    ("batch_normalize=1", "xnor=1", "error bad-layer", 9, 0, "not supported"),
]  # fmt: skip


def test_a_sound_network_has_nothing_to_mend(tmp_path: Path) -> None:
    report = check(tmp_path, weights=save(tmp_path / "x.weights"))
    assert kinds(report) == ["note header"]
    assert report.verdict == "0 errors, 0 warnings, 1 note: cfg and weights fit"
    assert report.facts["cfg"]["heads"] == [3, 6]
    assert report.facts["weights"]["fits"] == [{"network": "x.cfg", "classes": 2, "layers": None}]
    assert report.facts["names"] == 2


@pytest.mark.parametrize(
    ("old", "new", "kind", "line", "layer", "text"), MISTAKES, ids=[f"{m[2]} {m[1]!r}"[:60] for m in MISTAKES]
)
def test_a_mistake_is_found_where_it_is(
    old: str, new: str, kind: str, line: int, layer: int | None, text: str, tmp_path: Path
) -> None:
    assert old in SOUND
    report = check(tmp_path, SOUND.replace(old, new, 1))
    places = {(f.place.line, f.place.layer): f for f in report.findings if f"{f.severity} {f.code}" == kind}
    assert (line, layer) in places, report.findings
    finding = places[line, layer]
    assert finding.place.file == str(tmp_path / "x.cfg")
    assert re.search(text, f"{finding.message} {finding.remedy}"), finding
    assert report.errors == sum(kind.startswith("error") for kind in kinds(report))


def test_all_heads_are_found_wrong_not_only_the_first(tmp_path: Path) -> None:
    report = check(tmp_path, SOUND.replace("filters=21", "filters=255"))
    assert kinds(report) == ["error filters", "error filters"]  # and not what the graph says of the same
    assert [finding.place.line for finding in report.findings] == [23, 34]


def test_a_size_that_no_stride_divides_hides_no_other_mistake(tmp_path: Path) -> None:
    joined = SOUND.replace("[route]\nlayers=0\n", "[route]\nlayers=1\n[upsample]\n[route]\nlayers=0,-1\n")
    assert not check(tmp_path, joined).errors
    report = check(tmp_path, joined.replace("width=64", "width=62").replace("classes=2", "classes=3", 1))
    assert kinds(report)[:3] == ["error filters", "error classes-differ", "error size"]
    assert "layers do not fit together" in only(report, "size").message
    assert report.facts["cfg"]["width"] == 62


def test_filters_are_mended_by_what_weights_and_names_say(tmp_path: Path) -> None:
    text = SOUND.replace("classes=2", "classes=7")
    fitting = check(tmp_path, text, weights=save(tmp_path / "x.weights"), names="a\n" * 7)
    assert "write classes=2 in line 29, for which the .weights file was made" in fitting.findings[0].remedy
    assert "write classes=2 in line 29, as there are 2 names" in check(tmp_path, text).findings[0].remedy
    remedy = "write filters=36; or classes=2 in line 29, if the weights were trained for 2"
    assert check(tmp_path, text, names="a\nb\nc\n").findings[0].remedy == remedy


def test_a_head_on_a_coarser_grid_has_larger_anchors(tmp_path: Path) -> None:
    text = SOUND.replace("mask=3,4,5", "mask=x").replace("mask=0,1,2", "mask=3,4,5").replace("mask=x", "mask=0,1,2")
    assert "smaller than those of layer 6" in only(check(tmp_path, text), "anchor-order").message


def test_region_wants_cells(tmp_path: Path) -> None:
    text = SOUND.split("[route]")[0].replace("[yolo]\nmask=3,4,5", "[region]").replace("num=6", "num=3")
    report = check(tmp_path, text.replace("anchors=4,5, 8,9, 12,10, 20,22, 40,30, 50,60", "anchors=40,50,60,70,80,90"))
    assert "wants cells, of 16 by 16" in only(report, "anchor-unit").message
    assert not report.errors


def test_a_network_without_heads(tmp_path: Path) -> None:
    assert kinds(check(tmp_path, SOUND.split("[convolutional]\nfilters=21")[0])) == ["note no-heads"]


@pytest.mark.parametrize(
    ("names", "kind", "text"),
    [("cat\ndog\nrat\n", "error names-count", "3 names for classes=2 of .*x.cfg:40"),
     ("cat\n\ndog\n", "error empty-names", "line 2 empty"),
     ("cat\ncat\n", "warning equal-names", "cat"),
     ("", "error not-names", "is empty")],
)  # fmt: skip
def test_names(names: str, kind: str, text: str, tmp_path: Path) -> None:
    (finding,) = check(tmp_path, names=names).findings
    assert f"{finding.severity} {finding.code}" == kind
    assert re.search(text, finding.message)


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [("classes=3\nnames=x.names\n", "warning data-classes", "classes=3, but classes=2"),
     ("classes=2\nnames=y.names\n", "error data", "names=y.names is not there"),
     ("classes=2\n", "error data", "no names= in it"),
     ("classes=2\nnames=x.names\nmap=nosuch\n", "note data-file", "map=nosuch is not there"),
     ("classes=2\nnames=x.names\nvalid=.\nbackup=nosuch\n", "note data-file", "valid=. is a folder, not a file"),
     ("classes=2\nnames=x.names\ndifficult = no such.txt\n", "note data-file", "difficult=no such.txt is not there"),
     ("nc: 2\nnames: [a, b]\n", "error not-data", "a YAML file")],
)  # fmt: skip
def test_data(data: str, kind: str, text: str, tmp_path: Path) -> None:
    check(tmp_path)
    (tmp_path / "x.data").write_text(data)
    (finding,) = doctor.check(str(tmp_path / "x.cfg"), data=str(tmp_path / "x.data")).findings
    assert f"{finding.severity} {finding.code}" == kind
    assert text in finding.message


def test_texts_that_become_binary_are_errors(tmp_path: Path) -> None:
    report = check(tmp_path, SOUND + "\n" * 70000 + "\0", names="cat\ndog\n" + "x" * 70000 + "\0")
    assert [(f.code, Path(f.place.file).suffix) for f in report.findings] == [
        ("unreadable", ".cfg"), ("unreadable", ".names"),
    ]  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the files of a sound network."""
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "x.weights")
    check(tmp_path)
    (tmp_path / "x.data").write_text("classes=2\nnames=x.names\n")
    return tmp_path


def test_the_command_says_that_all_is_well(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x.cfg", "x.weights", "-names", "x.names"]) == 0
    assert capsys.readouterr().out == (
        "x.cfg: 7 layers, 2 heads, 2 classes, input 64 x 64 x 3, stride 4, 0.001 BFLOPs\n"
        "note    x.weights: version 0.2.5, a header of 20 bytes, 3200 pictures seen in training: batch 50 of "
        "max_batches=500\n0 errors, 0 warnings, 1 note: cfg and weights fit\n"
    )


def test_the_command_tells_the_same_thing_once(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "x.cfg").write_text(SOUND.replace("batch_normalize", "batch_normalise").replace("=linear", "=logistic"))
    (place / "x.weights").unlink()
    assert main(["check", "x.cfg", "--data=x.data"]) == 1
    assert capsys.readouterr().out == (
        "x.cfg: 7 layers, 2 heads, 2 classes, input 64 x 64 x 3, stride 4, 0.001 BFLOPs\n"
        "error   x.cfg:25: layer 2 [convolutional]: activation=logistic before the [yolo] of line 26, which applies the "
        "logistic function itself\n        -> write activation=linear\n"
        "error   x.cfg:36: layer 5 [convolutional]: activation=logistic before the [yolo] of line 37, which applies the "
        "logistic function itself\n        -> write activation=linear\n"
        "warning x.cfg:9: layer 0 [convolutional]: nothing reads batch_normalise=1\n        also in line 16\n"
        "        -> did you mean batch_normalize= ?\n"
        "4 lines can be corrected: darknet_py check x.cfg -write x_corrected.cfg\n"
        "2 errors, 2 warnings, 0 notes: fix the errors first, others may go with them\n"
    )


def test_the_command_writes_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "x.cfg").write_text(SOUND.replace("classes=2", "classes=3", 1))
    for name in ("x.data", "x.names"):
        (place / name).unlink()
    assert main(["check", "--json", "x.cfg", "x.weights"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["errors"] == 2
    assert [finding["code"] for finding in report["findings"]] == ["filters", "classes-differ", "no-names", "header"]
    assert report["findings"][0] == {
        "severity": "error", "code": "filters", "file": "x.cfg", "line": 23, "layer": 2,
        "message": "filters=21 before the [yolo] of line 26, which needs (classes+5)*masks = (3+5)*3 = 24",
        "remedy": "write classes=2 in line 29, for which the .weights file was made, or use another one",
        "edits": [{"line": 29, "key": "classes", "value": "2"}],
    }  # fmt: skip
    assert report["facts"]["weights"]["seen"] == 3200


@pytest.mark.parametrize("words", ["x.weights x.cfg", "x.cfg", "x", "x.weights", "x.data x.weights x.names x.cfg"])
def test_files_in_any_order_and_those_beside_the_cfg(words: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = [(main(["check", *arguments.split()]), capsys.readouterr()) for arguments in (words, "x.cfg x.weights")]
    assert said[0] == said[1]
    assert (said[0][0], said[0][1].out[:15]) == (0, "x.cfg: 7 layers")


@pytest.mark.parametrize(
    ("given", "roles"),
    [({"cfg": "x.weights", "weights": "x.cfg"}, "x.cfg x.weights"),
     ({"cfg": "x.data", "weights": "x.cfg"}, "x.cfg -data x.data"),
     ({"cfg": "x.names", "weights": "x.cfg", "data": "x.weights"}, "x.cfg x.weights -names x.names")],
)  # fmt: skip
def test_files_in_the_wrong_order_are_examined_all_the_same(given: dict[str, str], roles: str, place: Path) -> None:
    finding = only(doctor.check(**given), "wrong-order")
    assert finding.place.file == given["cfg"]
    assert finding.message.startswith("was given as a Darknet .cfg file, x.cfg as ")
    assert finding.remedy == f"darknet_py check {roles}"


@pytest.mark.parametrize(
    ("words", "message"),
    [([], "usage: darknet_py check CFG|NAME [WEIGHTS]"),
     (["x.data", "x.cfg", "x.weights", "a.png"], "a.png: check takes CFG|NAME [WEIGHTS] and no more"),
     (["x.cfg", "-nams", "x"], "did you mean -names?")],
)  # fmt: skip
def test_wrong_usage(words: list[str], message: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


def test_a_network_by_name(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = {"yolov4-tiny.weights": place / "x.weights"}
    monkeypatch.setattr("darknet_py.cli.examined.find", fetched.get)
    assert main(["check", "yolov3-tiny"]) == 0
    assert capsys.readouterr().out.startswith("yolov3-tiny: 24 layers, 2 heads, 80 classes")
    assert main(["check", "yolov4-tiny"]) == 1
    assert "x.weights: ends inside yolov4-tiny:" in capsys.readouterr().out
    assert main(["check", "yolov4-tny"]) == 1
    assert "networks by name are yolov4-tiny" in capsys.readouterr().out
    (place / "yolov4-tiny").write_text("no")
    assert main(["check", "yolov4-tiny"]) == 1
    assert "yolov4-tiny: is a text without sections and options, such as a list of names, not" in capsys.readouterr().out


def test_process_from_an_empty_folder(tmp_path: Path) -> None:
    done = processes.run(processes.command("check", "no.cfg", "no.weights"), tmp_path, env={"PYTHONPATH": str(REPO)})
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        "error   no.cfg: cannot be read (No such file or directory)\n        -> check the path\n"
        "error   no.weights: cannot be read (No such file or directory)\n        -> check the path\n"
        "2 errors, 0 warnings, 0 notes: fix the errors first, others may go with them\n"
    )
