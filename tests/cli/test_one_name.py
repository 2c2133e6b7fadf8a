"""One name for three files, and files that are what they are wherever they stand: a table of folders and command lines.

The network is a recorder: what a command takes for what is looked at, not what it computes.
"""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
import small_detector
from networks import NET

import darknet_py
from darknet_py import CfgError, Network, WeightsError, cfg, graph, store, zoo
from darknet_py.cli import main
from darknet_py.errors import DarknetError
from darknet_py.weights import expected_size as weights_size


class Loaded(DarknetError):
    """Raised in place of loading: ``cfg + weights + names``."""


class Recorder:
    @classmethod
    def load(cls, cfg, weights, names=None, **options):
        label = cfg if isinstance(cfg, str) else cfg[0].path
        said = names if isinstance(names, (str, Path, type(None))) else f"{len(names)} names"
        raise Loaded(f"{label} + {weights} + {said}")


@pytest.fixture(scope="module")
def kit(tmp_path_factory) -> dict[str, bytes]:
    """The contents of files, by the first word of what a table calls them."""
    folder = tmp_path_factory.mktemp("kit")
    text, file = small_detector.write(folder)
    other = NET.format(32, 24, 3) + small_detector.LAYERS.replace("filters=16", "filters=8")
    _, short = small_detector.write(folder, other, "short")
    many = small_detector.CFG.replace("classes=2", "classes=80").replace("filters=14", "filters=170")
    cfg80, weights80 = small_detector.write(folder, many, "many")
    three = weights_size(graph.build(cfg.parse(zoo.write("yolo-fastest-1.1", 3), "x")))
    picture = cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes()
    return {
        "cfg": text.read_bytes(), "weights": file.read_bytes(), "short": short.read_bytes(), "cfg80": cfg80.read_bytes(),
        "weights80": weights80.read_bytes(), "picture": picture, "names": b"cat\ndog\n", "names3": b"a\nb\nc\n",
        "names80": b"".join(b"class %d\n" % i for i in range(80)), "list": b"dog.jpg\n", "nothing": b"",
        "data": b"classes=2\nnames=own.names\nvalid=list.txt\n", "data3": b"classes=3\nnames=own.names\n",
        "three": bytes(4) + b"\2\0\0\0\5\0\0\0" + bytes(three - 12),
        "binary": b"\x00\xff" * 50, "mp4": b"\0\0\0\x20ftypisom\0\0\2\0" + bytes(20),
        "backed": b"classes=2\nnames=own.names\nbackup=out\nvalid=list.txt\n",
    }  # fmt: skip


