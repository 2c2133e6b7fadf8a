"""``darknet_py serve``: what is wrong with a line is told in one, and a service from its first line to its end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest
import small_detector
from processes import command, environment

from darknet_py.cli import main
from darknet_py.cli.serve_doors import _origins

SOON = 60


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    small_detector.write(tmp_path, name="x")
    (tmp_path / "x.names").write_text("cat\ndog\n")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["-bind", "0.0.0.0"], 2, "-bind 0.0.0.0 lets other machines use this service"),
        (["-bind", "::"], 2, "-token_file FILE, or say -insecure"), (["-bind", "192.168.1.7"], 2, "lets other machines"),
        (["-token", "12345678", "-insecure"], 2, "-token and -insecure exclude"), (["-token", "short"], 2, "8 to 200"),
        (["-token_file", "nowhere"], 1, "-token_file nowhere: cannot be read"), (["-token_file", "x.cfg"], 1, "8 to 200"),
        (["-port", "70000"], 2, "not a port from 0 to 65535"), (["-allow_origin", "example.org"], 2, "https://example.org"),
        (["-model", "x.cfg"], 2, "not NAME=CFG"), (["-model", "a=x.cfg", "-model", "a=x.cfg"], 1, "two models are called a"),
        (["x.cfg", "-model", "b=x.cfg", "-names", "x.names"], 1, "one list for 2 models"), (["no"], 1, "no: no such"),
        (["x.cfg", "a.png", "x.weights"], 2, "a.png: serve takes"), (["-log", "xml"], 2, "not one of text, json, off"),
        (["-thresh", "2"], 2, "-thresh 2: not from 0 to 1"), (["-thresh", "-1"], 2, "-thresh"),
        (["-nms", "1.5"], 2, "-nms"), (["-thresh", "24"], 2, "-thresh"),
        (["-allow_host", "a/b"], 2, "'a/b' is no machine's name"), (["-allow_host", "a,http://b"], 2, "'http://b' is no"),
        (["-allow_host", "a:80"], 2, "without port"), (["-allow_host", "[::1]"], 2, "is no machine's name"),
        (["-bind", "203.0.113.1", "-insecure"], 1, "requested address); choose"),
    ],
)  # fmt: skip
def test_a_wrong_line(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, text: str) -> None:
    pytest.importorskip("uvicorn", reason="the extra serve is not installed")
    assert main(["serve", *words]) == code
    out, err = capsys.readouterr()
    assert not out
    assert text in err
    assert err.count("\n") == 1


def test_pages_are_named_as_browsers_name_them() -> None:
    assert _origins("https://Page.Example/,null") == ["https://page.example", "null"]


@pytest.mark.parametrize("package", ["fastapi", "uvicorn", "prometheus_client", "swagger_ui_bundle", "python_multipart"])
def test_without_its_packages_it_says_which(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], package: str
) -> None:
    for name in [name for name in sys.modules if name.startswith("darknet_py.serve.") or name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["serve", "x.cfg"]) == 1
    err = capsys.readouterr().err
    assert "a service needs packages that are not here" in err
    assert "[serve]" in err
    assert err.count("\n") == 1


def test_a_service_from_its_first_line_to_its_end(folder: Path) -> None:
    """It answers as ``detect`` does, tells each request in a line of JSON, and is ended by SIGTERM."""
    pytest.importorskip("uvicorn", reason="the extra serve is not installed")
    picture = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    cv2.imwrite("a.png", picture)
    words = command("serve", "x.cfg", "x.weights", "-port", "0", "-log", "json", "-thresh", ".01")
    with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            assert "x at http://127.0.0.1:" in said, process.stderr.read()
            address = said.split()[3]
            with urllib.request.urlopen(f"{address}v1/detect", Path("a.png").read_bytes(), timeout=SOON) as reply:
                found = json.load(reply)
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=SOON)
        finally:
            process.kill()
    assert process.returncode == 0
    told = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert [(one["path"], one["status"], one["model"]) for one in told if "path" in one] == [("/v1/detect", 200, "x")]
    line = ["detect", "x.cfg", "x.weights", "a.png", "-format", "json", "-out", "o.json", "-thresh", ".01", "-dont_draw"]
    assert main(line) == 0
    expected = json.loads(Path("o.json").read_text("utf-8"))
    assert found[0]["objects"]
    assert found[0]["objects"] == expected[0]["objects"]
