"""The tables of README.md and benchmarks/README.md are those of the CSVs in benchmarks/measured."""

from __future__ import annotations

import pytest
from reference import REPO

BENCHMARKS = REPO / "benchmarks"


@pytest.fixture
def tables(monkeypatch):
    """benchmarks/tables.py."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return __import__("tables")


def test_pages_have_what_was_measured(tables):
    for page, text in tables.pages().items():
        assert page.read_text("utf-8") == text, "python benchmarks/tables.py writes it"


def test_every_processor_that_was_measured_is_in_the_tables(tables):
    assert {path.stem for path in tables.FOLDER.glob("peers-*.csv")} == {f"peers-{name}" for name in tables.PROCESSORS}
    engines = {row.engine for networks in tables.figures().values() for rows in networks.values() for row in rows}
    assert engines <= set(tables.ENGINES)


def test_figures_stand_side_by_side(tables, monkeypatch):
    of_yolov4, of_tiny = tables.Row("yolov4", "ncnn", ms=1234.5), tables.Row("yolov4-tiny", "ncnn", ms=12.34)
    measured = {"zen3": {"yolov4": [of_yolov4]}, "zen4": {"yolov4-tiny": [of_tiny]}}
    monkeypatch.setattr(tables, "figures", lambda: measured)
    readme = tables.pages()[REPO / "README.md"]
    assert "| milliseconds, AVX2 / AVX-512 | yolo-fastest-1.1-xl @ 320 | yolov4-tiny @ 416 |" in readme
    assert "| ncnn | – / – | – / 12.3 | – / – | 1234 / – |" in readme
    assert "| OpenCV |" not in readme
