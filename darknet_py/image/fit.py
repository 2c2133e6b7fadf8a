"""How a picture lies in a network's input: the one formula of the letterbox."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Planes
from .resize import resize_image

__all__ = ["Fit", "Size", "letterbox_image"]

Size = tuple[int, int]
GREY = 0.5


@dataclass(frozen=True)
class Fit:
    """A picture in a network's input, both (width, height) in pixels: stretched, or ``letter_box``: with its proportions,
    in the middle of grey."""

    picture: Size
    net: Size
    letter_box: bool = False

    @property
    def size(self) -> Size:
        """(width, height) that the picture has within the input, truncated to whole pixels."""
        if not self.letter_box:
            return self.net
        (w, h), (net_w, net_h) = self.picture, self.net
        if np.float32(net_w) / np.float32(w) < np.float32(net_h) / np.float32(h):
            return net_w, h * net_w // w
        return w * net_h // h, net_h

    @property
    def offset(self) -> Size:
        """(left, top) of the picture within the input, in whole pixels."""
        (w, h), (net_w, net_h) = self.size, self.net
        return (net_w - w) // 2, (net_h - h) // 2

    def input(self, im: Planes) -> Planes:
        """The picture (c, h, w) as the network's input.   C: image.c resize_image, letterbox_image"""
        if not self.letter_box:
            return resize_image(im, *self.net)
        (w, h), (left, top), (net_w, net_h) = self.size, self.offset, self.net
        boxed = np.full((len(im), net_h, net_w), GREY, np.float32)
        if w and h:
            boxed[:, top : top + h, left : left + w] = resize_image(im, w, h)
        return boxed


def letterbox_image(im: Planes, w: int, h: int) -> Planes:
    """Resize keeping the proportions, centred on grey .5: (c, ih, iw) → (c, h, w).   C: image.c letterbox_image"""
    return Fit((im.shape[2], im.shape[1]), (w, h), letter_box=True).input(im)
