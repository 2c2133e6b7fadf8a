"""What is right: every layer's forward, slow and obvious, in numpy on (c, h, w) float32 arrays.

Sums run in the reference's order, one rounding a product and one a sum.  Nothing of darknet_py is imported; the functions
at the end take a layer only for its fields.
"""

from __future__ import annotations

import math

import numpy as np

F = np.float32
LOWEST = np.finfo(np.float32).min


# Activations.  What needs exp is computed in float64 and rounded once; the others are float32 arithmetic.


def softplus(x):
    return np.where(x > 20, x, np.where(x < -20, np.exp(np.minimum(x, 0)), np.log1p(np.exp(np.minimum(x, 20)))))


def tanh(x):
    return 2 / (1 + np.exp(-2 * x)) - 1


def stair(x):
    whole, half = np.floor(x), np.floor(x / F(2))
    return np.where(whole % 2 == 0, half, (x + half) - whole)  # C: (x - whole) + half, which its compiler turns round


EXPONENTIAL = {
    "elu": lambda x: np.where(x >= 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: 0.5 * x * (1 + np.tanh(0.797885 * x + 0.035677 * x**3)),
    "loggy": lambda x: 2 / (1 + np.exp(-x)) - 1,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "mish": lambda x: x * np.tanh(softplus(x)),
    "selu": lambda x: np.where(x >= 0, F(1.0507) * x, float(F(1.0507) * F(1.6732)) * np.expm1(np.minimum(x, 0))),
    "swish": lambda x: x / (1 + np.exp(-x)),
    "tanh": tanh,
}
ARITHMETIC = {
    "hard_mish": lambda x: np.where(x > 0, x, np.where(x > -2, x * x / F(2) + x, F(0))),
    "hardtan": lambda x: np.clip(x, F(-1), F(1)),
    "leaky": lambda x: np.where(x > 0, x, F(0.1) * x),
    "lhtan": lambda x: np.where(x < 0, F(0.001) * x, np.where(x > 1, F(0.001) * (x - F(1)) + F(1), x)),
    "linear": lambda x: x,
    "plse": lambda x: np.where(
        x < -4, F(0.01) * (x + F(4)), np.where(x > 4, F(0.01) * (x - F(4)) + F(1), F(0.125) * x + F(0.5))
    ),
    "ramp": lambda x: x * ((x > 0) + F(0.1)),  # C: x * (x > 0) + .1 * x, which its compiler factors
    "relie": lambda x: np.where(x > 0, x, F(0.01) * x),
    "relu": lambda x: np.where(x > 0, x, F(0)),
    "relu6": lambda x: np.clip(x, F(0), F(6)),
    "revleaky": lambda x: np.where(x > 0, x, F(0.1) * x),
    "stair": stair,
}


def activate(x, name):
    """An activation of each value."""
    with np.errstate(over="ignore"):
        y = EXPONENTIAL[name](x.astype(np.float64)) if name in EXPONENTIAL else ARITHMETIC[name](x)
    return y.astype(F)


def leaky_with_tail(x):
    """Leaky over a whole layer: by the sign bit in vectors of 8, but at least the last value is 0.1 x in double."""
    flat, n = x.reshape(-1), x.size
    vectors = 8 * max(0, -(-(n - 8) // 8))
    y = np.where(flat > 0, flat, (0.1 * flat.astype(np.float64)).astype(F))
    y[:vectors] = np.where(np.signbit(flat), F(0.1) * flat, flat)[:vectors]
    return y.reshape(x.shape)


def normalize_channels(x, softmax=False, maximum=False):
    """Each pixel's channels over their sum: of the positive ones, or of their exponentials."""
    largest = x.max(axis=0) if maximum else F(0)
    values = np.exp((x - largest).astype(np.float64)).astype(F) if softmax else np.maximum(x, F(0))
    total = np.full(x.shape[1:], F(0.0001))
    for channel in values:
        total = total + channel
    return values / total


ACROSS_CHANNELS = {
    "normalize_channels": normalize_channels,
    "normalize_channels_softmax": lambda x: normalize_channels(x, softmax=True),
    "normalize_channels_softmax_maxval": lambda x: normalize_channels(x, softmax=True, maximum=True),
    "leaky": leaky_with_tail,
}


def activate_layer(x, name):
    """The activation of a [convolutional] or [shortcut]."""
    return ACROSS_CHANNELS[name](x) if name in ACROSS_CHANNELS else activate(x, name)


# Layers.


def taps(x, k, stride, padding, dilation):
    """(out_h, out_w), and what each output reads by tap: of x (c, h, w) a function of (channel, ky, kx) → (out_h, out_w)."""
    pad, reach = padding * dilation, dilation * (k - 1) + 1
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    out_h, out_w = (x.shape[1] - reach) // stride[0] + 1, (x.shape[2] - reach) // stride[1] + 1

    def read(c, ky, kx):
        rows = slice(ky * dilation, ky * dilation + (out_h - 1) * stride[0] + 1, stride[0])
        columns = slice(kx * dilation, kx * dilation + (out_w - 1) * stride[1] + 1, stride[1])
        return x[c, rows, columns]

    return (out_h, out_w), read


def convolution(x, weights, biases, stride=(1, 1), padding=0, dilation=1, groups=1):
    """x (c, h, w), weights (n, c / groups, k, k) → (n, out_h, out_w), without activation."""
    n, channels, k, _ = weights.shape
    size, read = taps(x, k, stride, padding, dilation)
    y = np.zeros((n, *size), F)
    for group in range(groups):
        filters = slice(group * n // groups, (group + 1) * n // groups)
        for c in range(channels):
            for ky in range(k):
                for kx in range(k):
                    y[filters] += weights[filters, c, ky, kx, None, None] * read(group * channels + c, ky, kx)
    return y + biases[:, None, None]


def winograd_filters(weights, g):
    """G·filter·Gᵀ of all filters (n, c, 3, 3) in double precision: (kinds · kinds, c, n)."""
    n, c = weights.shape[:2]
    values = np.zeros((len(g) ** 2, c, n))
    for i in range(n):
        for j in range(c):
            values[:, j, i] = (g @ weights[i, j].astype(np.float64) @ g.T).ravel()
    return values


def batch_norm(x, scales, mean, variance):
    """(x - mean) / sqrt(variance + .00001) · scales, of each channel; without the biases.  Root and ratio in double."""
    deviation = np.sqrt((variance + F(0.00001)).astype(np.float64))[:, None, None]
    return ((x - mean[:, None, None]) / deviation).astype(F) * scales[:, None, None]


def windows(x, size, stride, padding):
    """(out_h, out_w) and a function (i, j) → the pixels of that window which lie inside, (c, pixels)."""
    _, h, w = x.shape
    offset = -(padding // 2)

    def inside(i, j):
        top, left = offset + i * stride[0], offset + j * stride[1]
        part = x[:, max(top, 0) : max(top + size, 0), max(left, 0) : max(left + size, 0)]
        return part.reshape(len(x), -1)

    return ((h + padding - size) // stride[0] + 1, (w + padding - size) // stride[1] + 1), inside


def max_pool(x, size, stride, padding):
    (out_h, out_w), inside = windows(x, size, stride, padding)
    y = np.empty((len(x), out_h, out_w), F)
    for i in range(out_h):
        for j in range(out_w):
            y[:, i, j] = inside(i, j).max(axis=1, initial=LOWEST)
    return y


def max_pool_avx(x, size, stride, padding):
    """As the reference's AVX build: whole vectors of taps are left out where their first lane lies outside."""
    y = max_pool(x, size, stride, padding)
    step = stride[0]
    if stride[0] != stride[1] or (step != 1 and (step, size) != (2, 2)):
        return y
    lanes, spare = (8, 8 + size - 1) if step == 1 else (4, 4)
    for i in range(y.shape[1]):
        for j in range(0, y.shape[2] - spare, lanes):
            y[:, i, j : j + lanes] = _vector(x, size, step, -(padding // 2), i, j, lanes)
    return y


def _vector(x, size, step, offset, i, j, lanes):
    """Lanes of one row of an AVX max pool, (c, lanes); at stride 2 a vector holds both taps of each lane."""
    c, h, w = x.shape
    flat = np.concatenate([x.reshape(c, -1), np.full((c, 16), LOWEST)], axis=1)
    best = np.full((c, lanes), LOWEST)
    for row in range(offset + i * step, offset + i * step + size):
        for column in range(offset + j * step, offset + j * step + (size if step == 1 else 1)):
            if 0 <= row < h and 0 <= column < w:
                run = flat[:, row * w + column : row * w + column + 8]
                best = np.maximum(best, run if step == 1 else np.maximum(run[:, ::2], run[:, 1::2]))
    return best


def max_pool_depth(x, channels):
    """The largest of all channels that are equal modulo ``channels``."""
    return np.stack([x[g::channels].max(axis=0) for g in range(channels)])


def local_avg_pool(x, size, stride, padding):
    (out_h, out_w), inside = windows(x, size, stride, padding)
    y = np.empty((len(x), out_h, out_w), F)
    for i in range(out_h):
        for j in range(out_w):
            pixels = inside(i, j)
            y[:, i, j] = in_order(pixels.T) / F(pixels.shape[1])
    return y


def in_order(values):
    """The float32 sum over the first axis, one by one."""
    total = np.zeros(values.shape[1:], F)
    for value in values:
        total = total + value
    return total


def avg_pool(x):
    """(c, h, w) → (c, 1, 1)"""
    return (in_order(x.reshape(len(x), -1).T) / F(x.shape[1] * x.shape[2])).reshape(-1, 1, 1)


def route(inputs, groups=1, group_id=0):
    return np.concatenate([np.split(x, groups)[group_id] for x in inputs])


def shortcut(inputs, weights=None):
    """inputs[0] plus the channels of the others that it has; weights (sources,) or (sources, c)."""
    y = inputs[0] if weights is None else inputs[0] * weights[0].reshape(-1, 1, 1)
    for i, x in enumerate(inputs[1:], 1):
        common = min(len(y), len(x))
        factor = F(1) if weights is None else weights[i].reshape(-1, 1, 1)[:common]
        y = np.concatenate([y[:common] + x[:common] * factor, y[common:]])
    return y


def upsample(x, stride, scale=1.0):
    return F(scale) * x.repeat(stride, axis=1).repeat(stride, axis=2)


def space_to_depth(x, s):
    """(c, h, w) → (s·s·c, h/s, w/s): channel (dy, dx, c) holds every s-th pixel from (dy, dx)."""
    return np.concatenate([x[:, dy::s, dx::s] for dy in range(s) for dx in range(s)])


def depth_to_space(x, s):
    """Its inverse: (s·s·c, h, w) → (c, h·s, w·s)"""
    c, h, w = x.shape
    y = np.empty((c // s**2, h * s, w * s), F)
    for i, part in enumerate(np.split(x, s * s)):
        y[:, i // s :: s, i % s :: s] = part
    return y


def reorg(x, s, reverse=False):
    c, h, w = x.shape
    if reverse:
        return depth_to_space(x, s)
    return space_to_depth(x.reshape(c // s**2, h * s, w * s), s).reshape(c * s**2, h // s, w // s)


def reorg3d(x, s, reverse=False):
    c, h, w = x.shape
    if not reverse:
        return space_to_depth(x, s)
    return depth_to_space(x.reshape(c // s**2, h * s, w * s), s).reshape(c // s**2, h * s, w * s)


def softmax(x, groups=1, temperature=1.0):
    """Within each of ``groups`` equal runs of the flat array."""
    flat = x.reshape(groups, -1) / F(temperature)
    powers = np.exp((flat - flat.max(axis=1, keepdims=True)).astype(np.float64)).astype(F)
    return (powers / in_order(powers.T)[:, None]).reshape(x.shape)


def connected(x, weights, biases, norm=None):
    """weights (outputs, inputs) → (outputs, 1, 1), without activation; norm: scales, mean, variance."""
    y = in_order((weights * x.reshape(-1)).T).reshape(-1, 1, 1)
    y = y if norm is None else batch_norm(y, *norm)
    return y + biases.reshape(-1, 1, 1)


def local(x, weights, biases, stride=1, padding=0):
    """x (c, h, w), weights (pixels, n, c, k, k), biases (n · pixels) → (n, out_h, out_w), without activation."""
    n, channels, k = weights.shape[1:4]
    size, read = taps(x, k, (stride, stride), padding, 1)
    y, own = biases.reshape(n, *size), weights.reshape(*size, n, channels, k, k)
    for c, ky, kx in np.ndindex(channels, k, k):
        y = y + own[..., c, ky, kx].transpose(2, 0, 1) * read(c, ky, kx)
    return y


def scale_channels(factors, x):
    """factors (c, 1, 1) or (1, h, w)"""
    return factors * x


def crop(x, height, width, adjust=True):
    top, left = (x.shape[1] - height) // 2, (x.shape[2] - width) // 2
    y = x[:, top : top + height, left : left + width]
    return y * F(2) - F(1) if adjust else y


def normalization(x, size, alpha, beta, kappa):
    """x · norm^-beta, the norm of each channel made of the one before."""
    y, norm = np.empty_like(x), np.full(x.shape[1:], F(kappa))
    squares = F(alpha) * (x * x)
    for k in range(size // 2):
        norm = norm + squares[k]
    for k in range(len(x)):
        gone, come = k - (size - 1) // 2 - 1, k + size // 2
        if k and gone >= 0:
            norm = norm - squares[gone]
        if k and come < len(x):
            norm = norm + squares[come]
        y[k] = x[k] * (norm.astype(np.float64) ** -np.float64(F(beta))).astype(F)
    return y


def add_squares(x, stride, scale=1.0):
    """The sum of scale times each of stride by stride pixels, row by row."""
    scaled, (c, h, w) = F(scale) * x, x.shape
    squares = scaled.reshape(c, h // stride, stride, w // stride, stride).transpose(2, 4, 0, 1, 3)
    return in_order(squares.reshape(-1, c, h // stride, w // stride))


# Layer objects: their fields, their arrays by name, their inputs → their output.


def _norm(p):
    return p["scales"], p["rolling_mean"], p["rolling_variance"]


def _convolutional(layer, p, inputs):
    zeros = np.zeros(layer.filters, F)
    window = layer.stride, layer.padding, layer.dilation, layer.groups
    if not layer.batch_normalize:
        y = convolution(inputs[0], p["weights"], p["biases"], *window)
    else:
        y = batch_norm(convolution(inputs[0], p["weights"], zeros, *window), *_norm(p)) + p["biases"][:, None, None]
    return activate_layer(y, layer.activation)


def _maxpool(layer, p, inputs):
    if layer.depth:
        return max_pool_depth(inputs[0], layer.depth)
    return max_pool(inputs[0], layer.kernel_size, layer.stride, layer.padding)


def _connected(layer, p, inputs):
    norm = _norm(p) if layer.batch_normalize else None
    return activate(connected(inputs[0], p["weights"], p["biases"], norm), layer.activation)


def _softmax(layer, p, inputs):
    if layer.tree is None:
        return softmax(inputs[0], layer.groups, layer.temperature)
    flat = inputs[0].reshape(-1)
    runs = [softmax(flat[start:stop], 1, layer.temperature) for start, stop in layer.tree.groups]
    return np.concatenate(runs).reshape(inputs[0].shape)


def _local(layer, p, inputs):
    return activate(local(inputs[0], p["weights"], p["biases"], layer.stride, layer.padding), layer.activation)


FORWARD = {
    "activation": lambda layer, p, x: activate(x[0], layer.activation),
    "avgpool": lambda layer, p, x: avg_pool(x[0]),
    "batchnorm": lambda layer, p, x: batch_norm(x[0], *_norm(p)) + p["biases"][:, None, None],
    "connected": _connected,
    "contrastive": lambda layer, p, x: x[0],
    "convolutional": _convolutional,
    "cost": lambda layer, p, x: x[0],
    "crop": lambda layer, p, x: crop(x[0], layer.height, layer.width, layer.adjust),
    "dropout": lambda layer, p, x: x[0],
    "empty": lambda layer, p, x: x[0],
    "implicit": lambda layer, p, x: p["weights"],
    "local": _local,
    "local_avgpool": lambda layer, p, x: local_avg_pool(x[0], layer.kernel_size, layer.stride, layer.padding),
    "maxpool": _maxpool,
    "normalization": lambda layer, p, x: normalization(x[0], layer.kernel_size, layer.alpha, layer.beta, layer.kappa),
    "reorg": lambda layer, p, x: reorg(x[0], layer.stride, layer.reverse),
    "reorg3d": lambda layer, p, x: reorg3d(x[0], layer.stride, layer.reverse),
    "route": lambda layer, p, x: route(x, layer.groups, layer.group_id),
    "sam": lambda layer, p, x: activate(x[0] * x[1], layer.activation),
    "scale_channels": lambda layer, p, x: activate(scale_channels(x[0], x[1]), layer.activation),
    "shortcut": lambda layer, p, x: activate_layer(shortcut(x, p.get("weights")), layer.activation),
    "softmax": _softmax,
    "upsample": lambda layer, p, x: (add_squares if layer.reverse else upsample)(x[0], layer.stride, layer.scale),
}


def run(graph, params, x):
    """Every layer's output of a network whose batch norm is folded; detection layers pass their input on."""
    outputs = {-1: x}
    for node, arrays in zip(graph.nodes, params, strict=True):
        inputs = [outputs[s] for s in node.sources]
        forward = FORWARD.get(node.layer.kind)
        outputs[node.index] = inputs[0] if forward is None else forward(node.layer, arrays, inputs)
        assert outputs[node.index].shape == tuple(node.shape), node.label
    return outputs


def ulps(a, b):
    """The largest distance of two float32 arrays, in units of the last place of the larger value."""
    scale = np.spacing(np.maximum(np.abs(a), np.abs(b)).astype(F))
    return float(np.max(np.abs(a.astype(np.float64) - b) / scale, initial=0.0)) if a.size else math.nan
