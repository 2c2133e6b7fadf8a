"""The tables of commands in README.md and docs/commands.md, and docs/flags.md, all from what the commands declare.

    python -m tools.commands    # writes them; tests/test_readme.py holds them to it
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from darknet_py.cli.command import Command
from darknet_py.cli.commands import COMMANDS, module
from darknet_py.cli.demo_outputs import OutputOptions
from darknet_py.cli.flags import IDLE, Flag, flags_of
from darknet_py.cli.metrics import MetricsOptions
from darknet_py.cli.model_form import FormOptions
from darknet_py.cli.options import NetworkOptions, ReadingOptions
from darknet_py.cli.picture_options import (
    FolderOptions,
    OutOptions,
    PictureOptions,
    SearchOptions,
    SelectionOptions,
    StyleOptions,
)
from darknet_py.cli.serve_doors import DoorOptions
from darknet_py.cli.serve_streams import StreamOptions
from darknet_py.cli.web_page import PageOptions

__all__ = ["flags_page", "overview", "pages"]

ROOT = Path(__file__).parent.parent
GROUPS: dict[type[Any], str] = {
    PictureOptions: "Detecting in pictures",
    SearchOptions: "Searching",
    SelectionOptions: "Which detections count",
    OutOptions: "Boxes as data",
    FolderOptions: "Files for each picture",
    StyleOptions: "How pictures are drawn",
    ReadingOptions: "Reading pictures",
    OutputOptions: "Outputs of a video",
    NetworkOptions: "Networks",
    FormOptions: "ONNX models",
    PageOptions: "Pages",
    DoorOptions: "Who may use a service",
    StreamOptions: "Streams of a service",
    MetricsOptions: "Figures of a set of pictures",
}
HEAD = """# Flags

With one dash or two, anywhere on the line; those of `run` stand before the script. Flags and texts are what `-h` shows.
"""
OVERVIEW = re.compile(r"(?<=\| command \| \|\n\|---\|---\|\n)(\|.*\n)+")


def overview() -> str:
    """The rows of the table of commands."""
    shown = {name: module(name).Options.arguments.replace("|NAME", "") for name in COMMANDS}
    return "".join(f"| `darknet_py {name} {shown[name]}` | {about} |\n" for name, about in COMMANDS.items())


def flags_page() -> str:
    """docs/flags.md: the flags of each command, and of each group that several have."""
    sections = [_section(f"darknet_py {name}", module(name).Options) for name in COMMANDS]
    sections += [_section(title, group) for group, title in GROUPS.items()]
    return f"{HEAD}{''.join(sections)}"


def _section(title: str, options: type[Any]) -> str:
    fields = dataclasses.fields(options)
    groups = [field.metadata["group"] for field in fields if "group" in field.metadata]
    grouped = {flag.name for group in groups for flag in flags_of(group)}
    own = [flag for flag in flags_of(options) if flag.name not in grouped]
    example = f"`{options.example}`\n" if issubclass(options, Command) else ""
    paragraphs = example, *_tables(own), *_links(groups)
    return f"\n## {title}\n" + "".join(f"\n{paragraph}" for paragraph in paragraphs if paragraph)


def _tables(flags: list[Flag]) -> Iterator[str]:
    idle = [flag.spelling for flag in flags if flag.help.startswith(f"{IDLE}, ")]
    rows = [(flag.spelling.replace("|", r"\|"), flag.help) for flag in flags if flag.spelling not in idle]
    if rows:
        yield "| flag | |\n|---|---|\n" + "".join(f"| `{spelling}` | {help} |\n" for spelling, help in rows)
    if idle:
        yield f"{IDLE.capitalize()}, without effect: {', '.join(f'`{spelling}`' for spelling in idle)}.\n"


def _links(groups: list[type[Any]]) -> Iterator[str]:
    if groups:
        links = " and ".join(f"[{GROUPS[group]}](#{GROUPS[group].lower().replace(' ', '-')})" for group in groups)
        yield f"And the flags of {links}.\n"


def pages() -> dict[Path, str]:
    """What the pages are to hold."""
    found = {ROOT / "docs" / "flags.md": flags_page()}
    for path in (ROOT / "README.md", ROOT / "docs" / "commands.md"):
        found[path] = OVERVIEW.sub(lambda _: overview(), path.read_text("utf-8"))
    return found


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
