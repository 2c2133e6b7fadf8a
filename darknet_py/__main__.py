"""``python -m darknet_py``: the command."""

from __future__ import annotations

import sys

__all__ = ["command"]


def command() -> int:
    """The command, for a process of its own; Ctrl-C is no traceback, while it is still imported, either."""
    try:
        from .cli import command as run
    except KeyboardInterrupt:
        print("darknet_py: stopped by Ctrl-C", file=sys.stderr)  # noqa: T201
        return 130
    return run()


if __name__ == "__main__":
    sys.exit(command())
