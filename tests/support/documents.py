"""Blocks of code in documents."""

from __future__ import annotations

import re

from support.paths import ROOT

# How a page chooses its device.
_ANY_DEVICE = "nexus.get_runtimes()[0].get_devices()[0]"


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a language, padded so that errors show the line of the page."""
    text = (ROOT / page).read_text()
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return ["\n" * text.count("\n", 0, m.start(1)) + m[1] for m in found]


def run_blocks(page: str, device: object = None) -> None:
    """Run the Python of a page, block by block; on a device, if one is given."""
    found = blocks(page, "python")
    assert found
    names: dict[str, object] = {"__name__": "__main__", "chosen": device}
    if device is not None:
        assert sum(_ANY_DEVICE in block for block in found) == 1
        found = [block.replace(_ANY_DEVICE, "chosen") for block in found]
    for block in found:
        exec(compile(block, str(ROOT / page), "exec"), names)
