"""How a picture lies in a network's input: the reference's ways, and the one formula of the letterbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from .arrays import COLOURS, AnyArray, Planes, as_pixels, from_array
from .resize import crop_image, min_size
from .scaling import Area, scale_pixels, scale_planes

__all__ = ["Fit", "Middle", "Size", "TenCrops", "letterbox_image", "middle_image", "size_of"]

Size = tuple[int, int]
Scale = Callable[[Planes, Area], None]
GREY = 0.5
SHIFT = 32  # pixels
PLACES = (-SHIFT, -SHIFT), (SHIFT, -SHIFT), (0, 0), (-SHIFT, SHIFT), (SHIFT, SHIFT)  # left, top


@dataclass(frozen=True)
class Fit:
    """A picture in a network's input, both (width, height) in pixels: stretched, or ``letter_box``: with its proportions,
    in the middle of grey."""

    picture_size: Size
    net_size: Size
    letter_box: bool = False

    @property
    def inner_size(self) -> Size:
        """(width, height) that the picture has within the input, truncated to whole pixels."""
        if not self.letter_box:
            return self.net_size
        (w, h), (net_w, net_h) = self.picture_size, self.net_size
        if np.float32(net_w) / np.float32(w) < np.float32(net_h) / np.float32(h):
            return net_w, h * net_w // w
        return w * net_h // h, net_h

    @property
    def offset(self) -> Size:
        """(left, top) of the picture within the input, in whole pixels."""
        (w, h), (net_w, net_h) = self.inner_size, self.net_size
        return int((net_w - w) / 2), int((net_h - h) / 2)  # toward zero, as C divides

    def input(self, im: Planes) -> Planes:
        """The picture (c, h, w) as the network's input.   C: image.c resize_image, letterbox_image"""
        return self._fitted(partial(scale_planes, im), len(im))

    def input_of(self, picture: AnyArray | None, channels: int = COLOURS) -> Planes:
        """``input`` of ``from_array(picture, channels)``, the same bits.  Raises ImageError as that does."""
        if channels != COLOURS:
            return self.input(from_array(picture, channels))
        return self._fitted(partial(scale_pixels, as_pixels(picture)), channels)

    def _fitted(self, scale: Scale, channels: int) -> Planes:
        (w, h), (net_w, net_h) = self.inner_size, self.net_size
        out = np.empty((channels, net_h, net_w), np.float32)
        if (w, h) != self.net_size:
            out[:] = GREY
        if w and h:
            scale(out, Area(*self.offset, w, h))
        return out


@dataclass(frozen=True)
class Middle(Fit):
    """The middle of a picture whose shorter side becomes the input's width.   C: classifier.c predict_classifier"""

    @property
    def inner_size(self) -> Size:
        return min_size(self.picture_size, self.net_size[0])

    def _fitted(self, scale: Scale, channels: int) -> Planes:
        (left, top), (w, h) = self.offset, self.inner_size
        whole = np.empty((channels, h, w), np.float32)
        scale(whole, Area(0, 0, w, h))
        return crop_image(whole, -left, -top, *self.net_size)


@dataclass(frozen=True)
class TenCrops(Fit):
    """Ten inputs of one picture, (10, c, h, w): five parts of it, and the same of the mirrored one.

    C: classifier.c validate_classifier_10, where parts to the left and above begin outside, and the border goes on.
    """

    @property
    def inner_size(self) -> Size:
        return self.net_size[0] + SHIFT, self.net_size[1] + SHIFT

    def _fitted(self, scale: Scale, channels: int) -> Planes:
        w, h = self.inner_size
        whole = np.empty((channels, h, w), np.float32)
        scale(whole, Area(0, 0, w, h))
        return np.stack([crop_image(im, *at, *self.net_size) for im in (whole, whole[..., ::-1]) for at in PLACES])


def letterbox_image(im: Planes, w: int, h: int) -> Planes:
    """Resize keeping the proportions, centred on grey .5: (c, ih, iw) → (c, h, w).   C: image.c letterbox_image"""
    return Fit(size_of(im), (w, h), letter_box=True).input(im)


def middle_image(im: Planes, w: int, h: int) -> Planes:
    """See ``Middle``: (c, ih, iw) → (c, h, w)."""
    return Middle(size_of(im), (w, h)).input(im)


def size_of(im: Planes) -> Size:
    """(width, height) of a picture (c, h, w)."""
    return im.shape[2], im.shape[1]
