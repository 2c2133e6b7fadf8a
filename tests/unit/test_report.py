"""Plots and the page of an evaluation: what is in them, where they may go, what names may hold."""

from __future__ import annotations

import base64
import re
import sys
from contextlib import nullcontext
from html.parser import HTMLParser

import cv2
import detections as made
import numpy as np
import pytest

from darknet_py import report
from darknet_py.errors import DarknetError, DarknetWarning, OutputError
from darknet_py.evaluate import evaluation, worst
from darknet_py.files.samples import Sample

STRANGE = ["_hidden", "$5 $x^2", "<b>&\"dog\"</b>", "日本", "a\x1b[31mb\udcff", "long " * 30]
PLOTS = report.pr_curve, report.f1_curve, report.confusion_matrix


@pytest.fixture
def figures():
    pytest.importorskip("matplotlib")
    return evaluation(*made.apart(1, len(STRANGE), 4), STRANGE)


@pytest.fixture
def wrong(tmp_path):
    """(found, samples) of two pictures, one of which is not there."""
    cv2.imwrite(str(tmp_path / "a.png"), np.full((1200, 1600, 3), 90, np.uint8))
    label, other = (1, 0.5, 0.5, 0.2, 0.2), (2, 0.2, 0.2, 0.1, 0.1)
    seen = [made.found((0, 0.9, *label[1:]), (3, 0.6, 0.8, 0.8, 0.1, 0.1)), made.found()]
    return seen, [Sample(str(tmp_path / name), (), made.labels(label, other)) for name in ("a.png", "lost.png")]


@pytest.mark.parametrize("plot", PLOTS)
def test_a_plot_of_strange_names(figures, tmp_path, plot):
    """Names stay what they are: none is a formula, none is hidden; a second time it is the same file."""
    for name in ("a.svg", "b.svg"):
        report.save_plot(tmp_path / name, plot, figures)
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert text == (tmp_path / "b.svg").read_text("utf-8")
    for name in ("_hidden", "$5 $x^2", "&lt;b&gt;&amp;", "日本"):
        assert name in text
    assert "\x1b" not in text


@pytest.mark.parametrize(("plot", "suffix"), [(report.pr_curve, ".png"), (report.confusion_matrix, ".pdf")])
def test_letters_that_no_font_has_are_told(figures, tmp_path, plot, suffix):
    path = tmp_path / f"a{suffix}"
    lacking = report.plots.rendered(plot, figures, suffix[1:], report.plots.LIGHT)[1]
    with pytest.warns(DarknetWarning, match=r"a\.svg would show them") if lacking else nullcontext():
        report.save_plot(path, plot, figures)
    if suffix == ".png":
        assert cv2.imread(str(path)).std() > 5


@pytest.mark.parametrize("classes", [1, 12])
def test_plots_of_few_and_many_classes(tmp_path, classes):
    """Of many only the best and the worst have names."""
    pytest.importorskip("matplotlib")
    figures = evaluation(*made.apart(2, classes, 6), [f"class {j}" for j in range(classes)])
    for plot in PLOTS:
        report.save_plot(tmp_path / "a.svg", plot, figures)
        named = len(re.findall(r">\s*\d+\.\d  class \d+<", (tmp_path / "a.svg").read_text("utf-8")))
        assert named == (0 if plot is report.confusion_matrix else min(classes, 10))


def test_plots_of_nothing(tmp_path):
    pytest.importorskip("matplotlib")
    nothing = evaluation([made.found()], [Sample("a.png")], ["a"])
    for plot in PLOTS:
        report.save_plot(tmp_path / "a.svg", plot, nothing)
    assert "No box is right" in report.write(tmp_path, nothing).read_text("utf-8")


class Page(HTMLParser):
    """The tags that are open, the addresses that are used, the ids, the pictures."""

    VOID = "meta", "img", "source", "br"

    def __init__(self, text):
        super().__init__()
        self.open, self.used, self.ids, self.alts = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        self.open += [] if tag in self.VOID else [tag]
        self.used += [facts[name] for name in ("src", "href", "srcset") if name in facts]
        self.ids += [facts["id"]] if "id" in facts else []
        self.alts += [facts.get("alt")] if tag == "img" else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_holds_all_of_itself(figures, wrong, tmp_path):
    drawn = list(report.drawn(worst(*wrong), *wrong, STRANGE))
    path = report.write(tmp_path / "new" / "folder", figures, drawn, {"size": "8x8"}, "<i>title</i>")
    text = path.read_text("utf-8")
    page = Page(text)
    assert page.open == []
    assert all(address.startswith("data:image/") for address in page.used)
    assert len(page.ids) == len(set(page.ids))
    assert all(page.alts)
    selectors = re.findall(r"([^{}]+){", text[text.index("<style>") : text.index("</style>")])
    assert not [one for one in selectors if "@" in one.strip()[1:]]
    assert "<b>" not in text
    assert "<i>" not in text
    assert "$title" not in text
    for figure in figures.classes:
        assert f"{100 * figure.ap:.2f}" in text


def test_pictures_are_drawn_with_what_is_wrong(wrong):
    drawn, lost = report.drawn(worst(*wrong), *wrong, ["a", "b", "c", "d"])
    assert lost.jpeg == b""
    assert lost.told[1:] == ("missed: b", "missed: c")
    assert drawn.told == ("missed: c", "a 90%, is b", "false: d 60%")
    picture = cv2.imdecode(np.frombuffer(drawn.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (720, 960, 3)
    assert drawn.size == (960, 720)
    assert np.abs(picture.astype(int) - 90).max() > 80


def test_a_page_takes_the_place_of_a_report_alone(figures, tmp_path):
    (tmp_path / "index.html").write_text("<p>mine</p>")
    with pytest.raises(OutputError, match="is no report"):
        report.write(tmp_path, figures)
    assert (tmp_path / "index.html").read_text() == "<p>mine</p>"
    (tmp_path / "folder" / "index.html").mkdir(parents=True)
    with pytest.raises(OutputError, match="is no report"):
        report.write(tmp_path / "folder", figures)
    with pytest.raises(OutputError, match="is a file"):
        report.write(tmp_path / "index.html", figures)
    with pytest.raises(OutputError, match=r"a plot is .png, .svg, .pdf"):
        report.save_plot(tmp_path / "a.jpg", report.pr_curve, figures)


def test_without_matplotlib(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    nothing = evaluation([made.found()], [Sample("a.png")], ["a"])
    for use in (report.needs_matplotlib, lambda: report.save_plot(tmp_path / "a.png", report.pr_curve, nothing)):
        with pytest.raises(DarknetError, match=r"plots need matplotlib: .*pip install .*\[plots\]"):
            use()


def test_plots_in_the_page_are_for_light_and_dark(figures, tmp_path):
    text = report.write(tmp_path, figures).read_text("utf-8")
    pictures = re.findall(r'svg\+xml;base64,([^"]+)"', text)
    assert len(pictures) == 6
    assert len(set(pictures)) == 6
    assert all(b"</svg>" in base64.b64decode(data) for data in pictures)
