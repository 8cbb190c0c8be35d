"""Launches of the kit's kernels, accepted and refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nexus.conformance.checks.support.subjects import live_if_told, refused
from nexus.conformance.checks.support.work import (
    I32,
    NON_BLOCKING,
    i32,
    int_buffer,
    read_ints,
)
from nexus.conformance.harness.call_arguments import Dim3, Launch, LaunchArgument
from nexus.conformance.harness.kit import Kit

# An argument that is not set.
UNSET = LaunchArgument()


def scalar(value: int) -> LaunchArgument:
    """Return an argument of int32."""
    return LaunchArgument(i32(value), data_type=I32)


def launch_of(
    buffers: Sequence[int],
    scalars: Sequence[int],
    grid: Dim3 | None = None,
    group: Dim3 | None = None,
) -> Launch:
    """Return a launch of buffers, then scalars of int32; on one item if no size is given."""
    given = [*(LaunchArgument(buffer=buffer) for buffer in buffers), *map(scalar, scalars)]
    return Launch(grid or Dim3(1), group or Dim3(1), given)


def with_argument(launch: Launch, place: int, argument: LaunchArgument) -> Launch:
    """Return a launch with another argument."""
    given = list(launch.arguments or ())
    given[place] = argument
    return replace(launch, arguments=given)


class Filling:
    """Launches of the kernel fill, of one item, on a buffer of their own.

    Attributes
    ----------
    kernel, buffer : int
        Their handles.
    """

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.kernel = kit.kernel("fill")
        self.buffer = int_buffer(kit, [0])
        self._wrote = 0

    def of(self, value: int, **changes: Any) -> Launch:
        """Return a launch that writes a value, with other fields where they are given."""
        return replace(launch_of([self.buffer], [value, 1]), **changes)

    def start(self, value: int, stream: int = -1) -> None:
        """Launch without blocking."""
        self.kit.ok("Launch", self.kernel, stream, self.of(value), NON_BLOCKING)
        self._wrote = value

    def writes(self, value: int, why: str, stream: int = -1) -> None:
        """Launch, wait, and compare what the kernel wrote."""
        self.launched(self.of(value), value, why, stream)

    def launched(self, launch: Launch, value: int, why: str, stream: int = -1) -> None:
        """As `writes`, with this launch."""
        self.kit.ok("Launch", self.kernel, stream, launch, 0)
        self._wrote = value
        self.has(value, why)

    def has(self, value: int, why: str) -> None:
        """Compare what the buffer has."""
        found = read_ints(self.kit, self.buffer)[0]
        assert found == value, f"{why}: the buffer has {found}, not {value}"

    def refused(
        self,
        status: str | Sequence[str],
        launch: Launch | None,
        *,
        kernel: int | None = None,
        stream: int = -1,
        settings: Sequence[int] = (0, NON_BLOCKING),
    ) -> None:
        """Demand that a launch is refused and nothing runs, and that no object is left."""
        of = self.kernel if kernel is None else kernel
        before = live_if_told(self.kit)
        for number in settings:
            refused(self.kit, status, "Launch", of, stream, launch, number)
        self.has(self._wrote, "after a refused launch")
        assert live_if_told(self.kit) == before, "a refused launch changes the number of objects"
