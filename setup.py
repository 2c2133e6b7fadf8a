"""What pyproject.toml cannot say of the package: its weights, and a README whose links lead somewhere on the index too."""

import re
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
WEIGHTS = HERE / "weights" / "yolov4-chars.weights"
RELATIVE = re.compile(r"(!?)(\[[^\]]*\])\((?!\w+:|#)([^)\s]+)\)")


class BuildWithWeights(build_py):
    """The package's own weights lie in weights/ of a clone, and in darknet_py/data of what is installed."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            self.copy_file(str(WEIGHTS), str(Path(self.build_lib) / "darknet_py" / "data" / WEIGHTS.name))


def found(pattern: str, *path: str) -> str:
    return re.search(pattern, HERE.joinpath(*path).read_text("utf-8"), re.MULTILINE)[1]


def readme() -> str:
    """README.md with the addresses of what it links to, as of this version's tag."""
    repository = found(r'^Repository = "(.+)"', "pyproject.toml")
    tag = "v" + found(r'^__version__ = "(.+)"', "darknet_py", "_support", "version.py")
    absolute = rf"\1\2({repository}/{{}}/{tag}/\3)"
    text = (HERE / "README.md").read_text("utf-8")
    return RELATIVE.sub(lambda link: link.expand(absolute.format("raw" if link[1] else "blob")), text)


setup(long_description=readme(), long_description_content_type="text/markdown", cmdclass={"build_py": BuildWithWeights})
