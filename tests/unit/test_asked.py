"""What a network cannot be asked for is told in a line, and nothing of what it is given is passed over."""

from __future__ import annotations

import numpy as np
import pytest
from small_detector import files, net

from darknet_py import DarknetError, Network
from darknet_py.errors import ExportError, ShapeError

__all__ = ["files", "net"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"threads": 0}, "threads=0 is not possible; it must be at least 1"),
        ({"threads": 1.5}, "threads=1.5 is not possible; it must be a whole number from 1"),
        ({"threads": "2"}, "threads='2' is not possible"),
        ({"threads": True}, "threads=True is not possible"),
        ({"size": 32}, r"size=32 is not possible; it must be \(width, height\) in pixels"),
        ({"size": (32, 24, 3)}, "size=.* is not possible"),
        ({"size": "32x24"}, "size='32x24' is not possible"),
        ({"size": (32.0, 24.0)}, "size=.* is not possible"),
        ({"numerics": "Exact"}, "numerics='Exact' is not known; use one of: exact, fast"),
        ({"numerics": ["fast"]}, "numerics=.* is not known"),
        ({"names": 2}, "names=2 is not possible; it must be a file or a list of names"),
    ],
)
def test_options(files, options, says):
    with pytest.raises(DarknetError, match=f"^{says}"):
        Network.load(*files, **options)


@pytest.mark.parametrize("given", [(32, 24), [32, 24], np.array([32, 24])])
def test_sizes(files, given):
    net = Network.load(*files, size=given, threads=np.int64(2))
    assert (net.width, net.height, net.options.threads) == (32, 24, 2)


@pytest.mark.parametrize("name", ["activations", "profile"])
def test_where_one_picture_is_taken_several_are_an_error(net, name):
    x = np.zeros((2, 3, 24, 32), np.float32)
    with pytest.raises(ShapeError, match="one picture at a time is taken here, not 2"):
        getattr(net, name)(x)
    assert getattr(net, name)(x[:1])


@pytest.mark.parametrize("runs", [0, -1, 1.5, "2"])
def test_runs_of_a_profile(net, runs):
    with pytest.raises(DarknetError, match=r"^runs=.* is not possible"):
        net.profile(np.zeros((3, 24, 32), np.float32), runs)


def test_a_model_is_not_written_over_the_network_s_weights(files, net, tmp_path):
    before = files[1].read_bytes()
    (tmp_path / "link.onnx").symlink_to(files[1])
    for path in (files[1], str(files[1]), tmp_path / "link.onnx"):
        with pytest.raises(ExportError, match="holds the weights of this network; choose another file"):
            net.export(path)
    assert files[1].read_bytes() == before
