"""Small models of PyTorch built as the published ones are, whose files name the classes by the authors' modules.

Definitions are our own; only what an importer sees is the same: names of classes and modules, and what they compute.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import torch
from torch import nn


def _published(module: str) -> Any:
    """A class whose pickles say that it is from ``module``."""

    def named(kind: type) -> type:
        home = sys.modules.setdefault(module, types.ModuleType(module))
        parent, _, leaf = module.rpartition(".")
        if parent:
            setattr(sys.modules.setdefault(parent, types.ModuleType(parent)), leaf, home)
        setattr(home, kind.__name__, kind)
        kind.__module__, kind.__qualname__ = module, kind.__name__
        return kind

    return named


common, yolo = _published("models.common"), _published("models.yolo")


@common
class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, s=1, g=1, act=None):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, k // 2, groups=g, bias=False)
        self.bn = nn.BatchNorm2d(c2, eps=1e-3)
        self.act = act or nn.SiLU()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)) if self.bn is not None else self.conv(x))


@common
class Bottleneck(nn.Module):
    def __init__(self, c, add=True):
        super().__init__()
        self.cv1, self.cv2, self.add = Conv(c, c), Conv(c, c, 3), add

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.add else y


def _bare(c1, c2):
    return nn.Conv2d(c1, c2, 1, bias=False)


@common
class BottleneckCSP(nn.Module):
    def __init__(self, c, act):
        super().__init__()
        h = c // 2
        self.cv1, self.cv2, self.cv3, self.cv4 = Conv(c, h), _bare(c, h), _bare(h, h), Conv(c, c)
        self.bn, self.act, self.m = nn.BatchNorm2d(c, eps=1e-4), act, nn.Sequential(Bottleneck(h), Bottleneck(h, False))

    def forward(self, x):
        joined = torch.cat((self.cv3(self.m(self.cv1(x))), self.cv2(x)), 1)
        return self.cv4(self.act(self.bn(joined)))


@common
class BottleneckCSP2(nn.Module):
    def __init__(self, c, act):
        super().__init__()
        self.cv1, self.cv2, self.cv3 = Conv(c, c), _bare(c, c), Conv(2 * c, c)
        self.bn, self.act, self.m = nn.BatchNorm2d(2 * c, eps=1e-3), act, nn.Sequential(Bottleneck(c))

    def forward(self, x):
        x = self.cv1(x)
        return self.cv3(self.act(self.bn(torch.cat((self.m(x), self.cv2(x)), 1))))


class _Pyramid(nn.Module):
    def __init__(self, c, beside):
        super().__init__()
        self.cv1, self.cv2, self.cv3, self.cv4 = Conv(c, c), beside, Conv(c, c, 3), Conv(c, c)
        self.m = nn.ModuleList(nn.MaxPool2d(k, 1, k // 2) for k in (5, 9, 13))
        self.cv5, self.cv6, self.cv7 = Conv(4 * c, c), Conv(c, c, 3), Conv(2 * c, c)

    def joined(self, x):
        y = self.cv4(self.cv3(self.cv1(x)))
        y = self.cv6(self.cv5(torch.cat([y, *(m(y) for m in self.m)], 1)))
        return torch.cat((y, self.cv2(x)), 1)


@common
class SPPCSP(_Pyramid):
    def __init__(self, c, act):
        super().__init__(c, _bare(c, c))
        self.bn, self.act = nn.BatchNorm2d(2 * c, eps=1e-3), act

    def forward(self, x):
        return self.cv7(self.act(self.bn(self.joined(x))))


@common
class SPPCSPC(_Pyramid):
    def __init__(self, c):
        super().__init__(c, Conv(c, c))

    def forward(self, x):
        return self.cv7(self.joined(x))


@common
class RepConv(nn.Module):
    def __init__(self, c1, c2, s=1):
        super().__init__()
        self.act = nn.SiLU()
        self.rbr_identity = nn.BatchNorm2d(c1, eps=1e-3) if c1 == c2 and s == 1 else None
        self.rbr_dense = nn.Sequential(nn.Conv2d(c1, c2, 3, s, 1, bias=False), nn.BatchNorm2d(c2, eps=1e-3))
        self.rbr_1x1 = nn.Sequential(nn.Conv2d(c1, c2, 1, s, 0, bias=False), nn.BatchNorm2d(c2, eps=1e-3))

    def forward(self, x):
        if hasattr(self, "rbr_reparam"):
            return self.act(self.rbr_reparam(x))
        y = self.rbr_dense(x) + self.rbr_1x1(x)
        return self.act(y if self.rbr_identity is None else y + self.rbr_identity(x))

    def fuse(self):
        """One convolution in place of all branches, as the authors' deploy form has it."""
        dense, point = (nn.utils.fuse_conv_bn_eval(*branch) for branch in (self.rbr_dense, self.rbr_1x1))
        self.rbr_reparam = dense
        self.rbr_reparam.weight.data[:, :, 1:2, 1:2] += point.weight.data
        self.rbr_reparam.bias.data += point.bias.data
        if self.rbr_identity is not None:
            bn = self.rbr_identity
            scale = bn.weight.data / (bn.running_var + bn.eps).sqrt()
            self.rbr_reparam.weight.data[range(len(scale)), range(len(scale)), 1, 1] += scale
            self.rbr_reparam.bias.data += bn.bias.data - bn.running_mean * scale
        del self.rbr_dense, self.rbr_1x1, self.rbr_identity


