"""``darknet_py detector test data cfg weights|name [picture ...]``.   C: detector.c run_detector"""

from __future__ import annotations

from collections.abc import Sequence

from ..cfg import names_file
from .arguments import NETWORK, network_and_rest
from .flags import Command, Flag, UsageError, nearest, number
from .pictures import NETWORK_FLAGS, load, prompted, run_pictures

__all__ = ["COMMANDS", "run"]

TEST = Command(
    "detector test",
    f"DATA {NETWORK} [PICTURE ...]",
    "Find objects in pictures, print them, draw them into predictions.jpg (several pictures: predictions_<name>.jpg).\n"
    "Without pictures their paths are read from stdin.  Class names: the file that names= in DATA says.",
    "darknet_py detector test cfg/coco.data cfg/yolov4.cfg yolov4.weights dog.jpg -out result.json",
    (
        Flag("thresh", "least probability of what is shown, .25 if not given", "P", number, 0.25),
        Flag("hier", "for a tree of classes (YOLO9000), without effect on other networks", "P", number, 0.5),
        Flag("letter_box", "keep the proportions of pictures"),
        Flag("out", "write all boxes as JSON", "FILE"),
        Flag("save_labels", "write each picture's boxes as a label file beside it"),
        *NETWORK_FLAGS,
    ),
    least=2,
)


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    for i, word in enumerate(argv):
        if word in COMMANDS:
            return COMMANDS[word]([*argv[:i], *argv[i + 1 :]])
    if argv and argv[0].lstrip("-") in ("h", "help"):
        print(TEST.help())
        return 0
    asked = argv[0] if argv else ""
    problem = f"no command detector {asked}{nearest(asked, COMMANDS)}" if asked else "detector needs a command: test"
    raise UsageError(problem, "detector")


def run_test(argv: Sequence[str]) -> int:
    """``detector test``."""
    if (parsed := TEST.parse(argv)) is None:
        return 0
    (data, *arguments), flags = parsed
    model, pictures = network_and_rest(arguments, TEST)
    net = load(model, flags.names or names_file(data), flags)
    return run_pictures(net, pictures or prompted(flags.quiet), flags, len(pictures) == 1)


COMMANDS = {"test": run_test}
