"""``darknet_py completion SHELL``: what makes a shell complete the command."""

from __future__ import annotations

from dataclasses import dataclass

from .command import Command, UsageError
from .completion_scripts import SHELLS
from .others import nearest

__all__ = ["Options", "run"]

KNOWN = f"; there are {', '.join(SHELLS)}"


@dataclass(frozen=True)
class Options(Command):
    name = "completion"
    arguments = "SHELL"
    about = """
    Print what makes a shell complete commands, flags, their values, the names of networks, and files.
      bash  in ~/.bashrc: eval "$(darknet_py completion bash)"
      zsh   in ~/.zshrc, after compinit: eval "$(darknet_py completion zsh)"
      fish  once: darknet_py completion fish > ~/.config/fish/completions/darknet_py.fish"""
    example = "darknet_py completion bash"


def run(arguments: list[str], options: Options) -> int:
    shell, *rest = arguments
    options.no_more(rest)
    if shell not in SHELLS:
        raise UsageError(f"no shell {shell}{nearest(shell, SHELLS) or KNOWN}", options.name)
    print(SHELLS[shell](), end="")
    return 0
