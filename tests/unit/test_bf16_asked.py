"""bfloat16 numerics as they are asked for, by networks, commands and OpenCV's readers; what processors without them say."""

from __future__ import annotations

import copy
import pickle
from unittest import mock

import cv2
import engine
import numpy as np
import pytest
from small_detector import files, net

from darknet_py import DarknetError, Network
from darknet_py.cli import main
from darknet_py.compat import cv2_dnn
from darknet_py.engine.native.host import host

__all__ = ["files", "net"]

LACKING = r'^numerics="bf16" needs a processor with AVX512_BF16 .*, which this one \(\w+\) lacks; use numerics="fast"'


@pytest.fixture
def without():
    """A processor that has no such instruction."""
    with mock.patch.object(host(), "bf16", False):
        yield


@pytest.mark.usefixtures("without")
def test_a_processor_without_it_says_so(files):
    with pytest.raises(DarknetError, match=LACKING) as caught:
        Network.load(*files, numerics="bf16")
    assert "\n" not in str(caught.value)
    assert Network.load(*files, numerics="fast")


@pytest.mark.usefixtures("without")
def test_opencv_s_readers_say_so_at_once(files):
    for call in (lambda: cv2_dnn.readNetFromDarknet(*map(str, files), numerics="bf16"), lambda: cv2_dnn.install("bf16")):
        with pytest.raises(cv2.error, match=LACKING):
            call()
    assert cv2_dnn.reading.OPTIONS["numerics"] == "exact"


@pytest.mark.usefixtures("without")
def test_a_command_says_so_in_a_line(files, capsys, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((24, 32, 3), np.uint8))
    assert main(["detect", *map(str, files), str(tmp_path / "a.png"), "-numerics", "bf16", "-quiet"]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert 'needs a processor with AVX512_BF16' in err


@pytest.mark.usefixtures("without")
def test_a_pickled_network_says_so_where_it_is_unpickled(files):
    with engine.emulated_bf16():
        pickled = pickle.dumps(Network.load(*files, numerics="bf16"))
        assert pickle.loads(pickled).options.numerics.value == "bf16"
    with pytest.raises(DarknetError, match=LACKING):
        pickle.loads(pickled)


def test_a_network(files):
    """Near the exact one, but not the same; pictures, threads, copies and kept layers change no bit."""
    x = np.random.RandomState(0).rand(3, 3, 24, 32).astype(np.float32)
    exact = Network.load(*files).predict(x)
    with engine.emulated_bf16():
        net = Network.load(*files, numerics="bf16", threads=2)
        got = net.predict(x)
        for one in (copy.deepcopy(net), Network.load(*files, numerics="bf16", threads=1)):
            for y, z in zip(one.predict(x), got, strict=True):
                assert np.array_equal(y, z)
        kept = net.activations(x[0])
        assert np.array_equal(kept[net.heads[-1][0]], got[-1][0])
        profile = net.profile(x[0], runs=1)
    assert all(np.isfinite(layer.seconds) for layer in profile.layers)
    for y, z in zip(got, exact, strict=True):
        assert 0 < np.abs(y - z).max() < 0.05 * np.abs(z).max()
