"""Flags as users of other programs type them answer as ours."""

from __future__ import annotations

import pytest

from darknet_py.cli.aliases import FOR_WORDS, SAME, aliases
from darknet_py.cli.command import Command
from darknet_py.cli.commands import COMMANDS, flags, module


def parsed(line: str) -> tuple[list[str], Command]:
    """The arguments and options of a command line."""
    name, _, rest = line.partition(" | ")
    made = module(name).Options.parse(rest.split())
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("detect | m a.png --conf .5 --iou .6 --imgsz 640", "detect | m a.png -thresh .5 -nms .6 -size 640x640"),
        ("detect | m a.png --conf-thres=.5 --iou-thres=.6 --img-size 320x224",
         "detect | m a.png -thresh .5 -nms .6 -size 320x224"),
        ("detect | m -conf_thres .5 a.png", "detect | m a.png -thresh .5"),
        ("detect | --source a.png --weights m.weights --cfg m.cfg", "detect | a.png m.weights m.cfg"),
        ("detect | --weights=m.weights --source=pics", "detect | m.weights pics"),
        ("detect | m a.png --save-txt --save-crop --max-det 3 --agnostic-nms", "detect | m a.png -save_txt -save_crop "
                                                                              "-max_det 3 -agnostic_nms"),
        ("detect | m a.png --classes 0 2 3", "detect | m a.png -classes 0,2,3"),
        ("detect | m --classes dog,cat a.png", "detect | m a.png -classes dog,cat"),
        ("detect | m a.png --line-width 3 --hide-conf", "detect | m a.png -line_width 3 -labels name"),
        ("detect | m a.png --line-thickness 3 --hide-labels --hide-conf", "detect | m a.png -line_width 3 -labels off"),
        ("detect | m a.png --hide-conf --hide-labels", "detect | m a.png -labels off"),
        ("detect | m a.png --project out --name exp --nosave", "detect | m a.png -project out -run_name exp -dont_draw"),
        ("detect | m a.png --device cpu", "detect | m a.png"),
        ("detector test | x.data m a.png --NMS-thresh .5", "detector test | x.data m a.png -nms .5"),
        ("export | m --imgsz 640 --outputs nms --conf .3", "export | m -size 640 -outputs nms -thresh .3"),
        ("classifier predict | x.data m a.png --topk 3", "classifier predict | x.data m a.png -t 3"),
    ],
)  # fmt: skip
def test_they_mean_the_same(theirs: str, ours: str) -> None:
    assert parsed(theirs) == parsed(ours)


def test_a_number_that_is_a_file_is_one(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2").write_bytes(b"")
    assert parsed("detect | m --classes 0 2") == parsed("detect | m 2 -classes 0")


def test_no_name_means_two_things() -> None:
    words = [word for _, names in SAME for word in names.split()] + [*FOR_WORDS]
    assert len(words) == len(set(words))
    for name in COMMANDS:
        known = flags(name)
        assert not set(aliases(known)) - set(words) - {"hide_labels", "hide_conf", "device"}
        assert not [word for ours, names in SAME for word in names.split() if word in known and ours[0] in known]
