"""The floors of the package as docs/architecture.md has them, lowest first: a room imports its own floor and lower ones."""

from __future__ import annotations

FLOORS = [
    ["errors", "shapes", "_support"],
    ["files", "cfg", "layers", "doubts", "graph", "fold", "weights", "zoo", "model_files"],
    ["image", "engine_api", "engine", "engines", "boxes", "capture", "detection", "drawing", "results", "export"],
    ["object_detection", "feed", "streaming", "detecting", "network"],
    ["evaluate", "compare", "doctor", "summary", "store", "video", "output", "import_", "web", "report", "serve"],
    ["compat", "cli", "__init__", "__main__"],
]
