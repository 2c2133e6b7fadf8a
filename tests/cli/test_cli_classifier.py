"""``classifier predict`` and ``valid``: folders, names, labels, a bad picture, their help."""

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


def test_valid_looks_for_labels_in_what_the_list_says(classifier, place, capsys):
    """Not in the folder of the list, which is put before its paths."""
    (place / "my.data").write_text("classes=7\nlabels=my.labels\nvalid=1.pictures/list.txt\n")
    (place / "my.labels").write_text("".join(f"{j}.\n" for j in range(1, 8)))
    (place / "pictures").rename(place / "1.pictures")
    (place / "1.pictures" / "list.txt").write_text("2.png\n3.png\n")
    assert main(["classifier", "valid", *classifier, "-t", "7"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("1: top 1: 0.000000, top 7: 1.000000\n")
    assert err == ""


def test_valid_counts_a_bad_picture_as_wrong(classifier, place, capsys):
    (place / "my.data").write_text("classes=7\nlabels=my.labels\nvalid=list.txt\n")
    (place / "my.labels").write_text("".join(f"{j}.\n" for j in range(1, 8)))
    (place / "pictures" / "2.png").write_bytes(b"no picture")
    assert main(["classifier", "valid", *classifier, "-t", "99", "-quiet"]) == 1
    out, err = capsys.readouterr()
    assert [line.rpartition(" ")[2] for line in out.splitlines()] == ["1.000000", "0.500000", "0.666667", "0.750000"]
    assert err.startswith("darknet_py: error: pictures/2.png")


@pytest.mark.parametrize(
    ("data", "labels", "more", "code", "says"),
    [
        ("valid=list.txt", "", (), 1, "my.data: no labels= in it, the file of class names"),
        ("labels=my.labels", "a\n", (), 1, "my.data: no valid= in it"),
        ("labels=no.labels\nvalid=list.txt", "", (), 1, "labels=no.labels is not there"),
        ("labels=my.labels\nvalid=no.txt", "a\n", (), 1, "valid=no.txt is not there"),
        ("labels=my.labels\nvalid=list.txt", "a\n\nb\n", (), 1, "my.labels:2: an empty line, which is part of every path"),
        ("labels=my.labels\nvalid=list.txt", "1\n", (), 0, "my.labels: 1 label for 7 classes; classes without one are"),
        ("labels=my.labels\nvalid=list.txt", "1\n" * 8, (), 0, "my.labels: 8 labels for 7 classes; those after them are"),
        ("labels=my.labels\nvalid=list.txt", "a\n", ("b.png",), 2, "b.png: classifier valid takes DATA CFG WEIGHTS"),
        ("labels=my.labels\nvalid=list.txt\nleaves=x\nclasses=7", "a\n", (), 1, "my.data:3: leaves= is of a tree"),
        ("labels=my.labels\nvalid=list.txt\nclasses=6", "a\n", (), 1, "my.data:3: classes=6, but average_"),
    ],
)  # fmt: skip
def test_valid_says_what_is_wrong(classifier, place, capsys, data, labels, more, code, says):
    (place / "my.data").write_text(data if "classes" in data else f"{data}\nclasses=7\n")
    (place / "my.labels").write_text(labels)
    assert main(["classifier", "valid", *classifier, *more]) == code
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("word", ["validcrop", "validfull", "validmulti", "train", "label"])
def test_what_a_classifier_is_not_asked_here(word, capsys):
    assert main(["classifier", word, "my.data"]) == 1
    assert f"classifier {word}: " in capsys.readouterr().err


def test_valid_is_not_for_detectors(classifier, place, capsys):
    (place / "my.data").write_text("labels=my.names\nvalid=list.txt\nclasses=4\n")
    assert main(["classifier", "valid", "my.data", "spp.cfg", "spp.weights"]) == 1
    assert "spp.cfg: a detector, for darknet_py detector test" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["predict", "valid", "valid10"])
def test_help_of_classifiers(command, capsys):
    assert main(["classifier", "-h"]) == 0
    assert f"\n  {command} " in capsys.readouterr().out
    assert main(["classifier", command, "-h"]) == 0
    assert f"classifier {command} DATA CFG WEIGHTS" in capsys.readouterr().out
