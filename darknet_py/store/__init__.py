"""Published weights: which there are, getting them, finding them; networks by name.

    from darknet_py import store
    fetched = store.fetch(store.PUBLISHED["yolov4-tiny"], store.folder())
    print(fetched.path)

Fetching needs the packages requests, filelock and platformdirs: ``pip install "darknet-runtime[fetch]"``.
"""

from __future__ import annotations

from .fetching import Fetched, fetch
from .manifest import PUBLISHED, Published
from .models import Model, cfg_of, is_name, model
from .needs import need
from .places import find, folder

__all__ = ["PUBLISHED", "Fetched", "Model", "Published", "cfg_of", "fetch", "find", "folder", "is_name", "model", "need"]
