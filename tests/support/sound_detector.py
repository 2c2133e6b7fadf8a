"""A detector that the doctor has nothing against: two heads, at strides 4 and 2, and weights that fit."""

from __future__ import annotations

from pathlib import Path

from networks import random_weights

from darknet_py import cfg, doctor, graph, weights
from darknet_py.doctor import Finding, Report
from darknet_py.weights import Header, Weights

HEAD = """[convolutional]
filters=21
size=1
activation=linear
[yolo]
mask={}
anchors=4,5, 8,9, 12,10, 20,22, 40,30, 50,60
classes=2
num=6
"""
CONV = """[convolutional]
batch_normalize=1
filters=8
size=3
stride=2
pad=1
activation=leaky
"""
NET = """[net]
batch=64
subdivisions=8
width=64
height=64
channels=3
max_batches=500
"""
SOUND = f"{NET}{CONV}{CONV}{HEAD.format('3,4,5')}[route]\nlayers=0\n{HEAD.format('0,1,2')}"


def network(text: str = SOUND) -> graph.Graph:
    return graph.build(cfg.parse(text, "x.cfg"))


def arrays() -> Weights:
    return Weights(random_weights(network()).params, Header(seen=3200))


def save(path: Path, made: Weights | None = None) -> Path:
    weights.save(network(), made or arrays(), path)
    return path


def check(folder: Path, text: str = SOUND, weights: Path | None = None, names: str = "cat\ndog\n") -> Report:
    """What the doctor says of a cfg's text, with a file of names."""
    (folder / "x.cfg").write_text(text)
    (folder / "x.names").write_text(names)
    return doctor.check(str(folder / "x.cfg"), weights and str(weights), str(folder / "x.names"))


def kinds(report: Report) -> list[str]:
    return [f"{finding.severity} {finding.code}" for finding in report.findings]


def only(report: Report, code: str) -> Finding:
    (finding,) = (finding for finding in report.findings if finding.code == code)
    return finding
