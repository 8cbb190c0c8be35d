"""Commands: arguments are kept here, and reach the plugin with the size of the launch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nexus._enums import KERNEL_MAX_ARGS
from nexus._enums import data_type as DataType
from nexus._enums import status as Status
from nexus._ffi import ffi
from nexus.arrays import dtypes
from nexus.field_plugins.refusal import RefusedError

_NULL = ffi.NULL
# Bytes of a scalar in the plugin's view; such plugins read so many, whatever the type.
_SCALAR = 8
_TYPE_MASK = 31
# Bit 1 of a scalar's settings means "constant" to such plugins, which then give it to no kernel.
# A type whose number has the bit is sent as another one of at least its size.
_CONSTANT = 2
_INSTEAD = {1: DataType.I8, 2: DataType.I32, 4: DataType.I32, 8: DataType.I64}
# The plugins' room for arguments of a kernel.
MOST_ARGUMENTS = 31


@dataclass
class Scalar:
    """A scalar: its bytes, and the number of the type that the plugin is told."""

    raw: bytes
    sent_type: int


@dataclass
class Command:
    """A command of a schedule.

    Attributes
    ----------
    handle : int
        The plugin's.
    kernel : int
        The plugin's handle; -1 for a signal or a wait.
    schedule : int
        The handle of its schedule, as the owner sees it.
    settings : int
        What it was created with.
    arguments : dict
        By index: a buffer's handle, or a `Scalar`.
    leased : list of int
        The buffers that the plugin's command has.
    cells : dict
        The memory of scalars by index. Such plugins keep pointers to it.
    ready : bool
        Whether what was set has been published.
    """

    handle: int
    kernel: int
    schedule: int
    settings: int = 0
    arguments: dict[int, int | Scalar] = field(default_factory=dict)
    leased: list[int] = field(default_factory=list)
    cells: dict[int, Any] = field(default_factory=dict)
    ready: bool = False

    def problem(self) -> RefusedError | None:
        """Return why the command cannot run; such plugins crash instead."""
        if self.kernel < 0:
            return None
        if not self.ready:
            text = "a command is not finalized since it was created or changed"
            return RefusedError(Status.NXS_InvalidCommand, text)
        count = len(self.arguments)
        if count > MOST_ARGUMENTS:
            text = f"a command has {count} arguments, and such plugins take {MOST_ARGUMENTS}"
            return RefusedError(Status.NXS_InvalidKernelArgs, text)
        holes = [index for index in range(count) if index not in self.arguments]
        if holes:
            return RefusedError(Status.NXS_InvalidKernelArgs, f"argument {holes[0]} is not set")
        return None


def check_index(index: int) -> None:
    """Raise RefusedError for an index beyond those of the ABI, with which such plugins crash."""
    if not 0 <= index < KERNEL_MAX_ARGS:
        raise RefusedError(
            Status.NXS_InvalidArgIndex, f"argument {index} is not one of 0 to {KERNEL_MAX_ARGS - 1}"
        )


def scalar_of(value: Any, settings: int) -> Scalar:
    """Return a scalar as such plugins can take it.

    Raises
    ------
    RefusedError
        For NULL, and for a type whose size is unknown.
    """
    if value == _NULL:
        raise RefusedError(Status.NXS_InvalidArgValue, "the pointer to the scalar is NULL")
    try:
        kind = DataType(settings & _TYPE_MASK)
        size = max(dtypes.bits(kind) // 8, 1)
    except ValueError:
        kind = DataType.Undefined
    if kind is DataType.Undefined:
        raise RefusedError(Status.NXS_InvalidArgValue, "the scalar needs a type")
    sent = _INSTEAD[size] if kind & _CONSTANT else kind
    return Scalar(bytes(ffi.buffer(ffi.cast("char *", value), size)), int(sent))


def cell_of(scalar: Scalar) -> Any:
    """Return new memory with a scalar's bytes, followed by zeros."""
    return ffi.new("char[]", scalar.raw.ljust(_SCALAR, b"\0"))


def check_size(grid: Any, group: Any, flat: bool) -> None:
    """Raise RefusedError for sizes that end the process, or with which items get lost.

    Parameters
    ----------
    grid, group : cdata
        Groups, and items of a group, along each dimension.
    flat : bool
        Whether the plugin runs only the items along x of a group.
    """
    if 0 in (group.x, group.y, group.z):
        raise RefusedError(Status.NXS_InvalidWorkGroupSize, "a group has a size of 0")
    if 0 in (grid.x, grid.y, grid.z):
        raise RefusedError(Status.NXS_InvalidGlobalWorkSize, "the grid has a size of 0")
    if flat and (group.y, group.z) != (1, 1):
        raise RefusedError(
            Status.NXS_InvalidWorkGroupSize,
            f"a group has {group.x} x {group.y} x {group.z} items, and plugins of the field for "
            "CPUs run only those along x; use groups of one dimension",
        )
