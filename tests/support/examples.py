"""The examples that run on every device, with sizes that keep tests short."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from support.paths import EXAMPLES

# Sizes are no multiples of the groups' where the example allows it.
SIZES: dict[str, dict[str, Any]] = {
    "blur": {"input": "", "output": "blurred.png"},
    "histogram": {"count": 5001},
    "mandelbrot": {"width": 70, "height": 50, "most": 40, "output": "mandelbrot.png"},
    "matmul": {"rows": 35, "depth": 50, "columns": 45},
    "nbody": {"count": 150, "steps": 4},
    "prefix_sum": {"count": 1001},
    "reduction": {"count": 5001},
    "saxpy": {"count": 1000},
    "spmv": {"rows": 1000, "entries": 5},
    "streams_and_events": {"count": 1024},
    "vector_add": {"count": 1000},
}
PORTABLE = sorted(SIZES)


def load(name: str) -> ModuleType:
    """Import an example, which finds its neighbours as it does when it is run."""
    if str(EXAMPLES) not in sys.path:
        sys.path.append(str(EXAMPLES))
    return importlib.import_module(name)


def picture() -> Any:
    """Return a small image with edges, whose sizes are no multiples of the groups'."""
    return load("blur").drawing(64)[:45, :61]


def run(name: str, device: Any, folder: Path) -> str:
    """Run an example on a device; files are in the folder."""
    options = dict(SIZES[name])
    if "output" in options:
        options["output"] = str(folder / options["output"])
    if name == "blur":
        from PIL import Image

        options["input"] = str(folder / "sharp.png")
        Image.fromarray(picture()).save(options["input"])
    return load(name).run(device, **options)
