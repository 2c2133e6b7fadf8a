"""examples/: what its README says is read in the pictures is what ``darknet_py read`` prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "examples"
ROW = re.compile(r'^\| <img src="(\w+\.jpg)".*?\| (?P<written>.*) \| (?P<printed>.*) \|$', re.MULTILINE)
PAGE = (FOLDER / "README.md").read_text("utf-8")
TABLE = {row[1]: (row["written"].split("<br>"), row["printed"].split("<br>")) for row in ROW.finditer(PAGE)}
WEIGHTS = ROOT / "weights" / "yolov4-chars.weights"
trained = pytest.mark.skipif(not WEIGHTS.is_file(), reason=f"{WEIGHTS.name} is absent")


def test_the_table_has_each_picture() -> None:
    assert sorted(TABLE) == sorted(p.name for p in FOLDER.glob("*.jpg"))
    assert {Path(name).stem for name in TABLE} == {"meter", "plate", "label", "scoreboard", "handwriting"}
    for name in TABLE:
        height, width = cv2.imread(str(FOLDER / name)).shape[:2]
        assert 640 <= width <= 800
        assert 480 <= height <= 600
        assert (FOLDER / name).stat().st_size < 150_000


@trained
def test_what_the_table_says_is_printed() -> None:
    command = [sys.executable, "-m", "darknet_py", "read", *(f"examples/{name}" for name in TABLE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    told = [f"examples/{name}: {line.strip('`')}" for name, (_, printed) in TABLE.items() for line in printed]
    assert done.stdout.splitlines() == told


def test_what_is_written_is_read_and_nothing_else() -> None:
    assert {name: printed for name, (_, printed) in TABLE.items()} == {name: written for name, (written, _) in TABLE.items()}
    assert sum(len(written) for written, _ in TABLE.values()) == 16