def squares(x):
    return torch.cat([x[..., i::2, j::2] for j in (0, 1) for i in (0, 1)], 1)


@common
class ReOrg(nn.Module):
    def forward(self, x):
        return squares(x)


@common
class Focus(nn.Module):
    def __init__(self, c1, c2, k):
        super().__init__()
        self.conv = Conv(4 * c1, c2, k)

    def forward(self, x):
        return self.conv(squares(x))


@common
class DownC(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.cv1, self.cv2, self.cv3, self.mp = Conv(c, c), Conv(c, c // 2, 3, 2), Conv(c, c // 2), nn.MaxPool2d(2, 2)

    def forward(self, x):
        return torch.cat((self.cv2(self.cv1(x)), self.cv3(self.mp(x))), 1)


@common
class VoVCSP(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.cv1, self.cv2, self.cv3 = Conv(c // 2, c // 2, 3), Conv(c // 2, c // 2, 3), Conv(c, c)

    def forward(self, x):
        x = self.cv1(x.chunk(2, 1)[1])
        return self.cv3(torch.cat((x, self.cv2(x)), 1))


@common
class Concat(nn.Module):
    d = 1

    def forward(self, x):
        return torch.cat(x, 1)


@common
class Shortcut(nn.Module):
    def forward(self, x):
        return x[0] + x[1]


@common
class Chuncat(nn.Module):
    def forward(self, x):
        halves = [y.chunk(2, 1) for y in x]
        return torch.cat([a for a, _ in halves] + [b for _, b in halves], 1)


@common
class Implicit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.implicit = nn.Parameter(torch.randn(1, channels, 1, 1))


@common
class MP(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = nn.MaxPool2d(2, 2)

    def forward(self, x):
        return self.m(x)


class _Head(nn.Module):
    """``channels`` of each of its scales, ``strides`` of them, three classes, two anchors."""

    def __init__(self, channels, strides, **more):
        super().__init__()
        self.nc, self.na, self.nl, self.no = 3, 2, len(channels), 8
        self.stride = torch.tensor(strides, dtype=torch.float32)
        pixels = torch.arange(4.0, 4 + 4 * self.nl).reshape(self.nl, 2, 2)
        self.register_buffer("anchors", pixels / self.stride[:, None, None])
        self.m = nn.ModuleList(nn.Conv2d(c, 16, 1) for c in channels)

    def one(self, i, x):
        return self.m[i](x)

    def forward(self, x):
        return _rows([self.one(i, x[i]) for i in range(self.nl)])


def _rows(outputs):
    """(1, anchors, h, w, 5 + classes) each."""
    return [y.reshape(len(y), 2, 8, *y.shape[2:]).permute(0, 1, 3, 4, 2) for y in outputs]


@yolo
class Detect(_Head):
    pass


@yolo
class IDetect(_Head):
    def __init__(self, channels, strides):
        super().__init__(channels, strides)
        self.ia = nn.ModuleList(Implicit(c) for c in channels)
        self.im = nn.ModuleList(Implicit(16) for _ in channels)

    def one(self, i, x):
        return self.m[i](x + self.ia[i].implicit) * self.im[i].implicit

    def fuse(self):
        """Implicit knowledge goes into the convolutions, but stays in the file; forward becomes another function."""
        for i in range(self.nl):
            weight, times = self.m[i].weight.data, self.im[i].implicit.data.reshape(-1)
            bias = self.m[i].bias.data + weight[:, :, 0, 0] @ self.ia[i].implicit.data.reshape(-1)
            self.m[i].bias.data, self.m[i].weight.data = bias * times, weight * times[:, None, None, None]
        self.forward = self.fuseforward

    def fuseforward(self, x):
        return _rows([self.m[i](x[i]) for i in range(self.nl)])


@yolo
class IAuxDetect(IDetect):
    """Reads twice as many layers as it has scales."""


@yolo
class Model(nn.Module):
    """``layers``: (from, module) each, the last one a head."""

    def __init__(self, layers):
        super().__init__()
        torch.manual_seed(0)
        self.model = nn.Sequential(*(module for _, module in layers))
        for i, (f, module) in enumerate(layers):
            module.i, module.f = i, f
        self.names = ["apple", "bread", "two words"]
        self.eval()
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                _random(module)

    def forward(self, x):
        outputs = []
        for m in self.model:
            numbers = m.f if isinstance(m.f, list) else [m.f]
            inputs = [x if j == -1 else outputs[j] for j in numbers]
            x = m(inputs if isinstance(m.f, list) else inputs[0])
            outputs.append(x)
        return x


def _random(norm):
    """Variances from 1e-4 up, so that epsilon shows; what comes out neither grows nor vanishes from layer to layer."""
    n = norm.num_features
    norm.running_mean, norm.running_var = torch.randn(n) * 0.05, 10 ** (4 * torch.rand(n) - 4)
    norm.weight.data, norm.bias.data = (torch.rand(n) + 1) * (norm.running_var + norm.eps).sqrt(), torch.randn(n) * 0.2