@pytest.fixture
def lay(tmp_path, monkeypatch, kit):
    """Lays files, ``cars.cfg=cfg b/cars.weights``, whose kind is their suffix's if none is said, into the working folder."""
    monkeypatch.setattr("darknet_py.cli.loading.Network", Recorder)
    monkeypatch.setenv("DARKNET_PY_WEIGHTS", str(tmp_path / "fetched"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def write(files: str) -> None:
        for word in files.split():
            name, _, kind = word.replace("~", " ").partition("=")
            suffix = Path(name).suffix[1:].lower()
            kind = kind or {"jpg": "picture", "png": "picture", "txt": "list", "mp4": "mp4"}.get(suffix, suffix)
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                Path(name).mkdir(exist_ok=True)
            else:
                Path(name).write_bytes(kit[kind])

    return write


def outcome(words: str, capsys) -> tuple[int, str, str]:
    """Exit code, what was loaded or the complaint, and the notes before it."""
    code = main([word.replace("~", " ") for word in words.split()])
    out, err = capsys.readouterr()
    *notes, last = [line.removeprefix("darknet_py: ") for line in err.splitlines()] or [""]
    assert out == ""
    return code, last.removeprefix("error: "), "\n".join(notes)


ALL = "cars.cfg cars.weights cars.names dog.jpg"
TAKEN = "cars.cfg + cars.weights + cars.names"


@pytest.mark.parametrize(
    ("files", "words", "loaded"),
    [
        # one name
        (ALL, "detect cars dog.jpg", TAKEN),
        (ALL, "detect dog.jpg cars", TAKEN),
        (ALL, "detect cars", TAKEN),
        (ALL, "detect cars.cfg dog.jpg", TAKEN),
        (ALL, "detect cars.weights dog.jpg", TAKEN),
        (ALL, "detect cars.names dog.jpg", TAKEN),
        (ALL, "detect ./cars dog.jpg", "./cars.cfg + ./cars.weights + ./cars.names"),
        ("a/cars.cfg a/cars.weights", "detect a/cars dog.jpg", "a/cars.cfg + a/cars.weights + None"),
        ("cars.cfg cars.weights obj.names=names", "detect cars dog.jpg", "cars.cfg + cars.weights + obj.names"),
        ("cars.cfg cars.weights obj.names=names3", "detect cars dog.jpg", "cars.cfg + cars.weights + None"),
        ("cars.cfg cars.weights cars.names=names3", "detect cars dog.jpg", "cars.cfg + cars.weights + cars.names"),
        ("cars.cfg cars.weights obj.data own.names", "detect cars dog.jpg", "cars.cfg + cars.weights + own.names"),
        ("cars.cfg cars.weights cars.data own.names obj.names", "detect cars dog.jpg",
         "cars.cfg + cars.weights + own.names"),
        ("cars.cfg cars.weights cars.data", "detect cars dog.jpg", "cars.cfg + cars.weights + None"),
        ("cars.cfg cars.weights my.names", "detect cars dog.jpg", "cars.cfg + cars.weights + my.names"),
        ("cars.cfg cars.weights my.names your.names=names", "detect cars dog.jpg", "cars.cfg + cars.weights + None"),
        ("cars.cfg=cfg80 cars.weights=weights80 cars.names=names80", "detect cars dog.jpg", TAKEN),
        ("cars.cfg=cfg80 cars.weights=weights80 obj.names=names80", "detect cars dog.jpg",
         "cars.cfg + cars.weights + obj.names"),
        ("cars.cfg=cfg80 cars.weights=weights80 obj.names=names", "detect cars dog.jpg", "cars.cfg + cars.weights + None"),
        # what training wrote
        ("cars.cfg cars_best.weights", "detect cars dog.jpg", "cars.cfg + cars_best.weights + None"),
        ("cars.cfg cars_final.weights cars_best.weights", "detect cars dog.jpg", "cars.cfg + cars_best.weights + None"),
        ("cars.cfg cars_final.weights cars_last.weights", "detect cars dog.jpg", "cars.cfg + cars_final.weights + None"),
        ("cars.cfg cars_last.weights cars_9000.weights", "detect cars dog.jpg", "cars.cfg + cars_last.weights + None"),
        ("cars.cfg cars_9000.weights cars_10000.weights", "detect cars dog.jpg", "cars.cfg + cars_10000.weights + None"),
        ("cars.cfg cars.weights cars_best.weights", "detect cars dog.jpg", "cars.cfg + cars.weights + None"),
        ("cars.cfg cars.weights=short cars_best.weights", "detect cars dog.jpg", "cars.cfg + cars_best.weights + None"),
        ("cars.cfg cars_best.weights", "detect cars_best.weights dog.jpg", "cars.cfg + cars_best.weights + None"),
        ("cars.cfg cars_best.weights cars_4000.weights", "detect cars_4000.weights dog.jpg",
         "cars.cfg + cars_4000.weights + None"),
        ("cars.cfg backup/cars_best.weights", "detect cars dog.jpg", "cars.cfg + backup/cars_best.weights + None"),
        ("cfg/cars.cfg backup/cars_best.weights", "detect cfg/cars dog.jpg",
         "cfg/cars.cfg + backup/cars_best.weights + None"),
        ("cfg/cars.cfg backup/cars_best.weights", "detect backup/cars_best.weights dog.jpg",
         "cfg/cars.cfg + backup/cars_best.weights + None"),
        ("cars.cfg out/cars_last.weights x.data=backed own.names", "detector test x.data cars dog.jpg",
         "cars.cfg + out/cars_last.weights + own.names"),
        # names with dots, blanks, other letters, capitals
        ("yolov4-csp.v2.cfg=cfg yolov4-csp.v2.weights", "detect yolov4-csp.v2 dog.jpg",
         "yolov4-csp.v2.cfg + yolov4-csp.v2.weights + None"),
        ("yolov4-csp.v2.cfg=cfg yolov4-csp_best.weights", "detect yolov4-csp.v2 dog.jpg",
         "yolov4-csp.v2.cfg + yolov4-csp_best.weights + None"),
        ("yolov4-csp.v2.cfg=cfg yolov4-csp_best.weights", "detect yolov4-csp_best.weights dog.jpg",
         "yolov4-csp.v2.cfg + yolov4-csp_best.weights + None"),
        ("my~cars.cfg my~cars_best.weights", "detect my~cars dog.jpg", "my cars.cfg + my cars_best.weights + None"),
        ("Äpfel.cfg Äpfel.weights", "detect Äpfel dog.jpg", "Äpfel.cfg + Äpfel.weights + None"),
        ("A\u0308pfel.cfg A\u0308pfel.weights", "detect Äpfel dog.jpg", "A\u0308pfel.cfg + A\u0308pfel.weights + None"),
        ("CARS.CFG Cars.WEIGHTS cars.Names", "detect cars dog.jpg", "CARS.CFG + Cars.WEIGHTS + cars.Names"),
        ("CARS.CFG CARS_BEST.WEIGHTS CARS_last.weights", "detect cars dog.jpg", "CARS.CFG + CARS_BEST.WEIGHTS + None"),
        ("CARS.CFG CARS.WEIGHTS", "detect CARS.CFG CARS.WEIGHTS DOG.JPG", "CARS.CFG + CARS.WEIGHTS + None"),
        ("cars.cfg Cars.cfg=cfg80 cars.weights", "detect cars dog.jpg", "cars.cfg + cars.weights + None"),
        # folders
        ("cars/net.cfg cars/net.weights cars/net.names", "detect cars/ dog.jpg",
         "cars/net.cfg + cars/net.weights + cars/net.names"),
        ("cars/net.cfg cars/best.weights cars/classes.names", "detect cars dog.jpg",
         "cars/net.cfg + cars/best.weights + cars/classes.names"),
        ("cars/cars.cfg cars/old.cfg cars/cars.weights", "detect cars dog.jpg", "cars/cars.cfg + cars/cars.weights + None"),
        ("cars/a.jpg cars.cfg cars.weights dog.jpg", "detect cars dog.jpg", "cars.cfg + cars.weights + None"),
        ("cars/a.jpg cars.cfg cars.weights", "detect cars cars/", "cars.cfg + cars.weights + None"),
        ("cars/a.jpg cars/net.cfg cars/net.weights", "detect cars/ cars/a.jpg", "cars/net.cfg + cars/net.weights + None"),
        # any order
        (ALL, "detect cars.cfg cars.weights dog.jpg", TAKEN),
        (ALL, "detect cars.weights cars.cfg dog.jpg", TAKEN),
        (ALL, "detect dog.jpg cars.names cars.weights cars.cfg", TAKEN),
        ("net.cfg best.weights my.names other.names dog.jpg", "detect net.cfg best.weights other.names dog.jpg",
         "net.cfg + best.weights + other.names"),
        ("net.cfg best.weights own.names x.data", "detect x.data net.cfg best.weights dog.jpg",
         "net.cfg + best.weights + own.names"),
        ("net.cfg best.weights classes.txt=names", "detect net.cfg best.weights classes.txt dog.jpg",
         "net.cfg + best.weights + classes.txt"),
        ("net.txt=cfg w.bin=weights dog.jpg", "detect net.txt w.bin dog.jpg", "net.txt + w.bin + None"),
        ("net.txt=cfg w.bin=weights dog.jpg", "detect w.bin dog.jpg net.txt", "net.txt + w.bin + None"),
        ("cars=cfg cars.weights dog.jpg", "detect cars dog.jpg", "cars + cars.weights + None"),
        ("net.cfg best.weights list.txt dog.jpg", "detect list.txt net.cfg best.weights", "net.cfg + best.weights + None"),
        ("cars.cfg cars.weights cars.jpg", "detect cars cars.jpg", "cars.cfg + cars.weights + None"),
        ("cars.cfg cars.weights a.jpg=picture", "detect cars *.jpg", "cars.cfg + cars.weights + None"),
        # a name of ours, and a file of that name
        ("mine.weights", "detect yolov4-tiny mine.weights dog.jpg", "built-in yolov4-tiny.cfg + mine.weights + None"),
        ("mine.weights", "detect mine.weights yolov4-tiny dog.jpg", "built-in yolov4-tiny.cfg + mine.weights + None"),
        ("yolov4-tiny.weights", "detect yolov4-tiny dog.jpg", "built-in yolov4-tiny.cfg + yolov4-tiny.weights + None"),
        ("yolov4-tiny.cfg=cfg yolov4-tiny.weights", "detect yolov4-tiny dog.jpg",
         "yolov4-tiny.cfg + yolov4-tiny.weights + None"),
        ("yolov4-tiny/a.jpg yolov4-tiny.weights", "detect yolov4-tiny.weights yolov3 dog.jpg",
         "built-in yolov3.cfg + yolov4-tiny.weights + None"),
        # exactly as in C
        ("net.cfg best.weights", "detect net.cfg best.weights", "net.cfg + best.weights + None"),
        ("x.data own.names net.cfg best.weights", "detector test x.data net.cfg best.weights dog.jpg",
         "net.cfg + best.weights + own.names"),
        ("x.data own.names net.cfg best.weights net.names=names3", "detector test x.data net.cfg best.weights",
         "net.cfg + best.weights + own.names"),
        ("", "detect no.cfg no.bin dog.jpg", "no.cfg + no.bin + None"),
        ("net.cfg", "detect net.cfg no/w dog.jpg", "net.cfg + no/w + None"),
        ("net.cfg w=binary", "detect net.cfg w dog.jpg", "net.cfg + w + None"),
        # other commands
        (ALL, "detector test cars dog.jpg", TAKEN),
        (ALL, "detector test dog.jpg cars.names cars.weights cars.cfg", TAKEN),
        (f"{ALL} obj.data own.names list.txt", "detector map cars", TAKEN),
        ("cars.cfg cars.weights obj.data own.names list.txt", "detector map cars", "cars.cfg + cars.weights + own.names"),
        ("cars.cfg cars.weights cars.data own.names list.txt", "detector valid cars.data",
         "cars.cfg + cars.weights + own.names"),
        ("cars.cfg cars.weights cars.data own.names list.txt", "detector recall cars.weights cars.data cars.cfg",
         "cars.cfg + cars.weights + 0 names"),  # which it prints none of
        (f"{ALL} cars.data own.names", "classifier predict cars dog.jpg", TAKEN),
        (ALL, "read cars dog.jpg", TAKEN),
        (ALL, "read dog.jpg cars.weights", TAKEN),
        (ALL, "compare cars dog.jpg -save x.npz", TAKEN),
        (ALL, "compare dog.jpg cars.cfg -save x.npz", TAKEN),
        (ALL, "detector demo cars a.mp4 -quiet", TAKEN),
        ("a.png=picture", "detect a.png", "built-in yolov4-chars.cfg"),
        ("photo=picture cars.cfg", "detect photo", "built-in yolov4-chars.cfg"),
    ],
)  # fmt: skip
def test_what_is_taken(lay, capsys, monkeypatch, files, words, loaded):
    monkeypatch.setattr("darknet_py.cli.detector_demo._source", lambda *_: None)
    lay(files)
    code, said, _ = outcome(words, capsys)
    assert (code, said[: len(loaded)]) == (1, loaded)
    assert loaded.startswith("built-in yolov4-chars") or said == loaded


NO_WEIGHTS = "cars.cfg: no weights for it in this folder (cars.weights, or cars_ and best, final, last or a number)"


@pytest.mark.parametrize(
    ("files", "words", "code", "says"),
    [
        # weights that are missing, or may be several
        ("cars.cfg dog.jpg", "detect cars dog.jpg", 1, f"{NO_WEIGHTS}: name the weights too"),
        ("cars.cfg dog.jpg", "export cars", 1, f"{NO_WEIGHTS}: name the weights too"),
        ("cars.cfg obj.data", "detector map cars -names x.names", 1, f"{NO_WEIGHTS}: name the weights too"),
        ("cars.cfg yolov4-tiny.weights=short dog.jpg", "detect cars dog.jpg", 1,
         f"{NO_WEIGHTS}; yolov4-tiny.weights lies there, of another length: name the weights that are meant"),
        ("cars.cfg best.weights=weights a.weights=short", "detect cars.cfg", 1,
         f"{NO_WEIGHTS}; best.weights lies there, with its length: name the weights that are meant"),
        ("cars.cfg carsbest.weights=weights cars-best.weights=weights", "detect cars.cfg", 1,
         f"{NO_WEIGHTS}; cars-best.weights, carsbest.weights lie there, with its length: name the weights that are meant"),
        ("cars/net.cfg cars/x.weights=short", "detect cars dog.jpg", 1, "x.weights lies there, of another length"),
        ("cars/net.cfg cars/x.weights cars/y.weights", "detect cars dog.jpg", 1, "x.weights, y.weights lie there, with its"),
        ("cars.cfg Cars.weights CARS.weights", "detect cars dog.jpg", 1,
         "cars.cfg: CARS.weights and Cars.weights may both be its weights: name those that are meant"),
        ("cars.cfg cars_4000.weights cars_04000.weights", "detect cars dog.jpg", 1,
         "cars_04000.weights and cars_4000.weights may both be its weights"),
        # a cfg that is missing, or may be several
        ("cars.weights dog.jpg", "detect cars dog.jpg", 1,
         "cars: no such file, no cars.cfg (though cars.weights lies there), and no network of that name; there are yolov3"),
        ("cars.weights dog.jpg", "detect cars.weights dog.jpg", 1,
         "there is no cfg for cars.weights in this folder: name the cfg too"),
        ("a/cars.weights a/other.cfg", "detect a/cars.weights dog.jpg", 1,
         "there is no cfg for a/cars.weights in a/; other.cfg lies there: name the cfg too"),
        ("cars.weights=three", "detect cars.weights dog.jpg", 1,
         "name the cfg too; its length is that of yolo-fastest-1.1 with 3 classes: "
         "darknet_py new yolo-fastest-1.1 -classes 3 -o cars.cfg writes one"),
        ("cars.names dog.jpg", "detect dog.jpg cars.names", 1, "there is no cfg for cars.names in this folder"),
        ("x.data own.names cars.cfg", "detector map x.data", 1,
         "there is no cfg for x.data in this folder; cars.cfg lies there"),
        ("dog.jpg", "detect cars dog.jpg", 1,
         "cars: no such file, no cars.cfg, and no network of that name; there are yolov3"),
        ("dog.jpg", "detect yolov4-tin dog.jpg", 1, "and no network of that name; there are yolov4-tiny,"),
        ("car.cfg dog.jpg", "detect cars dog.jpg", 1, "cars: no such file, no cars.cfg; did you mean car.cfg?"),
        ("dog.jpg", "detect models/cars dog.jpg", 1, "models/cars: no such file, no cars.cfg"),
        ("dog.jpg", "detect cars.cfg dog.jpg", 1, "cars.cfg: cannot be read (No such file"),
        ("dog.jpg", "summary cars", 1, "cars: no such file, no cars.cfg, and no network of that name"),
        ("dog.jpg", "detector calc_anchors cars", 1, "cars: no such file, no cars.cfg, and no network of that name"),
        ("Cars.cfg CARS.cfg", "detect cars dog.jpg", 1, "cars may be CARS.cfg or Cars.cfg: write which of them is meant"),
        ("cars.a.cfg=cfg cars.b.cfg=cfg cars_best.weights", "detect cars_best.weights dog.jpg", 1,
         "cars_best.weights may be cars.a.cfg or cars.b.cfg: write which of them is meant"),
        ("cars/a.cfg cars/b.cfg", "detect cars dog.jpg", 1,
         "cars may be cars/a.cfg or cars/b.cfg: write which of them is meant"),
        ("cars/net.cfg cars.cfg cars.weights", "detect cars dog.jpg", 1,
         "cars may be cars.cfg or cars/net.cfg: write which"),
        ("cars/a.jpg cars.cfg cars.weights", "detect cars", 2,
         "cars may be the network cars.cfg or a folder of pictures: write cars.cfg, or cars/*.jpg"),
        ("cars/a.jpg cars/net.cfg cars/net.weights", "detect cars/", 2, "cars may be the network cars/net.cfg or a folder"),
        ("cars/", "detect cars dog.jpg", 1, "cars: no pictures in this folder"),
        ("cars/a.jpg", "summary cars", 2, "cars is a folder, and a network is missing: usage: darknet_py summary"),
        # what is given twice
        ("cars.cfg a.weights b.weights", "detect cars.cfg a.weights b.weights dog.jpg", 2,
         "a.weights and b.weights are a .weights file each; detect takes one"),
        (ALL, "detect cars.cfg cars.weights cars.weights dog.jpg", 2, "cars.weights is given twice; detect takes one"),
        ("a.cfg b.cfg a.weights", "export a.cfg b.cfg a.weights", 2,
         "a.cfg and b.cfg are a .cfg file each; export takes one"),
        ("a.cfg b.cfg", "detect a b dog.jpg", 2, "a and b are both networks; detect takes one"),
        ("a.cfg a.weights", "detect a.cfg a.weights yolov3 dog.jpg", 2, "a.cfg and yolov3 are both networks"),
        ("", "detect yolov4-tiny yolov3 dog.jpg", 2, "yolov4-tiny and yolov3 are both networks; detect takes one"),
        (f"{ALL} b.names", "detect cars cars.names b.names", 2, "cars.names and b.names are a list of names each"),
        (f"{ALL} b.names", "detect cars b.names -names cars.names", 2, "b.names and -names cars.names are both class names"),
        (f"{ALL} x.data y.data", "detector test x.data y.data cars", 2, "x.data and y.data are a .data file each"),
        # what is no network, or too much
        ("dog.jpg", "detector test dog.jpg", 2,
         "dog.jpg is a picture, and a network is missing: usage: darknet_py detector"),
        ("dog.jpg", "export dog.jpg", 2, "dog.jpg is a picture, and a network is missing: usage: darknet_py export"),
        ("w=binary dog.jpg", "detect w dog.jpg", 2,
         "w is neither a network's file nor a picture, dog.jpg is a picture, and a"),
        (ALL, "export cars dog.jpg", 2, "dog.jpg: export takes one network"),
        (ALL, "compare cars dog.jpg cat.jpg -save x.npz", 2, "cat.jpg: compare takes CFG WEIGHTS|NAME PICTURE"),
        (ALL, "compare cars.cfg cars.weights -save x.npz", 2, "usage: darknet_py compare"),
        (ALL, "summary cars dog.jpg", 2, "dog.jpg: summary takes one network"),
        (ALL, "detector map cars", 2,
         "DATA is missing, and no cars.data, or obj.data of as many classes, lies beside cars.cfg"),
        (f"{ALL} obj.data=data3", "detector valid cars", 2,
         "DATA is missing, and no cars.data, or obj.data of as many classes"),
        (ALL, "detector calc_anchors cars", 2, "DATA is missing, and no cars.data, or obj.data of as many classes, lies"),
        ("yolov4-tiny.weights", "detector map yolov4-tiny", 2, "DATA is missing, which yolov4-tiny has not: usage:"),
        ("x.data", "detector calc_anchors x.data", 2, "needs -width N and -height N"),
        (f"{ALL} cars.pt=binary", "detect cars.pt dog.jpg", 1, "cars.pt is a file of PyTorch"),
        (ALL, "detect cars a.mp4", 1, "a.mp4 is a video; videos and streams: darknet_py detector demo"),
    ],
)  # fmt: skip
def test_what_is_wrong(lay, capsys, files, words, code, says):
    lay(files)
    got, said, notes = outcome(words, capsys)
    assert (got, notes) == (code, "")
    assert says in said


@pytest.mark.parametrize(
    ("files", "words", "note"),
    [
        (ALL, "detect cars dog.jpg", ""),
        (f"{ALL} other.weights=short other.names=names3", "detect cars dog.jpg", ""),
        ("cars.cfg cars_best.weights cars_final.weights cars_4000.weights", "detect cars dog.jpg",
         "cars.cfg: weights are cars_best.weights, before cars_final.weights, cars_4000.weights"),
        ("cars.cfg cars.weights=short cars_best.weights", "detect cars dog.jpg",
         "cars.cfg: weights are cars_best.weights; cars.weights: not of its length"),
        ("cars.cfg backup/cars_best.weights", "detect cars dog.jpg", "cars.cfg: weights are backup/cars_best.weights"),
        ("cars/net.cfg cars/best.weights", "detect cars dog.jpg", "weights are cars/best.weights, the only ones there"),
        ("cars.cfg cars.weights obj.names=names", "detect cars dog.jpg", "cars.cfg: class names are obj.names"),
        ("cars.cfg cars.weights my.names your.names=names", "detect cars dog.jpg",
         "cars.cfg: any of my.names, your.names may be its class names; -names (names=) says which"),
        ("cars.cfg cars.weights cars.data", "detect cars dog.jpg", "cars.data:2: names=own.names is not there; fix"),
        ("yolov4-tiny.cfg yolov4-tiny.weights", "detect yolov4-tiny dog.jpg",
         "yolov4-tiny: the network is yolov4-tiny.cfg, not the built-in one"),
        ("cars=picture cars.cfg cars.weights", "detect cars",
         "cars is taken for the picture that it is, not for the network cars.cfg"),
    ],
)  # fmt: skip
def test_what_was_chosen_is_told(lay, capsys, files, words, note):
    lay(files)
    assert outcome(words, capsys)[2] == note or note in outcome(words, capsys)[2].splitlines()[0]


def test_names_beside_a_cfg_win_over_those_of_coco(lay, kit):
    lay("cars.cfg=cfg80 cars.weights=weights80 cars.names=names80 other/cars.cfg=cfg80 other/cars.weights=weights80")
    assert Network.load("cars.cfg", "cars.weights").names[:2] == ["class 0", "class 1"]
    assert Network.load("other/cars").names[:2] == ["person", "bicycle"]
    assert Network.load("cars", names=["x"]).names == ["x"]
    assert Network.load("cars", names=[]).names == []


@pytest.mark.parametrize("word", ["cars", "cars.cfg", Path("cars.cfg"), "cars.names", "cars_best.weights", "../here", "."])
def test_the_api_finds_the_same(lay, word):
    lay("cars.cfg cars_best.weights cars.names")
    for net in (Network.load(word), darknet_py.load(word)):
        assert (net.names, net.width) == (["cat", "dog"], 32)


def test_the_api_tells_by_its_logger(lay, caplog):
    lay("cars.cfg cars_best.weights cars_last.weights")
    with caplog.at_level(logging.INFO, "darknet_py"):
        Network.load("cars")
    assert "cars.cfg: weights are cars_best.weights, before cars_last.weights" in caplog.messages


@pytest.mark.parametrize(
    ("files", "word", "error", "says"),
    [
        ("", "cars", CfgError, r"^cars: no such file, no cars\.cfg, and no network of that name"),
        ("", "cars.cfg", CfgError, r"^cars\.cfg: cannot be read"),
        ("", "yolov4-tiny", CfgError, r'no yolov4-tiny\.cfg; darknet_py\.load\("yolov4-tiny"\) loads the built-in network'),
        ("cars.cfg", "cars", WeightsError, "no weights for it in this folder"),
        ("cars.jpg", "cars.jpg", CfgError, r"^cars\.jpg: a picture, no network$"),
        ("cars/", "cars", CfgError, r"^cars: no \.cfg file in this folder$"),
        ("a.cfg b.cfg", ".", CfgError, r"^\. may be \./a\.cfg or \./b\.cfg: write which"),
    ],
)  # fmt: skip
def test_what_the_api_cannot_find(lay, files, word, error, says):
    lay(files)
    with pytest.raises(error, match=says):
        Network.load(word)


def test_sections_alone_need_their_weights():
    with pytest.raises(WeightsError, match="sections of a cfg need their weights file named"):
        Network.load(store.cfg_of("yolov4-tiny"))
