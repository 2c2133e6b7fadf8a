"""Words that are not known: slips of the hand, and words of other programs, Darknet's forks and its training."""

from __future__ import annotations

from collections.abc import Iterable

from .._support.spelling import meant, suggestion
from .aliases import FILE_FLAGS, PICTURE_FLAGS, SAME
from .commands import COMMANDS, FAMILIES, flags
from .flags import IDLE

__all__ = ["about_command", "about_flag", "nearest"]

LEAST = 3  # characters of a word that can be like another one
# Words that are like our flags, the first that a command has, but not quite
ALIKE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("thresh",), "score threshold thr prob min_prob"),
    (("iou_thresh", "nms"), "iou iou_thres iou_threshold overlap_thresh"),
    (("size",), "resolution shape"),
    (("classes",), "class filter filter_classes class_filter"),
    (("save_txt",), "save_yolo write_labels"),
    (("out", "o"), "save_json json_output output output_file output_json results json save_csv txt"),
    (("threads",), "workers num_threads num_workers nthreads cpu_threads omp_num_threads"),
    (("names",), "labels"),
    (("letter_box",), "rect"),
    (("tile",), "sahi slice tiles slice_size slice_height slice_width sliceheight crop_size"),
    (("track",), "tracker tracking persist"),
    (("against",), "reference ref"),
    (("labels",), "show_labels show_conf show_boxes"),
)  # fmt: skip
# What is said of other words
ANSWERS: tuple[tuple[str, str], ...] = (
    ("device gpu gpus gpu_id gpu_index cuda use_gpu nogpu no_gpu half fp16 int8 amp dnn backend target trt opencl openvino",
     "networks run on the processor here: -threads N, -numerics fast"),
    (f"{PICTURE_FLAGS} stream url webcam",
     "what to look at stands on the line without a flag"),
    (f"{FILE_FLAGS} yaml dataset network net proto",
     "files stand on the line without a flag"),
    ("view_img view_image show imshow display window gui", "no window is opened; look at the drawn pictures"),
    ("clear map chart show_imgs mAP_epochs epochs batch batch_size lr learning_rate pretrained freeze patience "
     "optimizer save_period hyp cache",
     "it is for training, which is not done here"),
    ("exist_ok", "nothing is ever written over by -project: each run has a new folder there"),
    ("vid_stride", "commands look at every frame; in Python there is net.stream(video, every=N)"),
    ("save_conf", "label files have no probabilities; -out FILE.jsonl has them"),
    ("augment visualize update stream_buffer retina_masks save_frames embed verbose stream quantized "
     "input_calibration",
     "there is nothing like it here"),
)  # fmt: skip
INSTEAD = {
    "predict": "detect, or classifier predict", "infer": "detect", "inference": "detect", "val": "detector map",
    "validate": "detector map", "evaluate": "detector map", "eval": "detector map", "download": "fetch", "info": "summary",
    "benchmark": "detect … -benchmark_layers", "track": "detector demo … -track", "ocr": "read",
    "convert": "import, or export",
    "imagenet": "classifier predict", "classify": "classifier predict DATA CFG WEIGHTS PICTURE -t 5",
    "ops": "summary", "speed": "detect … -benchmark_layers", "coco": "detector valid", "graph": "summary -svg",
}  # fmt: skip
TRAINING = "train", "finetune"
EXPERIMENTS = (
    "3d", "art", "captcha", "cifar", "dice", "go", "imtest", "nightmare", "rnn", "super", "tag", "vid", "voxel", "writing",
)  # fmt: skip
NOT_DONE = {
    "denormalize": "Darknet's own writes beyond the layers' arrays; batch norm is taken into the weights as they are loaded",
    "normalize": "it gives layers a batch norm with variances of 0, of which nothing but training makes a network",
    "oneoff": "it is for one network with 9372 filters, of which it writes beyond another's arrays",
    "rescale": "it is for weights of 2015, of pictures from -1 to 1",
}
NOT_DONE["reset"] = NOT_DONE["denormalize"]


def about_flag(name: str, known: Iterable[str], usage: str) -> str:
    """What there is in place of a flag that a command has not; "" where nothing is known of it."""
    for ours, words in (*SAME, *ALIKE):
        if name.lower() in words.split() and (flag := next((flag for flag in ours if flag in known), "")):
            return f"it is -{flag} here"
    for words, answer in ANSWERS:
        if name.lower() in words.lower().split():
            return f"{answer}; {usage}" if "on the line" in answer else answer
    commands = [command for command in COMMANDS if command != "run"]  # which has nearly none of its own
    others = [command for command in commands if (own := flags(command).get(name)) and not own.help.startswith(IDLE)]
    return f"it is a flag of {', '.join(others[:3])}" if others else ""


def about_command(word: str) -> str:
    """What there is in place of a command that does not exist; "" where nothing is known of it."""
    if word in FAMILIES["detector"]:
        return f"it is darknet_py detector {word}"
    if "." in word:
        return "files come after a command, such as detect"
    if word in INSTEAD:
        return f"here it is darknet_py {INSTEAD[word]}"
    if word in NOT_DONE:
        return f"{NOT_DONE[word]}; it is not done here"
    if word in EXPERIMENTS:
        return "it is an experiment of Darknet's, which is not done here"
    return "it is for training, which is not done here" if word in TRAINING else ""


def nearest(word: str, known: Iterable[str], dash: str = "") -> str:
    """``; did you mean -thresh?``, where a word is only a slip of the hand away or the beginning of one; else nothing."""
    asked, names = _plain(word), {_plain(name): name for name in known}
    if len(asked) < LEAST:
        return ""
    begun = sorted((name for name in names if name.startswith(asked)), key=len)
    likely = begun[0] if begun else meant(asked, names)
    return f"; {suggestion(names[likely], form=f'{dash}{{}}')}" if likely else ""


def _plain(word: str) -> str:
    return word.lstrip("-").lower().replace("_", "").replace("-", "")
