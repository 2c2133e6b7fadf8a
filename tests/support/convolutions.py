"""Convolutions of every kind: the table of their shapes and options, and what they are in double precision."""

from __future__ import annotations

import numpy as np

BLOCKED = "[maxpool]\nsize=1\n"  # changes nothing but stores its output in blocks of channels

# (c, h, w), then the options of the convolution
DENSE = [
    ((1, 1, 1), "filters=1 size=1"),
    ((3, 1, 1), "filters=5 size=3 pad=1"),
    ((13, 7, 5), "filters=16 size=3 pad=1"),
    ((24, 9, 13), "filters=33 size=3 pad=1"),
    ((24, 5, 4), "filters=33 size=1"),
    ((13, 6, 19), "filters=40 size=1 padding=1"),
    ((3, 9, 12), "filters=16 size=3 stride=2 pad=1"),
    ((13, 8, 7), "filters=24 size=3 stride=2"),
    ((16, 7, 9), "filters=33 size=1 stride=2"),
    ((3, 11, 16), "filters=5 size=5 pad=1"),
    ((5, 12, 10), "filters=16 size=5 stride=3 padding=1"),
    ((3, 13, 9), "filters=16 size=7 stride=2 padding=3"),
    ((13, 9, 8), "filters=5 size=7 padding=2"),
    ((13, 9, 8), "filters=17 size=3 padding=3"),
    ((3, 9, 12), "filters=17 size=2 stride=2"),
    ((13, 9, 11), "filters=16 size=3 pad=1 stride_x=2 stride_y=1"),
    ((13, 10, 11), "filters=16 size=3 pad=1 stride_x=1 stride_y=3"),
    ((13, 9, 12), "filters=16 size=3 pad=1 dilation=2"),
    ((5, 12, 11), "filters=8 size=5 pad=1 dilation=3 stride=2"),
    ((96, 3, 3), "filters=70 size=3 pad=1"),
]

GROUPS = [
    ((24, 6, 7), "filters=16 size=3 pad=1 groups=2"),
    ((24, 6, 7), "filters=66 size=1 groups=2"),
    ((32, 5, 6), "filters=64 size=3 pad=1 stride=2 groups=2"),
    ((13, 7, 6), "filters=13 size=3 pad=1 groups=13"),
    ((24, 9, 10), "filters=24 size=5 pad=1 stride=2 groups=24"),
    ((40, 5, 9), "filters=40 size=3 padding=2 dilation=1 groups=40 stride_x=2"),
    ((16, 5, 6), "filters=16 size=1 groups=16"),
    ((33, 6, 6), "filters=33 size=3 pad=1 dilation=2 groups=33"),
    ((5, 7, 8), "filters=15 size=3 pad=1 groups=5"),
    ((16, 4, 5), "filters=32 size=3 pad=1 groups=16"),
]

# The same, with their activations, of yolov4-csp and yolov4 (mish) and of the yolov4-tiny and yolo-fastest family (leaky):
# what benchmarks/layers.py measures
REAL = [
    ((3, 320, 320), "filters=16 size=3 stride=2 pad=1", "leaky"),
    ((3, 416, 416), "filters=32 size=3 stride=2 pad=1", "leaky"),
    ((3, 512, 512), "filters=32 size=3 pad=1", "mish"),
    ((3, 608, 608), "filters=32 size=3 pad=1", "mish"),
    ((32, 512, 512), "filters=64 size=3 stride=2 pad=1", "mish"),
    ((32, 256, 256), "filters=64 size=3 pad=1", "mish"),
    ((64, 256, 256), "filters=128 size=3 stride=2 pad=1", "mish"),
    ((64, 128, 128), "filters=64 size=3 pad=1", "mish"),
    ((128, 128, 128), "filters=256 size=3 stride=2 pad=1", "mish"),
    ((128, 64, 64), "filters=128 size=3 pad=1", "mish"),
    ((256, 64, 64), "filters=512 size=3 stride=2 pad=1", "mish"),
    ((256, 32, 32), "filters=256 size=3 pad=1", "mish"),
    ((512, 32, 32), "filters=1024 size=3 stride=2 pad=1", "mish"),
    ((512, 16, 16), "filters=512 size=3 pad=1", "mish"),
    ((512, 19, 19), "filters=1024 size=3 pad=1", "leaky"),
    ((32, 104, 104), "filters=32 size=3 pad=1", "leaky"),
    ((64, 104, 104), "filters=64 size=3 pad=1", "leaky"),
    ((128, 52, 52), "filters=128 size=3 pad=1", "leaky"),
    ((256, 26, 26), "filters=256 size=3 pad=1", "leaky"),
    ((384, 26, 26), "filters=256 size=3 pad=1", "leaky"),
    ((512, 13, 13), "filters=512 size=3 pad=1", "leaky"),
    ((64, 256, 256), "filters=32 size=1", "mish"),
    ((64, 128, 128), "filters=64 size=1", "mish"),
    ((128, 64, 64), "filters=128 size=1", "mish"),
    ((256, 32, 32), "filters=256 size=1", "mish"),
    ((1024, 16, 16), "filters=512 size=1", "mish"),
    ((2048, 19, 19), "filters=512 size=1", "leaky"),
    ((256, 64, 64), "filters=255 size=1", "logistic"),
    ((512, 13, 13), "filters=255 size=1", "linear"),
    ((8, 160, 160), "filters=48 size=1", "leaky"),
    ((16, 80, 80), "filters=64 size=1", "leaky"),
    ((192, 40, 40), "filters=32 size=1", "linear"),
    ((96, 10, 10), "filters=448 size=1", "leaky"),
    ((16, 160, 160), "filters=16 size=3 pad=1 groups=16", "leaky"),
    ((48, 160, 160), "filters=48 size=3 stride=2 pad=1 groups=48", "leaky"),
    ((64, 80, 80), "filters=64 size=3 pad=1 groups=64", "leaky"),
    ((192, 40, 40), "filters=192 size=3 pad=1 groups=192", "leaky"),
    ((272, 20, 20), "filters=272 size=3 pad=1 groups=272", "leaky"),
    ((448, 10, 10), "filters=448 size=3 pad=1 groups=448", "leaky"),
    ((96, 10, 10), "filters=96 size=5 pad=1 groups=96", "leaky"),
    ((144, 20, 20), "filters=144 size=5 pad=1 groups=144", "leaky"),
]


def cfg_of(options: str, activation: str = "linear", before: str = "") -> str:
    return before + "[convolutional]\n" + options.replace(" ", "\n") + f"\nactivation={activation}\n"


def in_double(x: np.ndarray, weights: np.ndarray, biases: np.ndarray, layer) -> np.ndarray:
    """The convolution in double precision, of its windows."""
    pad, k = layer.padding * layer.dilation, layer.kernel_size
    x = np.pad(x.astype(np.float64), ((0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), (1, 2))[:, :: layer.stride[0], :: layer.stride[1]]
    taken, made = len(x) // layer.groups, len(weights) // layer.groups
    groups = [
        np.einsum("chwyx,ncyx->nhw", windows[g * taken : (g + 1) * taken], weights[g * made : (g + 1) * made])
        for g in range(layer.groups)
    ]
    return np.concatenate(groups) + biases[:, None, None]
