"""Which weights are published, and where.

The size of each follows from its cfg.  Checksums are those by which OpenVINO's and OpenCV's collections of models check
downloads from the same addresses, and of the files in Yolo-Fastest's repository; the others have none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from .. import cfg, graph, weights, zoo
from ..graph import Graph

__all__ = ["PUBLISHED", "Published"]

REDMON = "https://data.pjreddie.com/files"
RELEASES = "https://github.com/AlexeyAB/darknet/releases/download"
FASTEST = "https://github.com/dog-qiuqiu/Yolo-Fastest/raw/master/ModelZoo/yolo-fastest-1.1_coco"


@dataclass(frozen=True)
class Published:
    """Weights that their authors offer.

    ``checksum``: of the file, as in "sha256:0123…", "" where none is published.  ``cfg`` gives the text of their cfg.
    """

    name: str
    address: str
    checksum: str
    cfg: Callable[[], str]

    @property
    def file(self) -> str:
        return f"{self.name}.weights"

    @cached_property
    def graph(self) -> Graph:
        """The network that the weights are for."""
        return graph.build(cfg.parse(self.cfg(), f"{self.name}.cfg"))

    @property
    def size(self) -> int:
        """Bytes of the file, as the cfg has it."""
        return weights.expected_size(self.graph)


def _published(name: str, place: str, checksum: str = "") -> Published:
    return Published(name, f"{place}/{name}.weights", checksum, partial(zoo.write, name))


PUBLISHED: Mapping[str, Published] = {
    entry.name: entry
    for entry in (
        _published("yolov3-tiny", REDMON, "sha256:dccea06f59b781ec1234ddf8d1e94b9519a97f4245748a7d4db75d5b7080a42c"),
        _published("yolov3", REDMON, "sha256:523e4e69e1d015393a1b0a441cef1d9c7659e3eb2d7e15f793f060a21b32f297"),
        _published("yolov3-spp", REDMON, "sha256:87a1e8c85c763316f34e428f2295e1db9ed4abcec59dd9544f8052f50de327b4"),
        _published("yolov4-tiny", f"{RELEASES}/darknet_yolo_v4_pre",
                   "sha256:cf9fbfd0f6d4869b35762f56100f50ed05268084078805f0e7989efe5bb8ca87"),
        _published("yolov4", f"{RELEASES}/darknet_yolo_v3_optimal",
                   "sha256:e8a4f6c62188738d86dc6898d82724ec0964d0eb9d2ae0f0a9d53d65d108d562"),
        _published("yolov4-csp", f"{RELEASES}/darknet_yolo_v4_pre"),
        _published("yolov4-csp-swish", f"{RELEASES}/darknet_yolo_v4_pre"),
        _published("yolov4x-mish", f"{RELEASES}/darknet_yolo_v4_pre", "sha1:a6f2879af2241de2e9730d317a55db6afd0af00b"),
        _published("yolov4-csp-x-swish", f"{RELEASES}/darknet_yolo_v4_pre"),
        _published("yolov4-p5", f"{RELEASES}/darknet_yolo_v4_pre"),
        _published("yolov4-p6", f"{RELEASES}/darknet_yolo_v4_pre"),
        _published("yolov7-tiny", f"{RELEASES}/yolov4"),
        _published("yolov7", f"{RELEASES}/yolov4"),
        _published("yolo-fastest-1.1", FASTEST,
                   "sha256:1c445c42bbd6df63edea2cc69f99667b5650d663ca11e34b116240740cd42890"),
        _published("yolo-fastest-1.1-xl", FASTEST,
                   "sha256:fac5fb41786c1f38f04972a658443b189f48720d7d117f9a044100e98a35b0c5"),
    )
}  # fmt: skip
