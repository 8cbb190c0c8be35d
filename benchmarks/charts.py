"""Bar charts in SVG, drawn from the JSON of a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

# Sizes in pixels.
_WIDTH, _LABEL, _BAR, _GAP, _HEAD, _FOOT = 760, 300, 18, 6, 34, 30
_OURS, _THEIRS, _TEXT = "#2f7ed8", "#9aa5b1", "#5c6670"
_LAUNCH_SIZES = ("16", "1,024", "65,536")
_OTHER_BINDINGS = ("", "pybind11: ", "nanobind: ")


@dataclass
class Bar:
    """One bar: what it shows, its value, and whether it is a measurement of Nexus."""

    label: str
    value: float
    ours: bool


def draw(results: Path, folder: Path) -> list[Path]:
    """Write the charts of a run and return their paths.

    Parameters
    ----------
    results : Path
        What ``python -m benchmarks --out`` wrote. Benchmarks that were not run have no chart.
    folder : Path
        Where to write; it is created.
    """
    run = json.loads(results.read_text("utf-8"))
    machine = run["machine"]
    foot = f"{machine['cpu']}, {machine['cores']} cores, {machine['date'][:10]}; medians"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, title, bars in _charts(run["benchmarks"]):
        path = folder / f"{name}.svg"
        path.write_text(_svg(title, foot, bars), "utf-8")
        written.append(path)
    return written


def _charts(benchmarks: dict[str, Any]) -> list[tuple[str, str, list[Bar]]]:
    charts = []
    if "launch" in benchmarks:
        rows = _medians(benchmarks["launch"])
        compared = {row["name"] for row in benchmarks["launch"]["rows"] if row["ratios"]}
        for size in _LAUNCH_SIZES:
            end = f", {size} items"
            bars = [
                Bar(name.removesuffix(end), value, name in compared)
                for name, value in rows.items()
                if name.endswith(end)
            ]
            title = f"One addition of {size} floats from Python, ns"
            charts.append((f"launch-{size.replace(',', '')}", title, _sorted(bars)))
    if "binding" in benchmarks:
        rows = _medians(benchmarks["binding"])
        bars = [
            Bar(prefix + name, rows[prefix + name], not prefix)
            for name in rows
            if f"{_OTHER_BINDINGS[1]}{name}" in rows and "error" not in name
            for prefix in _OTHER_BINDINGS
            if prefix + name in rows
        ]
        charts.append(("binding", "Calls from Python, ns", bars))
    if "cpu_engine" in benchmarks:
        bars = [
            Bar(row["name"].removeprefix("Nexus: "), ratio["median"], True)
            for row in benchmarks["cpu_engine"]["rows"]
            for ratio in row["ratios"].values()
        ]
        title = "CPU kernels: time in multiples of the same loop with OpenMP"
        charts.append(("cpu-engine", title, bars))
    return charts


def _medians(benchmark: dict[str, Any]) -> dict[str, float]:
    return {row["name"]: row["median"] for row in benchmark["rows"]}


def _sorted(bars: list[Bar]) -> list[Bar]:
    return sorted(bars, key=lambda bar: bar.value)


def _svg(title: str, foot: str, bars: Sequence[Bar]) -> str:
    height = _HEAD + len(bars) * (_BAR + _GAP) + _FOOT
    longest = max(bar.value for bar in bars)
    room = _WIDTH - _LABEL - 90
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12" fill="{_TEXT}">',
        f'<text x="10" y="20" font-size="14" font-weight="bold">{escape(title)}</text>',
    ]
    for number, bar in enumerate(bars):
        y = _HEAD + number * (_BAR + _GAP)
        width = max(1.0, bar.value / longest * room)
        colour = _OURS if bar.ours else _THEIRS
        middle = y + _BAR - 5
        lines += [
            f'<text x="{_LABEL - 8}" y="{middle}" text-anchor="end">{escape(bar.label)}</text>',
            f'<rect x="{_LABEL}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>',
            f'<text x="{_LABEL + width + 6:.1f}" y="{middle}">{_shown(bar.value)}</text>',
        ]
    lines += [f'<text x="10" y="{height - 10}" font-size="11">{escape(foot)}</text>', "</svg>"]
    return "\n".join(lines) + "\n"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"
