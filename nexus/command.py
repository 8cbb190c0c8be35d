"""Commands: what a schedule does, step by step."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, NoReturn

from nexus import dtypes
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus.dtypes import DTypeLike
from nexus.errors import NexusError
from nexus.handle import Handle
from nexus.memory import Buffer
from nexus.work_size import dimensions, extent, groups_of

if TYPE_CHECKING:
    from nexus.event import Event
    from nexus.execution import Schedule
    from nexus.program import Kernel

_set_buffer, _set_scalar = lib.nxs_SetCommandArgument, lib.nxs_SetCommandScalar
_NULL = ffi.NULL
_SUCCESS = Status.NXS_Success


class Command(Handle):
    """One step of a schedule; made by ``Schedule.create_command`` and its like."""

    __slots__ = ("_event", "_kernel")

    _release = lib.nxs_ReleaseCommand
    _invalid = Status.NXS_InvalidCommand
    _query = lib.nxs_GetCommandProperty
    _query_int = lib.nxs_GetCommandProperty_int
    _query_name = "nxsGetCommandProperty"

    def __init__(
        self,
        schedule: Schedule,
        handle: int,
        kernel: Kernel | None = None,
        event: Event | None = None,
    ) -> None:
        self._handle = handle
        self._parent = schedule
        self._table = schedule._table
        self._kernel = kernel
        self._event = event
        used = kernel if event is None else event
        if used is not None:
            schedule._uses.append(used)

    @property
    def kernel(self) -> Kernel | None:
        """nexus.Kernel or None: What it runs."""
        return self._kernel

    def get_event(self) -> Event | None:
        """Return the event that it signals or waits for, None for a command that runs a kernel."""
        return self._event

    def set_buffer(self, index: int, buffer: Buffer) -> Status:
        """Set an argument to a buffer.

        Parameters
        ----------
        index : int
            Of the argument, from 0 on.
        buffer : nexus.Buffer
            Of the same device.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        NexusError
            If the kernel has no such argument, or it is a scalar.
        InvalidHandleError
            If the buffer is closed or of another device.
        """
        if not isinstance(buffer, Buffer) or buffer._table is not self._table:
            self._require(buffer, Buffer, "nxsSetCommandArgument")
        try:
            result = _set_buffer(self._table, self._handle, index, buffer._handle, _NULL, 0)
        except OverflowError:
            self._no_index(index, "nxsSetCommandArgument")
        if result:
            buffer._require_open("nxsSetCommandArgument")
            self._fail(result, "nxsSetCommandArgument", f"argument {index} of {self!r}")
        self._parent._uses.append(buffer)
        return _SUCCESS

    def set_scalar(self, index: int, value: Any, dtype: DTypeLike = None) -> Status:
        """Set an argument to a value.

        Parameters
        ----------
        index : int
            Of the argument, from 0 on.
        value : number
            Converted to `dtype`; where that is not given, to the type that the kernel declares;
            where it declares none, to the type of a NumPy scalar, and else bool to Bool, int to
            I32, float to F32.
        dtype : optional
            Type of the argument.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        OverflowError, TypeError
            If the type cannot hold the value.
        NexusError
            If the kernel has no such argument, it is a buffer, or its size is another.
        """
        number = operator.index(index)
        if dtype is not None:
            kind = dtypes.resolve(dtype)
        elif self._kernel is not None:
            kind = self._kernel._scalar_type(number, value)
        else:
            kind = dtypes.of_scalar(value)
        raw = ffi.from_buffer(dtypes.encode(value, kind))
        try:
            result = _set_scalar(self._table, self._handle, number, raw, _NULL, kind)
        except OverflowError:
            self._no_index(number, "nxsSetCommandScalar")
        if result:
            self._fail(result, "nxsSetCommandScalar", f"argument {number} of {self!r}")
        return _SUCCESS

    def set_arg(self, index: int, value: Any) -> Status:
        """Set an argument to a buffer or to a value; see `set_buffer` and `set_scalar`."""
        if isinstance(value, Buffer):
            return self.set_buffer(index, value)
        if hasattr(value, "shape") and value.shape != ():
            raise TypeError(
                f"argument {index} is a {type(value).__name__} of the host; make a buffer of it "
                "with device.create_buffer()"
            )
        return self.set_scalar(index, value)

    def finalize(self, group_size: Any, grid_size: Any, shared_memory_size: int = 0) -> Status:
        """Give the command its size; after that it can run and no longer be changed.

        Parameters
        ----------
        group_size : int or sequence of 1 to 3 int
            Work-items of a group along each dimension.
        grid_size : int or sequence of 1 to 3 int
            Work-items in all along each dimension, multiples of the group's.
        shared_memory_size : int
            Bytes that the items of a group share, beyond what the kernel declares.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        ValueError
            If the grid is no whole number of groups, or a size is negative.
        NexusError
            If a size is 0, or more than the device or the kernel can take.

        Examples
        --------
        1024 items in groups of 32, either way:

        >>> command.finalize(32, 1024)                  # doctest: +SKIP
        >>> command.finalize([32, 1, 1], [1024, 1, 1])  # doctest: +SKIP
        """
        group, items = dimensions(group_size, "group_size"), dimensions(grid_size, "grid_size")
        groups = groups_of(group, items)
        shared = extent(shared_memory_size, "shared_memory_size")
        table = self._table
        result = lib.nxs_FinalizeCommand(table, self._handle, [groups], [group], shared)
        if result:
            about = f"groups of {group} items in a grid of {items}"
            self._fail(result, "nxsFinalizeCommand", about)
        return _SUCCESS

    def _no_index(self, index: int, function: str) -> NoReturn:
        raise NexusError(
            f"no kernel has an argument {index}", Status.NXS_InvalidArgIndex, function
        ) from None
