"""Writes names.json beside this file: how OpenCV 4 names the layers of the networks in ../../../cfg.

    python tests/golden/dnn/record_names.py     # with opencv-python-headless 4.14
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import cv2

HERE = Path(__file__).parent


def main() -> None:
    lines = []
    for path in sorted((HERE.parents[2] / "cfg").glob("*.cfg")):
        net = cv2.dnn.readNetFromDarknet(str(path))
        names = ",".join(net.getLayerNames())
        figures = [names.count(",") + 1, zlib.crc32(names.encode()), list(net.getUnconnectedOutLayersNames())]
        lines.append(f"{json.dumps(path.stem)}: {json.dumps(figures)}")
    (HERE / "names.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
