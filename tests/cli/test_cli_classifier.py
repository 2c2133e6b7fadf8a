"""``classifier predict``: folders, names, a bad picture, its help."""

from __future__ import annotations

import evaluation_set as golden
import pytest

from darknet_py.cli import main

nets, place = golden.nets, golden.place


@pytest.fixture
def classifier(place):
    golden.write_data(place, 7, more="top=2\n")
    return "my.data", "average_classifier.cfg", "average_classifier.weights"


def classes(out):
    """The lines about classes, picture by picture."""
    return [part.split("milli-seconds.\n")[1].splitlines() for part in out.split(": Predicted in")[1:]]


def test_classifier_on_folders(classifier, capsys):
    assert main(["classifier", "predict", *classifier, "pictures", "-quiet", "-t", "99"]) == 0
    listed = [[line for line in lines if ": 0." in line] for lines in classes(capsys.readouterr().out)]
    assert [len(lines) for lines in listed] == [7] * 4
    for lines in listed:
        probabilities = [float(line.split(": ")[1]) for line in lines]
        assert probabilities == sorted(probabilities, reverse=True)
        assert sum(probabilities) == pytest.approx(1, abs=1e-5)


def test_classifier_names(classifier, place, capsys):
    (place / "my.names").write_text("one\n")
    (place / "more.names").write_text("".join(f"more {j}\n" for j in range(7)))
    assert main(["classifier", "predict", *classifier, "pictures/1.png", "-t", "7"]) == 0
    out, err = capsys.readouterr()
    assert {line.split(":")[0] for line in classes(out)[0]} == {"one", *"123456"}
    assert "warning: 1 class names for 7 classes" in err
    (place / "my.data").write_text("classes=7\nlabels=more.names\n")
    assert main(["classifier", "predict", *classifier, "pictures/1.png"]) == 0
    assert [line.split(" ")[0] for line in classes(capsys.readouterr().out)[0]] == ["more"]


def test_classifier_after_a_bad_picture(classifier, place, capsys):
    (place / "bad.png").write_bytes(b"no picture")
    assert main(["classifier", "predict", *classifier, "bad.png", "pictures/1.png"]) == 1
    out, err = capsys.readouterr()
    assert len(classes(out)) == 1
    assert err.startswith("darknet_py: error: bad.png")


def test_help_of_classifier(capsys):
    assert main(["classifier", "-h"]) == 0
    assert "classifier predict DATA CFG WEIGHTS" in capsys.readouterr().out
