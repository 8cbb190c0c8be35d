"""Commands: the steps of a schedule."""

from __future__ import annotations

from typing import Any

from nexus._core import KINDS
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus._objects.work_size import launch_size, split_grid
from nexus.buffer import Buffer
from nexus.errors import NexusError
from nexus.event import Event
from nexus.kernel import Kernel
from nexus.settable_arguments import CommandArguments

_set_buffer = lib.nxs_SetCommandArgument
_NULL = ffi.NULL
_SUCCESS = Status.NXS_Success


class Command(CommandArguments):
    """One step of a schedule; created by ``Schedule.create_command`` and similar methods.

    A command may be changed and finalized again. Runs that were submitted before keep the arguments
    and sizes that they were submitted with.
    """

    __slots__ = ()

    _event: Event | None

    _instead = "append another to a schedule with create_command()"
    _kind = KINDS["Command"]
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
        self._bind(schedule, handle, self._kind)
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
            schedule._buffers.append(self._buffers)
        elif kernel is not None:
            schedule._used.append(kernel)
            schedule._buffers.append(self._buffers)

    @property
    def kernel(self) -> Kernel | None:
        """nexus.Kernel or None: The kernel it runs."""
        return self._kernel

    def get_kernel(self) -> Kernel | None:
        """Return the kernel it runs; None for a signal or a wait."""
        return self._kernel

    def get_event(self) -> Event | None:
        """Return the event it signals or waits for; None for a command that runs a kernel."""
        return self._event

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

    def finalize(
        self,
        group_size: Any = None,
        grid_size: Any = None,
        shared_memory_size: int = 0,
        *,
        grid: Any = None,
        block: Any = None,
    ) -> Status:
        """Set the size of the launch, and publish it together with the arguments to later runs.

        Parameters
        ----------
        group_size : int or sequence of 1 to 3 int
            Work-items per group along each dimension. As the only size it is that of the grid, in
            groups of one item.
        grid_size : int or sequence of 1 to 3 int
            Work-items in all along each dimension, multiples of the group's.
        shared_memory_size : int
            Bytes that the items of a group share, in addition to what the kernel declares.
        grid, block : int or sequence of 1 to 3 int
            Instead of `group_size` and `grid_size`: groups in all, and work-items per group, by
            default one.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        TypeError
            If sizes are given in both ways, or in neither.
        ValueError
            If a grid size is not a multiple of the group size, or a size is negative.
        OverflowError
            If a size is 2**32 or more.
        NexusError
            If an argument that the kernel declares has not been set, or a size is 0 or beyond the
            limits of the device or the kernel.

        Examples
        --------
        1024 items in groups of 32, in three ways:

        >>> command.finalize(32, 1024)                  # doctest: +SKIP
        >>> command.finalize([32, 1, 1], [1024, 1, 1])  # doctest: +SKIP
        >>> command.finalize(grid=32, block=32)         # doctest: +SKIP
        """
        if grid_size is None or grid is not None or block is not None:
            group, groups, shared = launch_size(
                group_size, grid_size, shared_memory_size, grid, block
            )
        else:
            group, groups, shared = split_grid(group_size, grid_size, shared_memory_size)
        result = lib.nxs_FinalizeCommand(self._table, self._handle, [groups], [group], shared)
        if result:
            items = tuple(count * size for count, size in zip(groups, group, strict=True))
            about = f"groups of {group} items in a grid of {items} items"
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
