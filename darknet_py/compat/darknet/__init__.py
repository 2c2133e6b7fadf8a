"""The reference's Python module darknet.py, name for name, without its compiled library.

    from darknet_py.compat import darknet                     # was: import darknet
    network, class_names, class_colors = darknet.load_network("yolov4.cfg", "coco.data", "yolov4.weights")
    for label, percent, (x, y, w, h) in darknet.detect_image(network, class_names, rgb_array):
        print(label, percent)

It serves AlexeyAB's module and hank-ai's: where one call means two things, its arguments decide (``load_image``) or the
result serves both (``load_network``); where they cannot, AlexeyAB's (``class_colors`` are random, not made of the name).
What darknet.py had from 2018 to 2020 is here too (``performDetect``, ``detect_image`` with a METADATA).  Other modules that
``from darknet import *`` brings into scripts come along.
"""

import ctypes as ct
import math
import os
import random
import re
from ctypes import POINTER, Structure, byref, c_char_p, c_float, c_int, c_void_p, cast, pointer
from typing import Any

import numpy as np

from ..._support.spelling import hint
from ..._support.with_cv2 import cv2
from .detections import (
    bbox2points,
    class_colors,
    decode_detection,
    draw_boxes,
    non_max_suppression_fast,
    print_detections,
    remove_negatives,
    remove_negatives_faster,
)
from .hank_ai import (
    add_skipped_class,
    clear_skipped_classes,
    del_skipped_class,
    network_dimensions,
    set_output_stream,
    set_verbose,
    show_version_info,
    version_short,
    version_string,
)
from .library import lib
from .network_boxes import (
    do_nms_obj,
    do_nms_sort,
    free_batch_detections,
    free_detections,
    get_network_boxes,
    make_network_boxes,
    network_predict_batch,
)
from .networks import (
    free_network_ptr,
    free_ptrs,
    init_cpu,
    load_meta,
    load_net,
    load_net_custom,
    load_network,
    network_height,
    network_predict,
    network_width,
    predict,
    predict_image,
    predict_image_letterbox,
    reset_rnn,
    set_gpu,
)
from .older import array_to_image, c_array, classify, detect, detect_image, network_predict_custom, sample
from .perform import performBatchDetect, performDetect
from .pictures import copy_image_from_bytes, free_image, letterbox_image, load_image, make_image, rgbgr_image
from .structures import BOX, DETECTION, DETNUMPAIR, IMAGE, METADATA, DETECTIONPtr, DETNUMPAIRPtr, FloatPtr, IntPtr

__all__ = [
    "add_skipped_class", "altNames", "array_to_image", "bbox2points", "BOX", "byref", "c_array", "c_char_p", "c_float",
    "c_int", "c_void_p", "cast", "class_colors", "classify", "clear_skipped_classes", "copy_image_from_bytes", "ct", "cv2",
    "decode_detection", "del_skipped_class", "detect", "detect_image", "DETECTION", "DETECTIONPtr", "DETNUMPAIR",
    "DETNUMPAIRPtr", "do_nms_obj", "do_nms_sort", "draw_boxes", "FloatPtr", "free_batch_detections",
    "free_detections", "free_image", "free_network_ptr", "free_ptrs", "get_network_boxes", "hasGPU", "IMAGE", "init_cpu",
    "IntPtr", "letterbox_image", "lib", "load_image", "load_meta", "load_net", "load_net_custom", "load_network",
    "make_image", "make_network_boxes", "math", "METADATA", "metaMain", "netMain", "network_dimensions", "network_height",
    "network_predict", "network_predict_batch", "network_predict_custom", "network_width", "non_max_suppression_fast",
    "np", "os", "performBatchDetect", "performDetect", "POINTER", "pointer", "predict", "predict_image",
    "predict_image_letterbox", "print_detections", "random", "re", "remove_negatives", "remove_negatives_faster",
    "reset_rnn", "rgbgr_image", "sample", "set_gpu", "set_output_stream", "set_verbose", "show_version_info", "Structure",
    "version_short", "version_string",
]  # fmt: skip

netMain: Any = None   # performDetect's network,
metaMain: Any = None  # its names as load_meta gives them,
altNames: Any = None  # and as text, which detect and classify then give too
hasGPU = False

__all__ += [name for name in vars(ct) if not name.startswith("_") and name not in __all__]

LIBRARY = {"cwd", "envKeys", "tmp", "winGPUdll", "winNoGPUdll"}  # how older ones found their DLL


def __getattr__(name: str) -> Any:
    """All of ctypes, which older ones brought along, and a word on what is not here."""
    if not name.startswith("_") and hasattr(ct, name):
        return getattr(ct, name)
    if name in LIBRARY:
        raise AttributeError(f"darknet.{name} is not here: there is no compiled library to look for; {__name__} needs none")
    meant = hint(name, __all__, "to find objects call detect_image(network, class_names, image)")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; {meant}")
