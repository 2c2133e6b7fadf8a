"""``check -write``: mistakes that have but one remedy are corrected, and not a byte is changed beside them."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from sound_detector import SOUND, save

from darknet_py import cfg, doctor, graph
from darknet_py.cfg import Change, Edit, Text
from darknet_py.cli import main
from darknet_py.errors import DarknetWarning

# What a user makes of the sound cfg: old and new text → the lines that are mended, and what the mended text has in the new
# one's place; None: there is more than one remedy, or none.
MISTAKES = [
    ("filters=21", "filters=255", "filters=21"),
    ("filters=21\nsize=1", "filters=22\nsize=1", "filters=21\nsize=1"),
    ("size=1\nactivation=linear", "size=1\nactivation=logistic", "size=1\nactivation=linear"),
    ("activation=leaky", "activation=silu", "activation=swish"),
    ("activation=leaky", "activation = SiLU", "activation = swish"),
    ("activation=leaky", "activation=Leaky", "activation=leaky"),
    ("activation=leaky", "activation=sigmoid", "activation=logistic"),
    ("activation=leaky", "activation=leaky # why", "# why\nactivation=leaky"),
    ("activation=leaky", "act ivation = \u201cLeaky\u201d # why", "# why\nactivation=leaky"),
    ("activation=leaky", "activation = 'leaky';why", ";why\nactivation = leaky"),
    ("activation=leaky", "activation=hardswish", None),
    ("activation=leaky", "activation=leoky", None),
    ("num=6", "num=9", "num=6"),
    ("width=64", "width=66", "width=64"),
    ("height=64", "height = 65  ", "height = 64  "),
    ("[route]", "[rout]", "[route]"),
    ("[route]", " [Route] ", " [route] "),
    ("[route]", "[route", "[route]"),
    ("[route]", "[route] # why", "# why\n[route]"),
    ("[route]", "[lstm]", None),
    ("batch_normalize", "batch_normalise", "batch_normalize"),
    ("layers=0", "layer=0", "layers=0"),
    ("num=6", "num=6\nletter_box=1", None),
    ("stride=2", "stride=2\nstride=1", None),
    ("batch=64", "batch=64\nbatch=64", "batch=64"),
    ("size=3", "size=3 # x", "# x\nsize=3"),
    ("size=3", "size=3x3", None),
    ("size=3", "size=3px", "size=3"),
    ("size=3", "size=3,5", None),
    ("pad=1", "pad=yes", None),
    ("pad=1", "pad 1", None),
    ("stride=2", "stride\uff1d2", "stride=2"),
    ("[route]", "\u3010route\u3011", "[route]"),
    ("num=6", "num=6\nnms_kind=diou", None),
    (", 50,60", "", None),
]  # fmt: skip


def mended(folder: Path, text: str | bytes, **files: str) -> bytes:
    path = folder / "bad.cfg"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return doctor.correct(str(path), **files).data


@pytest.fixture
def names(tmp_path: Path) -> str:
    (tmp_path / "x.names").write_text("cat\ndog\n")
    return str(tmp_path / "x.names")


@pytest.mark.parametrize(("old", "new", "mend"), MISTAKES, ids=[repr(m[1])[:50] for m in MISTAKES])
def test_what_has_one_remedy_is_corrected_and_nothing_else(
    old: str, new: str, mend: str | None, names: str, tmp_path: Path
) -> None:
    assert old in SOUND
    bad = SOUND.replace(old, new, 1)
    wanted = bad if mend is None else SOUND.replace(old, mend, 1)
    data = mended(tmp_path, bad, names=names)
    assert data.decode() == wanted
    assert mended(tmp_path, data, names=names) == data
    if mend is not None:
        graph.build(cfg.parse(data.decode()))
        assert not [f for f in doctor.check(str(tmp_path / "bad.cfg"), names=names).findings if f.edits]


def test_weights_and_names_tell_which_remedy_is_meant(names: str, tmp_path: Path) -> None:
    bad = SOUND.replace("classes=2", "classes=7")
    assert mended(tmp_path, bad) == bad.encode()
    assert mended(tmp_path, bad, names=names) == SOUND.encode()
    assert mended(tmp_path, bad, weights=str(save(tmp_path / "x.weights"))) == SOUND.encode()


@pytest.mark.parametrize(
    ("data", "wanted"),
    [(codecs.BOM_UTF8 + SOUND.encode(), SOUND.encode()),
     (SOUND.encode("utf-16"), SOUND.encode()),
     (SOUND.replace("\n", "\r").encode(), SOUND.encode()),
     (SOUND.replace("\n", "\r\n").encode(), SOUND.replace("\n", "\r\n").encode()),
     ("# \u00fc\n".encode("cp1252") + SOUND.encode(), "# \u00fc\n".encode("cp1252") + SOUND.encode())],
    ids=["mark", "utf-16", "cr", "crlf", "cp1252"],
)  # fmt: skip
@pytest.mark.parametrize("mistake", [b"num=6", b"num=9"])
def test_encodings_and_ends_of_lines(data: bytes, wanted: bytes, mistake: bytes, tmp_path: Path) -> None:
    wide = data.startswith(codecs.BOM_UTF16)
    bad = data.replace("num=6".encode("utf-16-le"), mistake.decode().encode("utf-16-le")) if wide else data
    assert mended(tmp_path, bad.replace(b"num=6", mistake)) == wanted


def test_what_hides_another_mistake_is_corrected_first(tmp_path: Path, names: str) -> None:
    bad = SOUND.replace("[route]", "[rout]").replace("num=6", "num=9").replace("filters=21", "filters=20")
    assert mended(tmp_path, bad.replace("activation=leaky", "activation=ReLU\uff16"), names=names).decode() == (
        SOUND.replace("activation=leaky", "activation=relu6")
    )


def test_heads_of_pytorch(tmp_path: Path) -> None:
    """They say silu, and their heads decode as new_coords=1 does."""
    new = SOUND.replace("num=6", "num=6\nnew_coords=1\nscale_x_y=2.0").replace("leaky", "silu")
    right = new.replace("silu", "swish").replace("=linear", "=logistic")
    assert mended(tmp_path, new).decode() == right
    old = SOUND.replace("leaky", "silu").replace("num=6", "num=6\nscale_x_y=1.05")
    made = mended(tmp_path, old).decode()
    assert made == right.replace("\nnew_coords=1", "").replace("[yolo]\n", "[yolo]\nnew_coords=1\n")


@pytest.mark.parametrize("between", ["[silence]\n", "[dropout]\nprobability=.5\n[empty]\n"])
def test_heads_behind_layers_that_change_nothing(between: str, tmp_path: Path) -> None:
    right = SOUND.replace("[yolo]", f"{between}[yolo]").replace("num=6", "num=6\nnew_coords=1")
    right = right.replace("=linear", "=logistic")
    bad = right.replace("=logistic", "=linear").replace("filters=21", "filters=24")
    with pytest.warns(DarknetWarning, match=r"^<cfg>:25: \[convolutional\] activation=linear before a \[yolo\]"):
        graph.build(cfg.parse(bad.replace("filters=24", "filters=21")))
    assert mended(tmp_path, bad).decode() == right.replace("filters=21", "filters=24")
    (tmp_path / "x.names").write_text("cat\ndog\n")
    assert mended(tmp_path, bad, names=str(tmp_path / "x.names")).decode() == right


def test_sections_of_pytorch(tmp_path: Path) -> None:
    bad = SOUND.replace("[route]", "[route_lhalf]")
    assert mended(tmp_path, bad).decode() == SOUND.replace("[route]", "[route]\ngroups=2\ngroup_id=0")
    assert mended(tmp_path, SOUND.replace("[route]", "[route2]")).decode() == SOUND


STAGE = """[convolutional]
batch_normalize=1
filters=4
size=3
stride=2
pad=1
activation=silu
[convolutional]
batch_normalize=1
filters=4
size=1
activation=silu
[route]
layers=-1,-2
"""


def test_four_heads_behind_space_to_depth(tmp_path: Path) -> None:
    """YOLOv7's W6 and E6 begin with reorg, and have heads at four strides."""
    anchors = "anchors=9,9,19,19,39,39,79,79\nclasses=1\nnum=4\nscale_x_y=2.0\nnew_coords=1\n"
    head = f"[convolutional]\nfilters=6\nsize=1\nactivation=linear\n[yolo]\nmask={{}}\n{anchors}[route]\nlayers=-3\n"
    stages = "".join(STAGE + (head.format(i - 1) if i else "") for i in range(5))
    text = f"[net]\nwidth=128\nheight=128\nchannels=3\n[reorg3d]\nstride=2\n{stages}{STAGE.split('[route]', maxsplit=1)[0]}"
    with pytest.warns(DarknetWarning, match="its boxes will be wrong; write activation=logistic"):
        assert graph.build(cfg.parse(text)).heads == (8, 14, 20, 26)
    data = mended(tmp_path, text).decode()
    assert data == text.replace("silu", "swish").replace("=linear", "=logistic")


