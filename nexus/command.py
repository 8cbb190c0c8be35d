"""Commands: the steps of a schedule."""

from __future__ import annotations

from typing import Any

from nexus._enums import data_type as DataType
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus._objects.checked_numbers import described, integer
from nexus._objects.handle import Handle
from nexus._objects.work_size import split_grid
from nexus.arrays import dtypes
from nexus.arrays.dtypes import DTypeLike
from nexus.arrays.scalars import encode, of_scalar, other_widths
from nexus.buffer import Buffer
from nexus.errors import NexusError
from nexus.event import Event
from nexus.kernel import Kernel

_set_buffer, _set_scalar = lib.nxs_SetCommandArgument, lib.nxs_SetCommandScalar
_NULL = ffi.NULL
_SUCCESS = Status.NXS_Success


class Command(Handle):
    """One step of a schedule; created by ``Schedule.create_command`` and similar methods.

    A command may be changed and finalized again. Runs that were submitted before keep the arguments
    and sizes that they were submitted with.
    """

    __slots__ = ("_accepted", "_buffers", "_event", "_given", "_kernel")

    _instead = "append another to a schedule with create_command()"
    _release = lib.nxs_ReleaseCommand
    _invalid = Status.NXS_InvalidCommand
    _query = lib.nxs_GetCommandProperty
    _query_int = lib.nxs_GetCommandProperty_int
    _query_name = "nxsGetCommandProperty"

    def __init__(
        self,
        schedule: Any,
        handle: int,
        kernel: Kernel | None = None,
        event: Event | None = None,
    ) -> None:
        self._handle = handle
        self._parent = schedule
        self._table = schedule._table
        self._kernel = kernel
        self._event = event
        # Kept here, since the kernel may be closed before the command is used.
        self._accepted = () if kernel is None else kernel._accepted or kernel._element_types()
        # Shared with the schedule, which keeps the arguments alive when this object is gone.
        self._buffers: dict[int, Buffer] = {}
        # The arguments that need no value any more, one bit each.
        self._given = 0 if kernel is None else kernel._absent
        if event is not None:
            schedule._used.append(event)
        elif kernel is not None:
            schedule._used.append(kernel)
            schedule._buffers.append(self._buffers)

    @property
    def kernel(self) -> Kernel | None:
        """nexus.Kernel or None: The kernel it runs."""
        return self._kernel

    def get_event(self) -> Event | None:
        """Return the event it signals or waits for; None for a command that runs a kernel."""
        return self._event

    def set_buffer(self, index: int, buffer: Buffer) -> Status:
        """Set an argument to a buffer.

        Parameters
        ----------
        index : int
            Position of the argument, from 0.
        buffer : nexus.Buffer
            A buffer of the same device.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        TypeError
            If the kernel declares elements of another type than the buffer has. ``Buffer.view``
            gives the same memory another type.
        NexusError
            If the kernel has no such argument, or it is a scalar.
        InvalidHandleError
            If the buffer is closed or of another device.
        """
        if not isinstance(buffer, Buffer) or buffer._table is not self._table:
            self._require(buffer, Buffer, "nxsSetCommandArgument")
        number = self._position(index, "nxsSetCommandArgument")
        if self._kernel is not None:
            self._kernel._require_element_type(number, buffer._layout.data_type)
        result = _set_buffer(self._table, self._handle, number, buffer._handle, _NULL, 0)
        if result:
            buffer._require_open("nxsSetCommandArgument")
            self._fail(result, "nxsSetCommandArgument", self._about(number))
        self._replace(number, buffer)
        self._given |= 1 << number
        return _SUCCESS

    def set_scalar(self, index: int, value: Any, dtype: DTypeLike = None) -> Status:
        """Set an argument to a value.

        Parameters
        ----------
        index : int
            Position of the argument, from 0.
        value : number
            The value, converted to `dtype`. By default to the type that the kernel declares; where
            that is unknown, to the type of a NumPy scalar, else bool to Bool, int to I32, float to
            F32.
        dtype : optional
            Type of the argument.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        OverflowError, TypeError
            If the type cannot hold the value, or the kernel declares another type than `dtype`.
        NexusError
            If the kernel has no such argument, or one that is a buffer or of another size.
        """
        number = self._position(index, "nxsSetCommandScalar")
        wanted = None if dtype is None else dtypes.resolve(dtype)
        name = f"argument {number}"
        if self._kernel is not None:
            kind = self._kernel._scalar_type(number, value, wanted)
            name = f"{name} of kernel {self._kernel.name!r}"
        else:
            kind = of_scalar(value, name) if wanted is None else wanted
        result = self._set_encoded(number, value, kind, name)
        if result == Status.NXS_InvalidArgSize and wanted is None:
            # The kernel's type is unknown, but not its size: as if it had declared the type.
            for other in other_widths(kind):
                if not (again := self._set_encoded(number, value, other, name)):
                    result = again
                    break
        if result:
            self._fail(result, "nxsSetCommandScalar", self._about(number))
        self._replace(number, None)
        self._given |= 1 << number
        return _SUCCESS

    def _replace(self, index: int, buffer: Buffer | None) -> None:
        """Note the buffer that an argument is now; None for a scalar."""
        runs = self._parent._runs
        if runs.shares:
            runs.replace(self._buffers, index, buffer)
        elif buffer is None:
            self._buffers.pop(index, None)
        else:
            self._buffers[index] = buffer

    def _set_encoded(self, index: int, value: Any, kind: DataType, name: str) -> int:
        raw = ffi.from_buffer(encode(value, kind, name))
        return int(_set_scalar(self._table, self._handle, index, raw, _NULL, kind))

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

    def _set_args(self, values: tuple[Any, ...]) -> None:
        """Set the arguments from 0 on."""
        table, handle, buffers = self._table, self._handle, self._buffers
        accepted = self._accepted
        if len(accepted) < len(values):
            accepted += (-1,) * (len(values) - len(accepted))
        for index, value in enumerate(values):
            # Launches are frequent: the usual case without a call; set_arg explains any other.
            if (
                value.__class__ is Buffer
                and value._table is table
                and accepted[index] >> value._layout[1] & 1
                and not _set_buffer(table, handle, index, value._handle, _NULL, 0)
            ):
                buffers[index] = value
            else:
                self.set_arg(index, value)
        self._given |= (1 << len(values)) - 1

    def finalize(self, group_size: Any, grid_size: Any, shared_memory_size: int = 0) -> Status:
        """Set the size of the launch, and publish it together with the arguments to later runs.

        Parameters
        ----------
        group_size : int or sequence of 1 to 3 int
            Work-items per group along each dimension.
        grid_size : int or sequence of 1 to 3 int
            Work-items in all along each dimension, multiples of the group's.
        shared_memory_size : int
            Bytes that the items of a group share, in addition to what the kernel declares.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        ValueError
            If a grid size is not a multiple of the group size, or a size is negative.
        OverflowError
            If a size is 2**32 or more.
        NexusError
            If an argument that the kernel declares has not been set, or a size is 0 or beyond the
            limits of the device or the kernel.

        Examples
        --------
        1024 items in groups of 32, either way:

        >>> command.finalize(32, 1024)                  # doctest: +SKIP
        >>> command.finalize([32, 1, 1], [1024, 1, 1])  # doctest: +SKIP
        """
        group, groups, shared = split_grid(group_size, grid_size, shared_memory_size)
        result = lib.nxs_FinalizeCommand(self._table, self._handle, [groups], [group], shared)
        if result:
            about = f"groups of {group} items in a grid of {grid_size} items"
            self._fail(result, "nxsFinalizeCommand", about)
        declared = (1 << len(self._accepted)) - 1
        if self._given & declared != declared:
            self._refuse_holes()
        return _SUCCESS

    def _refuse_holes(self) -> None:
        """Raise for the arguments that the kernel declares and that have not been set."""
        missing = [i for i in range(len(self._accepted)) if not self._given >> i & 1]
        names = [self._about(index) for index in missing]
        raise NexusError(
            f"set every argument before finalize(); missing: {', '.join(names)}",
            Status.NXS_InvalidKernelArgs,
            "nxsFinalizeCommand",
        )

    def _about(self, index: int) -> str:
        if self._kernel is None:
            return f"argument {index} of {self!r}"
        return self._kernel._describe_argument(index)

    def _position(self, index: Any, function: str) -> int:
        """Return the position of an argument as an int that the ABI can express."""
        number = integer(index, "index", None)
        if not 0 <= number < 2**31:
            raise NexusError(
                f"{described(number)} is out of range for the index of an argument",
                Status.NXS_InvalidArgIndex,
                function,
            )
        return number
