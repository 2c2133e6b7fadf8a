"""OpenCV without its log lines."""

from __future__ import annotations

import threading

__all__ = ["silence"]

LOG_LEVEL_SILENT = 0


class _Silence:
    """No log lines of OpenCV on stderr while any thread is inside: a DarknetError says the same in one line."""

    def __init__(self) -> None:
        self.guard, self.inside, self.level = threading.Lock(), 0, 0

    def __enter__(self) -> None:
        with self.guard:
            if not self.inside:
                self.level = _set_log_level(LOG_LEVEL_SILENT)
            self.inside += 1

    def __exit__(self, *_: object) -> None:
        with self.guard:
            self.inside -= 1
            if not self.inside:
                _set_log_level(self.level)


silence = _Silence()


def _set_log_level(level: int) -> int:
    """The level before."""
    import cv2

    set_level = cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cv2.utils.logging.setLogLevel  # OpenCV 4, 5
    return int(set_level(level))
