"""Kernels built for many devices at once, without the devices.

========================  ===========================================================
function                  what it does
========================  ===========================================================
`build_kernels`           builds sources for targets, and writes them to one catalog
`known_targets`           the usual targets
========================  ===========================================================

``nexus build`` is the command over it.
"""

from nexus.building.kernel_catalog import build_kernels
from nexus.building.targets import Target, known_targets

__all__ = ["Target", "build_kernels", "known_targets"]
