"""Resizing as a definition: one pixel at a time, every operation rounded to float32."""

from __future__ import annotations

import numpy as np

F = np.float32


def resize_image(im, w, h):
    """(c, ih, iw) → (c, h, w), h at least 2.   C: image.c resize_image"""
    c, ih, iw = im.shape
    if (ih, iw) == (h, w):
        return im.copy()
    part = np.zeros((c, ih, w), F)
    out = np.zeros((c, h, w), F)
    for k in range(c):
        for row in range(ih):
            for col in range(w):
                if col == w - 1 or iw == 1:
                    part[k, row, col] = im[k, row, iw - 1]
                    continue
                x = F(col) * (F(iw - 1) / F(w - 1))
                dx = x - F(int(x))
                part[k, row, col] = (F(1) - dx) * im[k, row, int(x)] + dx * im[k, row, int(x) + 1]
        for row in range(h):
            y = F(row) * (F(ih - 1) / F(h - 1))
            dy = y - F(int(y))
            for col in range(w):
                out[k, row, col] = (F(1) - dy) * part[k, int(y), col]
                if row != h - 1 and ih != 1:
                    out[k, row, col] += dy * part[k, int(y) + 1, col]
    return out


def letterbox_image(im, w, h):
    """(c, ih, iw) → (c, h, w).   C: image.c letterbox_image"""
    c, ih, iw = im.shape
    wide = F(w) / F(iw) < F(h) / F(ih)
    new_w, new_h = (w, int(ih * w / iw)) if wide else (int(iw * h / ih), h)
    boxed = np.full((c, h, w), F(0.5))
    if new_w == 0 or new_h == 0:
        return boxed
    resized = resize_image(im, new_w, new_h)
    for row in range(new_h):
        for col in range(new_w):
            boxed[:, row + (h - new_h) // 2, col + (w - new_w) // 2] = resized[:, row, col]
    return boxed
