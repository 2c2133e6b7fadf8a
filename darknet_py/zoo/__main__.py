"""``python -m darknet_py.zoo [FOLDER]``: write all networks into FOLDER, ``cfg`` by default."""

from __future__ import annotations

import sys

from . import write_all

__all__ = ["main"]


def main(arguments: list[str]) -> None:
    """Write into the folder that is the first argument."""
    write_all(arguments[0] if arguments else "cfg")


if __name__ == "__main__":
    main(sys.argv[1:])
