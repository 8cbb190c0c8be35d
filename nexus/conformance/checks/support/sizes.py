"""Sizes of launches that are refused, and the device's limits."""

from __future__ import annotations

from nexus._enums import property as Property
from nexus.conformance.checks.support.queries import query
from nexus.conformance.checks.support.subjects import UINT_MAX
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.kit import Kit, NotApplicable

WITH_ZEROS = (Dim3(0, 1, 1), Dim3(1, 0, 1), Dim3(1, 1, 0), Dim3(0, 0, 0))

# Groups whose product overflows in 32 or 64 bits, or is too large.
OVERFLOWING_GROUPS = [
    Dim3(UINT_MAX),
    Dim3(UINT_MAX, UINT_MAX, UINT_MAX),
    Dim3(1 << 16, 1 << 16),
    Dim3(1 << 31, 2),
    # Of 32 bits there would be 2 left, 1 and 64.
    Dim3((1 << 31) + 1, 2),
    Dim3(641, 6700417),
    Dim3((1 << 26) + 1, 64),
    Dim3(1 << 31, 1 << 31, 4),
    Dim3(1 << 11, 1 << 11, 1 << 10),
    Dim3(1 << 22, 1 << 21, 1 << 21),
]

# Grids and groups with more items than can be counted.
OVERFLOWING_SIZES = [
    (Dim3(UINT_MAX, UINT_MAX, UINT_MAX), Dim3(1)),
    (Dim3(UINT_MAX, UINT_MAX, 2), Dim3(1)),
    (Dim3(1 << 31, 1 << 31, 1 << 31), Dim3(2)),
    (Dim3(UINT_MAX, UINT_MAX, UINT_MAX), Dim3(1, 1, 2)),
    (Dim3(1 << 22, 1 << 21, 1 << 21), Dim3(2)),
]


def groups_beyond(most: int) -> list[Dim3]:
    """Return groups that are larger than a limit."""
    return [Dim3(most + 1), Dim3(1, most + 1), Dim3(most, 2), Dim3(2, most), Dim3(2, 2, most)]


def largest_group(kit: Kit) -> int:
    """Return the largest group of the kernel fill; not applicable if the plugin does not tell."""
    place = (kit.kernel("fill"),)
    most = query(kit, "GetKernelProperty", place, int(Property.MaxThreadsPerThreadgroup))
    if not isinstance(most, bytes):
        most = query(kit, "GetDeviceProperty", (0,), int(Property.MaxThreadsPerBlock))
    if not isinstance(most, bytes):
        raise NotApplicable("the plugin does not report the largest group")
    return int.from_bytes(most, "little")


def most_shared_memory(kit: Kit) -> int:
    """Return the bytes of shared memory; not applicable if the device does not tell."""
    most = query(kit, "GetDeviceProperty", (0,), int(Property.MaxThreadgroupMemorySize))
    if not isinstance(most, bytes):
        raise NotApplicable("the device does not answer MaxThreadgroupMemorySize")
    return int.from_bytes(most, "little")
