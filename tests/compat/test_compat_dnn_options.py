"""Options that OpenCV's importer leaves out or refuses: ``compat.cv2_dnn`` follows Darknet."""

from __future__ import annotations

import numpy as np
import pytest
from dnn_calls import blob, forward
from networks import random_weights

from darknet_py import Network, cfg, graph
from darknet_py.compat import cv2_dnn

CONVOLUTION = "[convolutional]\nfilters=8\nsize=3\nstride={}\npad=1\nactivation=leaky\n"
NET = "[net]\nwidth=32\nheight=24\nchannels=3\n" + CONVOLUTION.format(1)
SOFTMAX = NET + "[avgpool]\n[softmax]\n"

OPTIONS = {  # a cfg, and the same one with an option
    "dilation": (NET + CONVOLUTION.format(1), NET + CONVOLUTION.format("1\ndilation=2")),
    "stride_x": (NET + CONVOLUTION.format(2), NET + CONVOLUTION.format("2\nstride_x=1")),
    "stride_y of a pool": (NET + "[maxpool]\nsize=2\nstride=2\n", NET + "[maxpool]\nsize=2\nstride=2\nstride_y=1\n"),
    "maxpool_depth": (NET, NET + "[maxpool]\nmaxpool_depth=1\nout_channels=4\n"),
    "scale of an upsample": (NET + "[upsample]\n", NET + "[upsample]\nscale=.5\n"),
    "a shortcut of two": (NET + CONVOLUTION.format(1) * 2 + "[shortcut]\nfrom=-2\n",
                          NET + CONVOLUTION.format(1) * 2 + "[shortcut]\nfrom=-2,-3\n"),
    "weights_type": (NET + CONVOLUTION.format(1) + "[shortcut]\nfrom=-2\n",
                     NET + CONVOLUTION.format(1) + "[shortcut]\nfrom=-2\nweights_type=per_feature\n"),
    "temperature": (SOFTMAX, SOFTMAX + "temperature=3\n"),
    "groups of a softmax": (SOFTMAX, SOFTMAX + "groups=2\n"),
    "crop": (NET, NET.replace("[conv", "[crop]\ncrop_height=16\ncrop_width=20\n[conv")),
    "reverse of a reorg": (NET + "[reorg]\nstride=2\n", NET + "[reorg]\nstride=2\nreverse=1\n"),
}  # fmt: skip


def last_outputs(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Of the last layer, by ``compat.cv2_dnn`` and by the network itself, with the same weights."""
    built = graph.build(cfg.parse(text))
    arrays = random_weights(built, 5)
    net = cv2_dnn.readNetFromDarknet(text.encode())
    net._read.arrays = arrays
    return forward(net, blob()), Network.of(built, arrays).activations(blob()[0])[len(built.nodes) - 1]


@pytest.mark.parametrize("option", OPTIONS)
def test_options_do_what_darknet_does(option):
    without, with_option = (last_outputs(text) for text in OPTIONS[option])
    for ours, darknet in (without, with_option):
        np.testing.assert_array_equal(ours.reshape(darknet.shape), darknet)
    assert not np.array_equal(without[1], with_option[1])
