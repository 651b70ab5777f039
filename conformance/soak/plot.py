"""What the servers had over time, as lines: one panel below the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

from conformance.soak.server import Server

matplotlib.use("svg")
from matplotlib import pyplot

PANELS = {
    "memory": ("anonymous memory, MB", 1e6),
    "descriptors": ("file descriptors", 1),
    "tasks": ("tasks", 1),
    "timers": ("timers", 1),
    "open": ("open websockets", 1),
}
COLOURS = ("#c2410c", "#fdba74", "#475569", "#94a3b8")


def draw(servers: Sequence[Server], path: Path) -> None:
    """Draw all samples into an SVG file."""
    settings = {"svg.hashsalt": "wsgate", "svg.fonttype": "none", "font.size": 8}
    with pyplot.rc_context(settings):
        figure, column = pyplot.subplots(len(PANELS), figsize=(9, 9), sharex=True)
        for axes, name in zip(column, PANELS, strict=True):
            _panel(axes, name, servers)
        column[0].legend(ncols=2, frameon=False, loc="lower right")
        column[-1].set_xlabel("minutes")
        figure.tight_layout()
        figure.savefig(path, format="svg", metadata={"Date": None})
        pyplot.close(figure)


def _panel(axes: Any, name: str, servers: Sequence[Server]) -> None:
    title, unit = PANELS[name]
    for server, colour in zip(servers, COLOURS, strict=True):
        minutes = [sample.at / 60 for sample in server.samples]
        values = [getattr(sample, name) / unit for sample in server.samples]
        axes.plot(minutes, values, color=colour, lw=0.8, label=server.name)
    axes.set_ylim(bottom=0)
    axes.set_title(title, fontsize=8, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
