"""The doctor has nothing against sound networks, the zoo's and the kit's, and no cfg, however broken, makes it fail."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sound_detector import SOUND, arrays, kinds, network

from darknet_py import cfg, doctor, graph, weights, zoo
from darknet_py.errors import DarknetError, DarknetWarning
from darknet_py.layers import LAYERS, known_options

# Published networks that are not sound, or that darknet_py has not all layers for.
UNSUPPORTED = re.compile(
    r"crnn|gru|lstm|rnn|xnor|xyolo|resn|trident|t1\.test|occlusion_track|contrastive|yolo9000"
)
ONE_COMMA_SHORT = "cspx-p7-mish_hp.cfg"

LINES = SOUND.split("\n")
NUMBERS = st.sampled_from(["0", "-1", "3", "255", "1e9", "99999999999", "x", "", "0.5", "nan", "65536", "1,2", "-2,-1"])
KEYS = st.sampled_from([line.split("=")[0] for line in LINES if "=" in line] + ["groups", "dilation", "from", "new_coords"])
NEW = st.one_of(
    st.tuples(KEYS, NUMBERS).map("=".join),
    st.sampled_from([f"[{name}]" for name in [*LAYERS, "lstm", "net", "x"]]),
    st.text(max_size=12),
)
EDITS = st.lists(st.tuples(st.sampled_from(["put", "add", "cut"]), st.integers(0, len(LINES) - 1), NEW), max_size=6)


@pytest.mark.parametrize("name", sorted(zoo.NETWORKS))
def test_the_zoo_is_sound(name: str, tmp_path: Path) -> None:
    for classes, size in ((80, None), (3, (640, 1280)), (1, 1536)):
        (tmp_path / "x.cfg").write_text(zoo.write(name, classes=classes, size=size))
        report = doctor.check(str(tmp_path / "x.cfg"))
        assert {f.code for f in report.findings} <= {"c-maxpool", "no-names", "anchor-shared", "anchor-unused"}
        assert {f.severity for f in report.findings} <= {"note"}


def test_published_networks_are_sound(reference: Path) -> None:
    for path in sorted((reference / "cfg").rglob("*.cfg")):
        report = doctor.check(str(path))
        if UNSUPPORTED.search(str(path)):
            continue
        severe = [finding for finding in report.findings if finding.severity != "note"]
        assert not severe or path.name == ONE_COMMA_SHORT, severe
        assert not report.errors


def test_a_published_mistake_is_found(reference: Path) -> None:
    report = doctor.check(str(reference / "cfg" / ONE_COMMA_SHORT))
    found = {(f.place.line, f.message) for f in report.findings if f.code == "anchor-size"}
    assert (2351, "an anchor's side is 4561 pixels, and the input has 896") in found


def test_published_weights_are_sound(reference: Path) -> None:
    for path in sorted((reference / "weights").glob("*.weights")):
        report = doctor.check(str(reference / "cfg" / f"{path.stem}.cfg"), str(path))
        assert set(kinds(report)) <= {"note header", "note no-names"}, path.name


def test_options_of_each_section_are_those_that_are_asked_for(reference: Path) -> None:
    """What is known of a section's options cannot be less than what parsing real ones asks for."""
    for path in sorted((reference / "cfg").glob("*.cfg")):
        sections, _ = cfg.scan(path.read_text("utf-8", errors="replace"), str(path))
        graph.draft(sections)
        for section in sections:
            if section.name in LAYERS or section.name == "net":
                assert section.used | section.ignored <= known_options(section.name)


@pytest.mark.parametrize("name", ["net", *LAYERS])
def test_every_section_tells_its_options(name: str) -> None:
    shared = {"width", "height", "channels", "batch"} if name == "net" else {"dontload", "learning_rate"}
    assert shared <= known_options(name)


@pytest.fixture(scope="module")
def folder() -> Path:
    with tempfile.TemporaryDirectory() as name:
        weights.save(network(), arrays(), Path(name) / "x.weights")
        (Path(name) / "x.names").write_text("cat\ndog\n")
        yield Path(name)


@settings(max_examples=150, deadline=None)
@given(EDITS)
def test_no_edit_of_a_cfg_makes_it_fail(folder: Path, edits: list[tuple[str, int, str]]) -> None:
    lines = list(LINES)
    for edit, at, new in edits:
        at = min(at, len(lines))
        lines[at : at + (edit != "add")] = [] if edit == "cut" else [new]
    holds("\n".join(lines), folder)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_no_text_makes_it_fail(folder: Path, text: str) -> None:
    holds(text, folder)


def holds(text: str, folder: Path) -> None:
    """Findings are of one line; there is an error if the network cannot be built, and all of it is JSON."""
    path = folder / "x.cfg"
    path.write_text(text, "utf-8", errors="surrogateescape", newline="")
    report = doctor.check(str(path), str(folder / "x.weights"), str(folder / "x.names"))
    assert not any("\n" in finding.message + finding.remedy for finding in report.findings)
    json.dumps(report.as_data(), allow_nan=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DarknetWarning)
        try:
            graph.build(cfg.read(path))
        except DarknetError:
            sound = False
        else:
            sound = True
    assert sound or any(f.severity == "error" and f.place.file == str(path) for f in report.findings)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=64), st.integers(0, 20))
def test_no_weights_make_it_fail(folder: Path, data: bytes, kept: int) -> None:
    (folder / "y.cfg").write_text(SOUND)
    (folder / "y.weights").write_bytes((folder / "x.weights").read_bytes()[:kept] + data)
    report = doctor.check(str(folder / "y.cfg"), str(folder / "y.weights"))
    assert report.errors
    json.dumps(report.as_data(), allow_nan=False)
