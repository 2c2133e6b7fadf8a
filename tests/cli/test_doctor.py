"""``darknet_py doctor``: the installation and its faults, and the report, in which nothing is private."""

from __future__ import annotations

import platform
import re
import sys
from pathlib import Path

import pytest
import sound_detector

from darknet_py._support import libraries
from darknet_py._support.version import __version__
from darknet_py.cli import main
from darknet_py.doctor import installation

SECRET = "zebrafish"


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, its files, a user, a host and classes, all called by one word that no fact has."""
    home = tmp_path / SECRET
    home.mkdir()
    (home / f"{SECRET}.cfg").write_text(sound_detector.SOUND.replace("classes=2", "classes=3", 1))
    sound_detector.save(home / f"{SECRET}.weights")
    (home / f"{SECRET}.names").write_text(f"{SECRET}\nB\n")
    (home / f"{SECRET}.data").write_text(f"names={home}/{SECRET}.names\n")
    for variable in ("HOME", "USER", "LOGNAME", "HOSTNAME", "NUMBA_CACHE_DIR", "DARKNET_PY_CACHE"):
        monkeypatch.setenv(variable, str(home))
    monkeypatch.setattr(platform, "node", lambda: SECRET)
    monkeypatch.setattr(platform, "release", lambda: f"6.1.0-{SECRET}")
    monkeypatch.chdir(home)
    return home


def report(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    main(["doctor", "--report", *words])
    out, err = capsys.readouterr()
    assert SECRET not in (out + err).lower()
    assert re.search(rf"^darknet_py: +{re.escape(__version__)}$", out, re.M)
    return out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "kernels:  *kept"),
        (f"{SECRET}.cfg", "findings: .*error classes-differ"),
        (f"{SECRET}.cfg {SECRET}.weights", r"weights header: version 0\.2\.5, 20 bytes, seen 3200; \d+ bytes, of"),
        (f"{SECRET}.weights {SECRET}.cfg -data {SECRET}.data", "names: *2"),
        (f"{SECRET}.cfg {SECRET}.names", r"weights: .*sha256 [0-9a-f]{16}, \d+ bytes"),
        (f"no/{SECRET}.cfg", "cfg: *cannot be read: No such file or directory"),
        (f"{SECRET}.cfg no/{SECRET}.weights", "weights: *cannot be read"),
        (f"{SECRET}.names", "findings: .*error"),
        ("yolov4-tiny", "cfg: *built in, yolov4-tiny"),
    ],
)
def test_a_report_names_nobody_and_no_file(words: str, says: str, private: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.search(says, report(words.split(), capsys))


def test_texts_that_are_warned_of_stay_out_of_a_report(private: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (private / f"{SECRET}.names").write_bytes("猫\n狗\n".encode("gbk"))
    (private / f"{SECRET}.data").write_text(f"{SECRET}\nnames={SECRET}.names\n")
    assert "findings:" in report([f"{SECRET}.cfg", "-data", f"{SECRET}.data"], capsys)


def test_values_of_settings_are_told_only_where_they_tell_nothing(
    private: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("DARKNET_PY_TUNE", SECRET)
    told = report([], capsys)
    assert "DARKNET_PY_CACHE is set" in told
    assert "DARKNET_PY_TUNE is set" in told
    assert SECRET not in told
    assert "OMP_NUM_THREADS=3" in told


def test_the_doctor_tells_what_check_finds(private: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", f"{SECRET}.cfg"]) == 1
    out = capsys.readouterr().out
    assert "nothing is wrong with this installation" in out
    assert f"error   {SECRET}.cfg:" in out


def test_a_sound_installation_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert main(["doctor", "--report"]) == 0


def test_what_is_wrong_with_an_installation(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(installation, "version_of", lambda name: "4.5")  # every package, and so OpenCV four times
    monkeypatch.setattr(installation, "_kernels", lambda: "not kept")
    monkeypatch.setattr(libraries, "_problems", {"cv2": f"cv2 cannot be imported from /home/{SECRET}"})
    monkeypatch.delitem(sys.modules, "darknet_py._support.with_cv2")
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "-> pip uninstall opencv-python opencv-python-headless opencv-contrib" in out
    assert "-> set DARKNET_PY_CACHE" in out
    assert f"error   this installation: cv2 cannot be imported from /home/{SECRET}" in out
    assert "not sound:" in report([], capsys)


def test_names_of_others_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "a.cfg", "b.weights", "c.names", "d"]) == 2
    assert "takes [CFG|NAME [WEIGHTS]] and no more" in capsys.readouterr().err
