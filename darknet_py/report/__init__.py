"""Evaluations as plots, and as a page with the pictures in which the network is wrong most.

    from darknet_py import report
    report.save_plot("pr.svg", report.pr_curve, evaluation)
    report.write("folder", evaluation, worst=report.drawn(evaluate.worst(found, samples), found, samples, net.names))

Plots are made by matplotlib, which the extra ``plots`` installs.
"""

from __future__ import annotations

from .page import check, write
from .pictures import Drawn, drawn
from .plots import SUFFIXES, Plot, confusion_matrix, f1_curve, needs_matplotlib, pr_curve, save_plot

__all__ = [
    "SUFFIXES", "Drawn", "Plot", "check", "confusion_matrix", "drawn", "f1_curve", "needs_matplotlib", "pr_curve",
    "save_plot", "write",
]  # fmt: skip
