"""Models that do not become Darknet networks: what one seems to be, and which program takes it."""

from __future__ import annotations

from collections.abc import Iterator

from .checkpoint import OnnxGraph, Record
from .picking import State

__all__ = ["seems", "unknown"]

ULTRALYTICS = "ultralytics runs it, and writes it as ONNX for others: yolo export model=FILE format=onnx"
OWN = "its own repository's export.py writes it as ONNX, which ONNX Runtime and OpenCV run"
NO_DETECTOR = "it is no YOLO, and Darknet has no layers for it"
PARTS = 6  # names that are shown of what is not known

# What a model seems to be by classes of its modules (all of a row must be there) …
MODULES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("ultralytics.", ".RTDETRDecoder"), "RT-DETR of ultralytics", ULTRALYTICS),
    (("ultralytics.", ".A2C2f"), "YOLO12 of ultralytics", ULTRALYTICS),
    (("ultralytics.", ".v10Detect"), "YOLOv10", ULTRALYTICS),
    (("ultralytics.", ".C3k2"), "YOLO11 of ultralytics", ULTRALYTICS),
    (("ultralytics.", ".RepNCSPELAN4"), "YOLOv9 of ultralytics", ULTRALYTICS),
    (("ultralytics.", ".C2f"), "YOLOv8 of ultralytics", ULTRALYTICS),
    (("ultralytics.",), "a model of ultralytics (YOLOv5u, v8 or newer)", ULTRALYTICS),
    ((".RepNCSPELAN4",), "YOLOv9", OWN), ((".CBLinear",), "YOLOv9", OWN), ((".DFL",), "YOLOv9", OWN),
    (("yolov6.",), "YOLOv6", "its own repository's deploy/ONNX/export_onnx.py writes it as ONNX"),
    (("yolox.",), "YOLOX", "its own repository's tools/export_onnx.py writes it as ONNX"),
    ((".IKeypoint",), "a pose model of YOLOv7 (boxes with keypoints, which Darknet's heads do not have)", OWN),
    ((".Keypoint",), "a pose model (boxes with keypoints, which Darknet's heads do not have)", OWN),
    ((".MT",), "a mask model of YOLOv7, which Darknet's heads do not have", OWN),
    ((".ISegment",), "a segmentation model of YOLOv7, which Darknet's heads do not have", OWN),
    ((".IRSegment",), "a segmentation model of YOLOv7, which Darknet's heads do not have", OWN),
    ((".Segment",), "a segmentation model, which Darknet's heads do not have", OWN),
    (("models.", ".IBin"), "YOLOv7 with a head of bins (IBin)", OWN), (("models.", ".Classify"), "a YOLO classifier", OWN),
    (("models.", ".V6Detect"), "YOLOv7's branch u6", OWN), (("models.", ".IV6Detect"), "YOLOv7's branch u6", OWN),
    (("models.", ".C3"), "YOLOv5", "its own repository's export.py, or ultralytics, writes it as ONNX"),
    (("models.", ".Focus"), "YOLOv5", "its own repository's export.py, or ultralytics, writes it as ONNX"),
    (("torchvision.",), "a model of torchvision", "torch.onnx.export writes it as ONNX"),
    (("mmdet.",), "a model of MMDetection", "MMDeploy writes it as ONNX"),
    (("detectron2.",), "a model of Detectron2", "its own tools/deploy/export_model.py writes it as ONNX"),
    (("transformers.",), "a model of transformers", NO_DETECTOR),
    (("torch.nn.quantized.",), "a quantised model", "give the model of floats that it comes from"),
    (("torch.ao.nn.quantized.",), "a quantised model", "give the model of floats that it comes from"),
)  # fmt: skip
# … and by names of its tensors (likewise)
TENSORS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("vgg.", "loc.", "conf."), "SSD", "Darknet's heads are of another kind; torch.onnx.export writes it as ONNX"),
    (("proposal_generator.", "roi_heads."), "a model of Detectron2", "its own export_model.py writes it as ONNX"),
    (("rpn.", "roi_heads."), "Faster or Mask R-CNN of torchvision", "torch.onnx.export writes it as ONNX"),
    (("bbox_head.",), "a model of MMDetection", "MMDeploy writes it as ONNX"),
    (("backbone.backbone.stem",), "YOLOX", "its own repository's tools/export_onnx.py writes it as ONNX"),
    (("backbone.ERBlock",), "YOLOv6", "its own repository's deploy/ONNX/export_onnx.py writes it as ONNX"),
    (("bifpn.",), "EfficientDet", "torch.onnx.export writes it as ONNX"),
    ((".dfl.",), "YOLOv8, v9 or newer", ULTRALYTICS),
    (("class_embed.", "bbox_embed."), "DETR", NO_DETECTOR), ((".lora_A.",), "an adapter (LoRA)", NO_DETECTOR),
    (("model.diffusion_model.",), "a diffusion model", NO_DETECTOR), ((".self_attn.",), "a transformer", NO_DETECTOR),
    ((".attention.",), "a transformer", NO_DETECTOR), ((".attn.",), "a transformer", NO_DETECTOR),
    (("layer1.", "layer4."), "a ResNet", NO_DETECTOR), (("features.", "classifier."), "a classifier", NO_DETECTOR),
    ((".scale", ".zero_point"), "a quantised model", "give the model of floats that it comes from"),
)  # fmt: skip
ONNX = (
    "is an ONNX model of {}, and only those of darknet_py export become Darknet networks; give the .pt that it was made "
    "from, or run it with ONNX Runtime"
)


def seems(model: Record | State | OnnxGraph) -> str:
    """What a model of another kind seems to be, and which program takes it; "" for what is not known."""
    if isinstance(model, OnnxGraph):
        return ONNX.format(model.producer or "an unknown program")
    if isinstance(model, Record):
        names, table = _kinds(model), MODULES
    else:
        names, table = set(model), TENSORS
    for marks, what, advice in table:
        if all(any(_bears(name, mark) for name in names) for mark in marks):
            return f"seems to be {what}, which is none of the models that become Darknet networks; {advice}"
    return ""


def unknown(model: Record | State | OnnxGraph) -> str:
    """What is said of all others."""
    if isinstance(model, Record):
        what, names = model.kind, sorted(kind for kind in _kinds(model) - {model.kind} if not kind.startswith("torch.nn."))
    else:
        what, names = "a state dict", [] if isinstance(model, OnnxGraph) else list(model)
    shown = ", ".join(names[:PARTS]) + (" …" if len(names) > PARTS else "")
    what = f"{what}: {shown}" if shown else what
    return f"holds a model that is not known here ({what}); docs/import.md lists those that become Darknet networks"


def _bears(name: str, mark: str) -> bool:
    """".C3" is the end of a class's name, ".attn." a part of a tensor's, "rpn." the beginning of either."""
    if mark.startswith("."):
        return mark in name if mark.endswith(".") else name.endswith(mark)
    return name.startswith(mark)


def _kinds(model: Record) -> set[str]:
    return {module.kind for module in _all(model)}


def _all(model: Record) -> Iterator[Record]:
    waiting = [model]
    while waiting:
        module = waiting.pop()
        yield module
        waiting += module.modules.values()
