"""Flags by the names that they have in other programs, ultralytics' and YOLOv5's first of all, which answer as ours.

What only looks alike is told by ``others``: a value of another kind, a flag of another meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from .flags import IDLE, Flag

__all__ = ["FILE_FLAGS", "FOR_WORDS", "PICTURE_FLAGS", "SAME", "alias", "aliases"]

# Our flags, the first that a command has, and their other names
SAME: tuple[tuple[tuple[str, ...], str], ...] = (
    (("thresh",), "conf conf_thres conf_thresh conf_threshold confidence confidence_threshold min_confidence score_thr "
                  "score_threshold scorethreshold obj_thresh"),
    (("nms",), "iou iou_thres iou_threshold nms_thresh nms_thres nms_threshold nms_thr nmsthreshold"),
    (("size",), "imgsz img img_size imgsize image_size input_size inputsize inpsize inp_size netsize"),
    (("max_det",), "max_detections max_boxes"),
    (("agnostic_nms",), "agnostic class_agnostic"),
    (("line_width",), "line_thickness"),
    (("run_name",), "name"),
    (("save_dir",), "outdir out_dir output_dir output_folder output_path save_path savedir"),
    (("dont_draw", "dontdraw_bbox"), "nosave no_save nodraw no_draw dont_save"),
    (("names",), "names_file namesfile class_names classes_file label_file"),
    (("letter_box",), "letterbox keep_ratio keep_aspect_ratio"),
    (("format",), "output_format fmt"),
    (("t",), "top topk top_k"),
    (("out_filename",), "out_video save_video video_out"),
    (("bind",), "host listen"),
)  # fmt: skip
# Flags whose value is a word of the line, which is taken for what it is
PICTURE_FLAGS = (
    "source input image images img_path image_path input_path picture pictures file files path video video_path"
)  # fmt: skip
FILE_FLAGS = (
    "weights weights_file weightfile weightsfile weights_path cfg config config_file cfg_file cfgfile config_path model "
    "model_path model_cfg model_weights data data_file datacfg meta meta_path metapath"
)  # fmt: skip
FOR_WORDS = (*PICTURE_FLAGS.split(), *FILE_FLAGS.split())
# Flags that say a value of ours, which that before may change
SAYING: dict[str, tuple[str, Callable[[object], object]]] = {
    "hide_labels": ("labels", lambda before: "off"),
    "hide_conf": ("labels", lambda before: before if before == "off" else "name"),
}
SEVERAL = ("size",)  # which elsewhere may have several numbers behind each other


def alias(name: str, known: Mapping[str, Flag]) -> Flag | None:
    """The flag of a command that another name means; one without a name gives a word of the line."""
    name = name.lower()
    for ours, words in SAME:
        if name in words.split() and (flag := next((known[one] for one in ours if one in known), None)):
            return None if flag.help.startswith(IDLE) else replace(flag, several=flag.several or flag.name in SEVERAL)
    if name in SAYING and (flag := known.get(SAYING[name][0])) and flag.value:
        return replace(flag, value="", alone=SAYING[name][1])
    if name in FOR_WORDS and "names" in known:
        return Flag("", "a file", "FILE")
    return Flag(name, "", "cpu", _processor) if name == "device" and "engine" in known else None


def aliases(known: Mapping[str, Flag]) -> Iterator[str]:
    """All other names of a command's flags."""
    for _, words in SAME:
        yield from (word for word in words.split() if alias(word, known))
    yield from (word for word in (*SAYING, *FOR_WORDS, "device") if alias(word, known))


def _processor(text: str) -> str:
    if text != "cpu":
        raise ValueError("networks run on the processor here; on others by -engine onnxruntime:cuda, openvino:GPU ...")
    return text