def test_changes_are_told_by_the_lines_of_the_file_as_it_was() -> None:
    text, changes = Text.of(b"[a]\r\nb = 1 ; x\n\n[c]").edited([Edit(2, "b", "2"), Edit(4, "d", "3"), Edit(4, "e", "4")])
    assert text.data == b"[a]\r\n; x\nb = 2\n\n[c]d=3\ne=4\n".replace(b"[c]", b"[c]\n")
    assert changes == [Change(2, "b=1;x", "b=2"), Change(4, "", "d=3"), Change(4, "", "e=4")]
    again, changes = text.edited([Edit(3, "b", None), Edit(5, "", "n")])
    assert again.data == b"[a]\r\n; x\n\n[n]\nd=3\ne=4\n"
    assert changes == [Change(2, "b=2", ""), Change(4, "[c]", "[n]")]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.cfg").write_text(SOUND.replace("num=6", "num=9", 1).replace("filters=21", "filters=22", 1))
    return tmp_path


def test_the_command(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x.cfg", "--write", "y.cfg"]) == 0
    out = capsys.readouterr().out
    assert "x.cfg:23: filters=22 -> filters=21\nx.cfg:30: num=9 -> num=6\n" in out
    assert "y.cfg: written with 2 changes; left in it: 0 errors, 0 warnings" in out
    assert (place / "y.cfg").read_text() == SOUND
    assert main(["check", "y.cfg", "-write=z.cfg"]) == 0
    assert "z.cfg: written with no change" in capsys.readouterr().out
    assert (place / "z.cfg").read_text() == SOUND


def test_what_is_left_is_listed_and_decides(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "x.cfg").write_text(SOUND.replace("num=6", "num=9", 1).replace("[route]", "[lstm]"))
    assert main(["check", "x.cfg", "-write", "y.cfg"]) == 1
    told = capsys.readouterr().out.partition("y.cfg: written")[2]
    assert "error   y.cfg:31: layer 4 [lstm]: is not supported" in told
    assert main(["check", "x.cfg", "-write", "z.cfg", "-json"]) == 1
    written = json.loads(capsys.readouterr().out)["written"]
    assert written["file"] == "z.cfg"
    assert written["changes"] == [{"line": 30, "old": "num=9", "new": "num=6"}]
    assert "unsupported-section" in [finding["code"] for finding in written["left"]]


@pytest.mark.parametrize(
    ("words", "message"),
    [(["x.cfg", "-write", "x.cfg"], "-write x.cfg would overwrite x.cfg, which is read"),
     (["x.cfg", "-write", "./there"], "there: is there already; choose another name"),
     (["x.cfg", "-write", "no/y.cfg"], "there is no folder no"),
     (["there", "-write", "y.cfg"], "there: is no Darknet .cfg file"),
     (["no.cfg", "-write", "y.cfg"], "no.cfg: cannot be read (No such file or directory); give the cfg"),
     (["yolov4", "-write", "y.cfg"], "darknet_py new yolov4 -o NEW.cfg writes it")],
)  # fmt: skip
def test_nothing_is_written_over(
    words: list[str], message: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "there").write_text("one\ntwo\n")
    before = {path: path.read_bytes() for path in place.iterdir()}
    assert main(["check", *words]) > 0
    assert message in capsys.readouterr().err
    assert {path: path.read_bytes() for path in place.iterdir()} == before
