"""What users write, for mypy --strict and pyright; it is not run."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import darknet_py
from darknet_py import DarknetError, DarknetWarning, Detection, Detections, ImageError, Network, compare, export, image
from darknet_py.compat import cv2_dnn, darknet


def loaded(cfg: Path) -> list[Network]:
    """By name, by files, with every option."""
    return [
        darknet_py.load("yolov4-tiny"),
        darknet_py.load(cfg, "my.weights", numerics="fast", size=(640, 384), threads=2, names=["cat"], avx_maxpool=True),
        darknet_py.load("yolov4-tiny", names="my.names", names_encoding="gbk", numerics="bf16"),
        Network.load("my.cfg", Path("my.weights"), numerics="exact", size=None, threads=None, names=Path("my.data")),
    ]


def found(net: Network, path: str) -> Detections:
    """Of a path, of what OpenCV reads, of arrays."""
    picture = cv2.imread(path)
    net.detect(picture)
    if picture is not None:
        net.detect(picture, thresh=0.5, nms=0, tile=640, overlap=0.1)
        net.detect(picture[10:20, 10:20])
        net.detect(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        net.predict(cv2.dnn.blobFromImage(picture, 1 / 255, (416, 416), swapRB=True))
    _, frame = cv2.VideoCapture(0).read()
    net.detect(frame)
    net.detect(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR))
    net.detect(np.zeros((20, 30, 3), np.uint8))
    net.detect(np.zeros((20, 30), np.uint16))
    net.detect(frame, classes=["dog", 2], max_det=100, agnostic_nms=True)
    net.detect(frame, skip_classes="cat,dog")
    return net.detect(Path(path), exif=True, max_pixels=10**8)


def found_in_many(net: Network, paths: list[Path]) -> list[Detections]:
    """Of paths, frames, and both; and where errors take their place."""
    frames = (np.zeros((20, 30, 3), np.uint8) for _ in range(3))
    sizes = [(found.size, found.source) for found in net.detect_many(frames, thresh=0.5, tile=640)]
    good = [found for found in net.detect_many(["a.jpg", cv2.imread("b.jpg")], return_exceptions=True)
            if not isinstance(found, ImageError)]  # fmt: skip
    print(sizes, len(good))
    return list(net.detect_many(paths, letter_box=True))


def in_other_forms(net: Network, path: Path, data: bytes) -> list[Detections]:
    """Of addresses, bytes and open files; of several at once, each of whose Detections are in the list."""
    one: Detections = net.detect("https://example.org/dog.jpg")
    net.detect(data)
    net.detect(io.BytesIO(data))
    with path.open("rb") as file:
        net.detect(file, thresh=0.5)
    net.detect([cv2.imread("a.jpg"), np.zeros((20, 30, 3), np.uint8)])
    net.detect(path for path in [path])
    return [one, *net.detect(["a.jpg", path], max_det=3)]


def streamed(net: Network, sources: list[str]) -> list[int]:
    """Of videos, cameras and folders: frames and what is found in them."""
    for frame, found in net.stream("video.mp4", every=5, thresh=0.5):
        print(frame.shape, found.source, len(found))
    for picture, seen in net.stream(sources, batch=4, recursive=True, return_exceptions=True):
        print(seen if picture is None else picture.dtype)
    return [frame.shape[0] for frame, _ in net.stream(0, classes=["person"])]


def used(detections: Detections) -> list[tuple[str, float, float]]:
    """Each one, and the forms of other libraries."""
    first: Detection = detections[0]
    x, y, w, h = first.box
    corners: npt.NDArray[np.float32] = detections.xyxy
    sure: Detections = detections[detections.prob > 0.5].sort_by("prob", reverse=True)[:10]
    more: Detections = sure.of("dog", 2) + detections.within([(0, 0), (9, 0), (9, 9)], "bottom") + [first]
    at: tuple[float, float, float, float] = more[0].xyxy
    detections.sort_by(lambda d: d.box[2] + at[0])
    print(detections.within(np.ones((20, 30), bool)).name == "dog", sure, more)
    return [(d.name, d.prob, x - w / 2 + float(corners[0, 0]) + y - h) for d in detections if d.class_id]


def other_forms(found: Detections, net: Network) -> list[Detections]:
    """There and back."""
    print(found.to_json(), found.to_yolo(prob=True), found.to_voc(), found.to_labelme()["shapes"], found.to_fiftyone())
    return [
        Detections.from_json("a.json", 80, 40), Detections.from_yolo(Path("a.txt"), *found.size, names=net.names),
        Detections.from_coco(found.to_coco(image_id=7), *found.size), Detections.from_voc("a.xml", net.names),
        Detections.from_pandas(found.to_pandas(), *found.size), Detections.from_labelme(found.to_labelme(), net.names),
        Detections.from_supervision(found.to_supervision(), *found.size),
    ]


def seen(found: Detections, frame: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.uint8]]:
    """In their picture."""
    drawn: npt.NDArray[np.uint8] = found.plot(line_width=2, labels="name", picture=frame)
    path: Path = found.save("drawn.png", colors="c")
    found.show(form="blur")
    print(path.name)
    return [drawn, *found.crops()]


def inside(net: Network, path: str) -> dict[int, npt.NDArray[np.float32]]:
    """The network's own arrays."""
    x = net.fitted(image.load_image(path))
    heads: list[npt.NDArray[np.float32]] = net.predict(x)
    print(net.summary(), net.profile(x).table(), len(heads), net.width, net.height, net.names)
    image.resize_picture(image.read_image(path), 10, 10, interpolation="area")
    return net.activations(x)


