"""docs/session.svg: commands and what they print, as a terminal shows it.

    python -m tools.record_session

Runs SESSION in an empty folder beside cfg/, examples/ and weights/, and draws what came out.  Needs rich.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "session.svg"
COLUMNS = 134
SESSION = (
    "darknet_py read examples/plate.jpg",
    "darknet_py read examples/meter.jpg examples/scoreboard.jpg",
    "sed '0,/filters=82/s//filters=255/' cfg/yolov4-chars.cfg > my.cfg",
    "darknet_py check my.cfg",
    "darknet_py summary cfg/yolov4-chars.cfg | tail -n 6",
)
STYLES = (
    (r"^error\b", "bold red"), (r"^warning\b", "bold yellow"), (r"^\s*->.*", "green"), (r"^examples/\S+: ", "cyan"),
    (r"^Total.*", "bold"),
)  # fmt: skip
WEB_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)  # the picture asks for nothing from elsewhere


def printed(command: str, folder: str) -> str:
    """All that a command prints, run by the shell with this tree's darknet_py."""
    run = f"darknet_py() {{ {shlex.quote(sys.executable)} -m darknet_py \"$@\"; }}; {command}"
    there = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(["bash", "-c", run], cwd=folder, env=there, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, encoding="utf-8", check=False)  # fmt: skip
    return done.stdout


def record(console: Console) -> None:
    """Run the session and write it to the console."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("cfg", "examples", "weights"):
            (Path(folder) / name).symlink_to(ROOT / name)
        for command in SESSION:
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            for line in printed(command, folder).splitlines():
                shown = Text(line)
                for pattern, style in STYLES:
                    shown.highlight_regex(pattern, style)
                console.print(shown)


def main() -> None:
    """Write TARGET."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, color_system="truecolor", force_terminal=True)
        record(console)
    picture = console.export_svg(title="darknet_py", theme=DIMMED_MONOKAI, unique_id="session")
    TARGET.write_text(WEB_FONTS.sub("", picture), "utf-8")


if __name__ == "__main__":
    main()
