"""Instructions that NVIDIA's compiler makes of kernels, compared with hand-written CUDA C++."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.harness import CannotRunError, Goal, Report, row
from nexus.compilers import nvrtc

_HERE = Path(__file__).with_name("gpu")
_BY_HAND = "CUDA C++"
_KERNEL = re.compile(
    r"\.entry (?:nxs_kernel_)?(\w+)\(.*?\)[^{]*\{(.*?)^\}", re.DOTALL | re.MULTILINE
)
# Neither a directive, which begins with a period, nor a label, which ends with a colon.
_INSTRUCTION = re.compile(r"^\s+(?:@!?%\w+\s+)?[a-z][\w.]*(?:\s[^;]*)?;", re.MULTILINE)


def run(quick: bool) -> Report:
    """Count the instructions of PTX of both."""
    if reason := nvrtc.missing():
        raise CannotRunError(reason)
    ours, by_hand = _counts("kernels.c"), _counts("kernels.cu")
    rows = []
    for name, count in by_hand.items():
        rows.append(row(f"{name}, {_BY_HAND}", "instructions", [count]))
        against = {_BY_HAND: [count]}
        rows.append(row(name, "instructions", [ours[name]], against, Goal(_BY_HAND, 1.05)))
    return Report(rows)


def _counts(file: str) -> dict[str, float]:
    ptx = nvrtc.compile((_HERE / file).read_text("utf-8"), file, "compute_80").decode()
    return {name: len(_INSTRUCTION.findall(body)) for name, body in _KERNEL.findall(ptx)}
