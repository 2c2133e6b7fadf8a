"""A CSV of peers.py as a PNG: ``python benchmarks/plot.py FIGURES.csv PLOT.png`` (needs matplotlib).

One row of two panels a network: milliseconds and peak memory, one bar an engine; darknet_py's own in another colour.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from report import Row, read_csv

__all__ = ["draw"]

PANELS = (("ms", "milliseconds, least median of a slice"), ("rss_mb", "MB, peak resident memory"))
OURS, OTHERS = "#1b7837", "#9aa5b1"


def draw(source: Path, target: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    networks, facts = read_csv(source)
    bars = sum(len(rows) for rows in networks.values())
    footer = 0.13 * len(facts) + 0.2
    figure, axes = plt.subplots(len(networks), 2, figsize=(11, 0.26 * bars + 0.9 * len(networks) + footer), squeeze=False,
                                height_ratios=[len(rows) for rows in networks.values()])  # fmt: skip
    for line, (name, rows) in zip(axes, networks.items(), strict=True):
        for panel, (column, label) in zip(line, PANELS, strict=True):
            _bars(panel, rows, column)
            panel.set_title(f"{name}: {label}", fontsize=9, loc="left")
        line[1].set_yticklabels([])
    figure.text(0.01, 0.005, "\n".join(facts), fontsize=7, va="bottom", color="#444444")
    figure.tight_layout(rect=(0, footer / figure.get_figheight(), 1, 1))
    figure.savefig(target, dpi=130)


def _bars(panel: Any, rows: list[Row], column: str) -> None:
    """One bar a row, its figure at its end, "none" where the engine has none."""
    values = [getattr(row, column) or 0 for row in rows]
    colours = [OTHERS if row.peer else OURS for row in rows]
    drawn = panel.barh([f"{row.engine} {row.version}" for row in rows], values, color=colours, height=0.7)
    panel.bar_label(drawn, [f"{value:.4g}" if value else "none" for value in values], padding=3, fontsize=8)
    panel.set_xlim(0, max([*values, 1e-9]) * 1.14)
    panel.invert_yaxis()
    panel.tick_params(labelsize=8)
    panel.spines[["top", "right"]].set_visible(False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path)
    parser.add_argument("png", type=Path)
    args = parser.parse_args()
    draw(args.csv, args.png)


if __name__ == "__main__":
    main()
