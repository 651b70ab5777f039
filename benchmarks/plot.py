"""The medians as bars: one panel a workload, the servers below each other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib

from benchmarks.outcomes import Outcomes, gather
from benchmarks.runner import Sample
from benchmarks.servers import SERVERS, Kind
from benchmarks.workloads import BY_NAME

matplotlib.use("svg")
from matplotlib import pyplot

PANELS = (
    "64x1x32",
    "64x16x32",
    "64x1x16K",
    "1000x1x32",
    "handshakes",
    "broadcast",
    "deflate",
    "http",
    "memory-2000",
)
COLUMNS = 3

OURS, ASGI, OTHERS = "#c2410c", "#475569", "#cbd5e1"
"""The colours of wsgate, of its peers, and of what is no ASGI server."""


def draw(samples: Iterable[Sample], path: Path) -> None:
    """Draw the panels that were measured into an SVG file; the same samples give the same file."""
    taken = list(samples)
    panels = {name: gather(BY_NAME[name], taken) for name in PANELS}
    shown = {name: outcomes for name, outcomes in panels.items() if outcomes}
    if not shown:
        return
    rows = -(-len(shown) // COLUMNS)
    settings = {"svg.hashsalt": "wsgate", "svg.fonttype": "none", "font.size": 8}
    with pyplot.rc_context(settings):
        figure, grid = pyplot.subplots(rows, COLUMNS, figsize=(11, 2.9 * rows), squeeze=False)
        for axes in grid.flat[len(shown) :]:
            axes.set_axis_off()
        for axes, (name, outcomes) in zip(grid.flat, shown.items(), strict=False):
            _panel(axes, name, outcomes)
        figure.tight_layout()
        figure.savefig(path, format="svg", metadata={"Date": None})
        pyplot.close(figure)


def _panel(axes: Any, name: str, outcomes: Outcomes) -> None:
    servers = [
        server for server in SERVERS if server.name in outcomes and not outcomes[server.name].error
    ]
    values = [outcomes[server.name].value for server in servers]
    ranges = [
        [abs(outcomes[server.name].value - outcomes[server.name].low) for server in servers],
        [abs(outcomes[server.name].high - outcomes[server.name].value) for server in servers],
    ]
    colours = [
        OURS if "wsgate" in server.name else ASGI if server.kind is Kind.ASGI else OTHERS
        for server in servers
    ]
    names = [server.name for server in servers]
    axes.barh(names, values, xerr=ranges, color=colours, error_kw={"lw": 0.7})
    axes.invert_yaxis()
    axes.set_title(f"{BY_NAME[name].title}\n{BY_NAME[name].measure.value}", fontsize=8)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.xaxis.set_major_locator(pyplot.MaxNLocator(4))
    axes.spines[["top", "right"]].set_visible(False)