def written(net: Network, folder: Path) -> None:
    """Files of it."""
    net.save_weights(folder / "copy.weights")
    shapes = net.export(folder / "net.onnx", outputs="boxes", batch="dynamic").outputs
    export.save("net.onnx", export.to_onnx(net.graph, net.weights, outputs="heads", batch=1))
    print(shapes["boxes"], compare.compare(net, "dog.png", "other.npz").report())


def as_before(rgb: npt.NDArray[np.uint8]) -> None:
    """Programs of darknet.py and of cv2.dnn."""
    network, names, _ = darknet.load_network("yolov4.cfg", "coco.data", "yolov4.weights", batch_size=1)
    for label, percent, (x, y, w, h) in darknet.detect_image(network, names, rgb):
        print(label, percent, x, y, w, h)
    cv2_dnn.install(numerics="fast")
    net = cv2_dnn.readNetFromDarknet("yolov4.cfg", "yolov4.weights")
    net.setInput(cv2.dnn.blobFromImage(rgb))
    print(net.forward(net.getUnconnectedOutLayersNames()))
    model = cv2_dnn.DetectionModel(net)
    model.setInputParams(scale=1 / 255, size=(416, 416), swapRB=True)
    print(model.detect(rgb, confThreshold=0.2, nmsThreshold=0.4))


def wrong(net: Network, found: Detections) -> None:
    """Each of these is an error, or the comment would be one."""
    darknet_py.load("yolov4-tiny", numerics="quick")  # type: ignore[arg-type]
    darknet_py.load("yolov4-tiny", nummerics="fast")  # type: ignore[call-arg]
    darknet_py.load("yolov4-tiny", size=608)  # type: ignore[arg-type]
    Network.load("my.cfg", "my.weights", threads="2")  # type: ignore[arg-type]
    net.export("net.onnx", outputs="scores")  # type: ignore[arg-type]
    net.export("net.onnx", batch="any")  # type: ignore[arg-type]
    net.detect(7)  # type: ignore[call-overload]
    net.stream("v.mp4", evry=2)  # type: ignore[call-overload]
    image.resize_picture(np.zeros((2, 2, 3), np.uint8), 1, 1, interpolation="sharp")  # type: ignore[arg-type]
    cv2_dnn.readNetFromDarknet("my.cfg", "my.weights", numerics="quick")  # type: ignore[arg-type]
    found.plot(lables="off")  # type: ignore[call-arg]
    found.plot(labels="names")  # type: ignore[arg-type]
    found.within((0, 0, 9, 9), "centre")  # type: ignore[arg-type]


def guarded(path: str) -> str:
    """What goes wrong."""
    try:
        return found(loaded(Path(path))[0], path)[0].name
    except DarknetError as e:
        return f"{e.where}:{e.line}: {e.message} {DarknetWarning.__name__}"
