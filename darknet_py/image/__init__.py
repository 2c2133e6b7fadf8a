"""A picture file or array → float32 (channels, height, width), and the reference's two ways to the network's size.

Pictures that live in files and in users' arrays are BGR uint8 (height, width, 3), as OpenCV has them; pictures that go
into a network are RGB float32 (channels, height, width) in [0, 1].  Arrays are C-contiguous.
"""

from __future__ import annotations

from .arrays import AnyArray, Picture, Planes, as_batch, as_picture, as_pixels, check_channels, from_array
from .exif import Told
from .files import enough_memory
from .fit import Fit, Middle, Size, TenCrops, letterbox_image, middle_image, size_of
from .formats import begins_picture
from .given import AnyPicture, file_of, from_any, is_file, is_one, name_of, path_of, sends_picture
from .jpeg import is_jpeg
from .opencv import silence
from .reading import LIMIT_REMEDY, MAX_PIXELS, Reading, load_image, read_image, turned
from .resize import Interpolation, crop_image, reduced, resize_image, resize_min, resize_picture
from .sizes import claimed_size

__all__ = [
    "LIMIT_REMEDY", "MAX_PIXELS", "AnyArray", "AnyPicture", "Fit", "Interpolation", "Middle", "Picture", "Planes", "Reading",
    "Size", "TenCrops", "Told", "as_batch", "as_picture", "as_pixels", "begins_picture", "check_channels", "claimed_size",
    "crop_image", "enough_memory", "file_of", "from_any", "from_array", "is_file", "is_jpeg", "is_one", "letterbox_image",
    "load_image", "middle_image", "name_of", "path_of", "read_image", "reduced", "resize_image", "resize_min",
    "resize_picture", "sends_picture", "silence", "size_of", "turned",
]  # fmt: skip
