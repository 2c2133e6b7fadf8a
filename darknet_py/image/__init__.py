"""A picture file or array → float32 (channels, height, width), and the reference's two ways to the network's size.

Pictures that live in files and in users' arrays are BGR uint8 (height, width, 3), as OpenCV has them; pictures that go
into a network are RGB float32 (channels, height, width) in [0, 1].  Arrays are C-contiguous.
"""

from __future__ import annotations

from .arrays import Picture, Planes, from_array
from .opencv import silence
from .reading import is_jpeg, load_image, read_image
from .resize import crop_image, letterbox_image, middle_image, resize_image, resize_min, resize_picture

__all__ = [
    "Picture", "Planes", "crop_image", "from_array", "is_jpeg", "letterbox_image", "load_image", "middle_image",
    "read_image", "resize_image", "resize_min", "resize_picture", "silence",
]  # fmt: skip
