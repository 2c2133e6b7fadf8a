"""A photograph as JPEG files of several kinds."""

from __future__ import annotations

import struct

import cv2
import numpy as np

PHOTO = cv2.resize(np.random.default_rng(0).integers(0, 256, (9, 12, 3), np.uint8), (120, 90), interpolation=cv2.INTER_CUBIC)


def jpeg(*options: int) -> bytes:
    return cv2.imencode(".jpg", PHOTO, options)[1].tobytes()


def with_thumbnail() -> bytes:
    """Its EXIF data hold a whole JPEG, start and end and all."""
    whole = jpeg()
    thumbnail = cv2.imencode(".jpg", PHOTO[:16, :16])[1].tobytes()
    body = b"Exif\0\0II*\0" + struct.pack("<IHI", 8, 0, 0) + thumbnail
    return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + whole[2:]


JPEGS = {
    "baseline": jpeg(),
    "progressive": jpeg(cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "restarts": jpeg(cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
    "thumbnail": with_thumbnail(),
}
