"""What several tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from reference import kit


@pytest.fixture
def reference() -> Path:
    """The folder of the reference kit; a test that asks for it is skipped, visibly, when there is none."""
    return kit()
