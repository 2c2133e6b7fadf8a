"""A network's files by one name: ``cars`` is cars.cfg with cars_best.weights and cars.names.

What is given is taken; what is not is looked for beside the cfg, by its name.  Nothing is taken that could as well be
another file: that is an error, which lists them.  What was chosen of several is told (the logger ``darknet_py``).
"""

from __future__ import annotations

from .cfgs import cfg_of, cfgs_in
from .finding import Files, find, missing
from .texts import data_of, names_of
from .trained import weights_of

__all__ = ["Files", "cfg_of", "cfgs_in", "data_of", "find", "missing", "names_of", "weights_of"]
