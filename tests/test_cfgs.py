"""README's table of published cfgs and docs/cfgs.md are those of docs/cfgs.csv; what is not equal has its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tools import cfgs

ROWS = cfgs.read()
SOUND = replace(ROWS[0], ours="runs", differs="16 yolo", distance="6.1e-08", spread="", boxes="3", found="3", remark="")


@pytest.mark.parametrize("page", cfgs.pages(), ids=lambda page: page.name)
def test_pages_have_the_figures(page) -> None:
    assert page.read_text("utf-8") == cfgs.pages()[page], "python -m tools.cfgs writes it"


@pytest.mark.parametrize(("row", "verdict"), [
    (SOUND, "bits"),
    (replace(SOUND, differs=""), "bits"),
    (replace(SOUND, differs="106 softmax"), "bits"),
    (replace(SOUND, distance="2.0e-06"), "not"),  # a head's logistic moves nothing that far
    (replace(SOUND, differs="0 convolutional mish", distance="2.0e-05", spread="3.0e-05"), "distance"),
    (replace(SOUND, differs="0 convolutional mish", distance="7.0e-05", spread="3.0e-05"), "not"),
    (replace(SOUND, differs="0 convolutional mish", distance="4.0e-05"), "not"),
    (replace(SOUND, differs="8 connected relu", distance="4.0e-06"), "distance"),
    (replace(SOUND, ours="refuses", distance=""), "not"),
    (replace(SOUND, c="crashes", distance=""), "not"),
])  # fmt: skip
def test_what_is_called_equal(row: cfgs.Row, verdict: str) -> None:
    assert row.verdict == verdict


def test_what_is_not_equal_has_its_reason() -> None:
    assert not [row.path for row in ROWS if row.verdict == "not" and not row.remark]


def test_boxes_that_were_not_found_have_a_reason() -> None:
    assert not [row.path for row in ROWS if row.boxes != row.found and not row.remark]


def test_rows_of_a_family_stand_together() -> None:
    groups = list(dict.fromkeys((row.repository, row.family) for row in ROWS))
    assert [(row.repository, row.family) for row in ROWS] == [
        group for group in groups for row in ROWS if (row.repository, row.family) == group
    ]
    assert len({(row.repository, row.path) for row in ROWS}) == len(ROWS)


def test_a_line_sums_up_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    far = replace(SOUND, differs="0 convolutional mish", distance="2.0e-05", spread="3.0e-05")
    refused = replace(SOUND, ours="refuses", distance="", remark="xnor")
    copied = replace(SOUND, also="z/z")
    monkeypatch.setattr(cfgs, "read", lambda: [SOUND, copied, far, refused, replace(refused, ours="parses", remark="odd")])
    readme = cfgs.pages()[cfgs.ROOT / "README.md"]
    title = f"{SOUND.repository}: {SOUND.family}"
    assert f"| {title} | 5 | 4 | 3 | 2 in bits, 1 within 2e-05 | 1: xnor; 1: odd |\n" in readme
    assert "| z/z | 1, all of them above | | | | |\n" in readme.replace("|  ", "| ")
    assert "| all | 5 | 4 | 3 |" in readme
