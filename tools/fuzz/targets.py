"""What is done with an input: each target takes bytes, and raises nothing but DarknetError."""

from __future__ import annotations

import atexit
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import checkpoints
import numpy as np
from mutations import CFGS

from darknet_py import Network, cfg, doctor, graph, image, summary, weights
from darknet_py.engine_api.options import Options
from darknet_py.errors import DarknetError
from darknet_py.files import labels, lists
from darknet_py.import_ import convert, model_of, read_checkpoint, save

__all__ = ["TARGETS"]

NUMBERS, OPERATIONS = 1_000_000, 50_000_000  # of weights and outputs; of a network that is run
FOLDER = Path(tempfile.mkdtemp(prefix="darknet_py-fuzz-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def run_cfg(data: bytes) -> None:
    """A cfg, and the network that it describes if that is tiny."""
    path = _file("x.cfg", data)
    doctor.check(str(path)).as_data()
    network = graph.build(cfg.read(path))
    graph.summary(network), summary.table(network), summary.dot(network), network.stride
    if _is_tiny(network):
        size = weights.expected_size(network)
        _run(network, (b"\0\0\0\0\2\0\0\0\5\0\0\0" + data[::-1] * (size // (len(data) or 1) + 1))[:size])
    with contextlib.suppress(DarknetError):
        graph.build(cfg.read(path), (32, 32))


def run_weights(data: bytes) -> None:
    """A weights file, for the network that its first byte names."""
    text = CFGS[data[0] % 3 if data else 0]
    path, network = _file("x.weights", data[1:]), graph.build(cfg.parse(text))
    doctor.check(str(_file("w.cfg", text.encode())), str(path)).as_data()
    _run(network, path)


def run_data(data: bytes) -> None:
    path = _file("x.data", data)
    cfg.read_data(path), cfg.names_file(path)


def run_names(data: bytes) -> None:
    cfg.read_names(_file("x.names", data))


def run_labels(data: bytes) -> None:
    labels.read_labels(_file("x.txt", data))


def run_list(data: bytes) -> None:
    lists.read_list(_file("list.txt", data))


def run_picture(data: bytes) -> None:
    picture = image.load_image(_file("x.jpg", data), max_pixels=1 << 22)
    image.resize_image(picture, 16, 16), image.letterbox_image(picture, 16, 16)


def run_checkpoint(data: bytes) -> None:
    model_of(read_checkpoint(_file("x.pt", data)))


def run_import(data: bytes) -> None:
    cfg_file = str(_file("m.cfg", checkpoints.STATE_CFG.encode()))
    save(convert(_file("x.pt", data), cfg_file), FOLDER / "out")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "cfg": run_cfg, "weights": run_weights, "data": run_data, "names": run_names, "labels": run_labels, "list": run_list,
    "picture": run_picture, "checkpoint": run_checkpoint, "import": run_import,
}  # fmt: skip


def _is_tiny(network: graph.Graph) -> bool:
    outputs = sum(node.shape.size for node in network.nodes) + network.net.shape.size
    return network.flops < OPERATIONS and weights.expected_size(network) < 4 * NUMBERS and outputs < NUMBERS


def _run(network: graph.Graph, source: bytes | Path) -> None:
    """Load, compile, predict, decode."""
    net = Network(network, weights.load(network, source), Options(), [])
    x = np.random.RandomState(0).rand(*network.net.shape).astype(np.float32)
    outputs = net.predict(x)
    if net.heads:
        net.rows(outputs, net.fit((31, 17)), thresh=0.1)
        net.detect(np.zeros((9, 7, 3), np.uint8))


def _file(name: str, data: bytes) -> Path:
    path = FOLDER / name
    path.write_bytes(data)
    return path


@contextlib.contextmanager
def swept() -> Iterator[None]:
    """Around a session: its files are deleted."""
    try:
        yield
    finally:
        for path in FOLDER.iterdir():
            path.unlink()
        FOLDER.rmdir()
