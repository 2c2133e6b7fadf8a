"""Packaging of darknet_py; metadata that tools need stands in pyproject.toml."""

import re
from itertools import chain
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

here = Path(__file__).parent
version = re.search(r'__version__ = "(.+?)"', (here / "darknet_py" / "_support" / "version.py").read_text("utf-8"))[1]

EXTRAS = {
    "compare": ["onnx>=1.15", "onnxruntime>=1.19"],
    "coco": ["pycocotools>=2.0.7"],
    "draw": ["pygraphviz>=2"],
    "export": ["onnx>=1.15"],
    "fetch": ["requests>=2.28", "filelock>=3.8", "platformdirs>=3", "tqdm>=4.60"],
    "onnxruntime": ["onnx>=1.15", "onnxruntime>=1.19"],
    "openvino": ["onnx>=1.15", "openvino>=2024.4"],
    "pandas": ["pandas>=1.5"],
    "progress": ["tqdm>=4.60"],
    "sahi": ["sahi>=0.11"],
    "supervision": ["supervision>=0.20"],
    "track": ["trackers>=2.6", "supervision>=0.26"],
    "video": ["av>=14.2"],
}
TRAIN = ["torch>=2.4", "pillow>=10", "scikit-image>=0.22", "scikit-learn>=1.3"]  # tools/train_chars; not part of "all"

WEIGHTS = here / "weights" / "yolov4-chars.weights"


class BuildWithWeights(build_py):
    """The package's own weights lie in weights/ of a clone, and in darknet_py/data of what is installed."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            self.copy_file(str(WEIGHTS), str(Path(self.build_lib) / "darknet_py" / "data" / WEIGHTS.name))


setup(
    name="darknet-runtime",
    version=version,
    description="Darknet .cfg/.weights networks on a CPU, with the reference's own numbers",
    long_description=(here / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.10",
    packages=find_packages(include=["darknet_py", "darknet_py.*"]),
    package_data={"darknet_py": ["data/*", "data/web/*", "data/web/*/*", "py.typed"]},
    cmdclass={"build_py": BuildWithWeights},
    install_requires=["numpy>=1.24", "numba>=0.61", "opencv-python>=4.5"],
    extras_require={
        **EXTRAS,
        "train": TRAIN,
        "all": [*chain(*EXTRAS.values())],
        "test": ["pytest>=7", "pytest-xdist>=3.2", "hypothesis>=6", *chain(*EXTRAS.values())],
        "dev": ["ruff>=0.6", "mypy>=1.10"],
    },
    entry_points={"console_scripts": ["darknet_py = darknet_py.__main__:command"]},
    classifiers=[
        "License :: OSI Approved :: MIT License",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Image Recognition",
    ],
)
