"""The detector that is compared, and what it saves: one of each for a file of tests."""

from __future__ import annotations

import numpy as np
import pytest
from comparing import Place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("comparing"))


@pytest.fixture(scope="module")
def arrays(place: Place) -> dict[str, np.ndarray]:
    return place.saved()
