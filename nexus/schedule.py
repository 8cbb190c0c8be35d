"""Schedules: lists of commands."""

from __future__ import annotations

from typing import Any

from nexus._core import KINDS, configure_commands
from nexus._enums import event_command_settings as EventCommandSettings
from nexus._enums import execution_settings as Settings
from nexus._enums import status as Status
from nexus._ffi import lib
from nexus._objects.checked_numbers import UINT, boolean, integer
from nexus._objects.children import children
from nexus._objects.handle import Handle
from nexus._objects.in_c import in_c
from nexus._objects.work_size import launch_size
from nexus.buffer import Buffer
from nexus.command import Command
from nexus.errors import NotSupportedError
from nexus.event import Event
from nexus.kernel import Kernel
from nexus.stream import Stream

_run = lib.nxs_RunSchedule
_SUCCESS = Status.NXS_Success
_TIMING, _NON_BLOCKING = int(Settings.Timing), int(Settings.NonBlocking)
_PER_RUN = int(EventCommandSettings.PerRun)
_DEFAULT_STREAM = -1
configure_commands(Command, Kernel)


@in_c("run", "create_command")
class Schedule(Handle):
    """A list of commands that run in order, any number of times.

    Created by ``Device.create_schedule``.
    """

    __slots__ = ("_buffers", "_runs", "_used")

    _instead = "create another with device.create_schedule(), and append its commands"
    _kind = KINDS["Schedule"]
    _release = lib.nxs_ReleaseSchedule
    _invalid = Status.NXS_InvalidSchedule
    _query = lib.nxs_GetScheduleProperty
    _query_int = lib.nxs_GetScheduleProperty_int
    _query_name = "nxsGetScheduleProperty"

    def __init__(self, device: Any, handle: int) -> None:
        self._bind(device, handle, self._kind)
        # The buffers of each command by argument, in the order of the commands.
        self._buffers: list[dict[int, Buffer]] = []
        # The kernels and events of all commands.
        self._used: list[Handle] = []
        # The device's runs, which keep host memory alive.
        self._runs = device._runs

    @property
    def device(self) -> Any:
        """nexus.Device: The device this schedule runs on."""
        return self._parent

    def create_command(
        self,
        kernel: Kernel,
        args: Any = (),
        group_size: Any = None,
        grid_size: Any = None,
        settings: int = 0,
        *,
        grid: Any = None,
        block: Any = None,
    ) -> Command:
        """Append a command that runs a kernel.

        Parameters
        ----------
        kernel : nexus.Kernel
            A kernel of the same device.
        args : sequence of nexus.Buffer, array or number
            The arguments, from 0 on; see ``Command.set_arg``. An int is taken as `settings`.
        group_size, grid_size, grid, block : int or sequence of 1 to 3 int
            The sizes; see ``Command.finalize``.
        settings : nexus.execution_settings
            Flags for this command.

        Returns
        -------
        nexus.Command
            The command, which is finalized where a size was given. Else it still needs
            ``finalize``, and the arguments that are not set.

        Raises
        ------
        NexusError, TypeError, ValueError
            As from ``Command.set_arg`` and ``Command.finalize``. Sizes are checked first. After a
            refused argument the command stays in the schedule, which then cannot run.

        Examples
        --------
        >>> import nexus
        >>> device = nexus.get_runtime("cpu").get_device(0)
        >>> kernel = device.compile('''
        ... #include <nexus-api/nxs_kernel.h>
        ... NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= 2; }
        ... ''').get_kernel("twice")
        >>> x, schedule = device.create_buffer(np.ones(4, np.float32)), device.create_schedule()
        >>> command = schedule.create_command(kernel, [x], grid=2, block=2)
        >>> _ = schedule.run()
        >>> x.numpy().tolist()
        [2.0, 2.0, 2.0, 2.0]
        """
        sized = not (group_size is None and grid_size is None and grid is None and block is None)
        if args.__class__ is not tuple:
            if isinstance(args, int):
                args, settings = (), settings | args
            elif not isinstance(args, list):
                kind = type(args).__name__
                raise TypeError(f"expected the kernel's arguments as a tuple or list, got {kind}")
        if sized:
            launch_size(group_size, grid_size, 0, grid, block)
        command = self._append(kernel, settings)
        if args:
            command._set_args(tuple(args))
        if sized:
            command.finalize(group_size, grid_size, grid=grid, block=block)
        return command

    def _complete(self, command: Command, args: Any, group_size: Any, grid_size: Any) -> None:
        """Try again to fill a command, appended in C, of which the plugin has refused a part."""
        command._set_args(tuple(args))
        command.finalize(group_size, grid_size)

    def _append(self, kernel: Kernel, settings: int = 0) -> Command:
        """Append a command without arguments and sizes."""
        if kernel.__class__ is not Kernel or kernel._table is not self._table:
            self._require(kernel, Kernel, "nxsCreateCommand")
        if settings.__class__ is not int or settings >> 32:
            settings = integer(settings, "settings", UINT)
        handle = lib.nxs_CreateCommand(self._table, self._handle, kernel._handle, settings)
        if handle < 0:
            kernel._require_open("nxsCreateCommand")
            self._fail(handle, "nxsCreateCommand")
        return Command(self, handle, kernel=kernel)

    def get_commands(self) -> list[Command]:
        """Return the commands that are open and still referenced, in the order of execution.

        Visits all objects of the process, so it is not for frequent calls.
        """
        places = {id(arguments): place for place, arguments in enumerate(self._buffers)}
        return sorted(children(self, Command), key=lambda command: places[id(command._buffers)])

    def create_signal_command(
        self,
        event: Event | None = None,
        value: int = 1,
        settings: int = 0,
        per_run: bool | None = None,
    ) -> Command:
        """Append a command that raises an event's counter to `value`.

        Parameters
        ----------
        event : nexus.Event, optional
            An event of the same device; by default a new one, which ``get_event`` of the command
            returns.
        value : int
            The counter's new value; the command does nothing where it is that high already.
        settings : nexus.event_command_settings
            Flags for this command.
        per_run : bool, optional
            Whether `value` counts per run: the k-th run of the schedule then signals k times
            `value`; a second run's signal of an absolute value changes nothing. By default all
            commands of an event count alike, as the first one did: a signal per run (on plugins of
            version 1.1 or later, for positive values), a wait absolutely.

        Examples
        --------
        >>> import nexus
        >>> device = nexus.get_runtime("cpu").get_device(0)
        >>> event, schedule = device.create_event(), device.create_schedule()
        >>> command = schedule.create_signal_command(event, 2)
        >>> _ = schedule.run(), schedule.run()
        >>> event.value
        4
        """
        if event is None:
            event = self._parent.create_event()
        counts = self._counts_per_run(event, value, per_run, first=True)
        return self._event_command(
            lib.nxs_CreateSignalCommand, "nxsCreateSignalCommand", event, value, settings, counts
        )

    def create_wait_command(
        self, event: Event, value: int = 1, settings: int = 0, per_run: bool | None = None
    ) -> Command:
        """Append a command that delays those after it until an event's counter reaches `value`.

        Parameters
        ----------
        event : nexus.Event
            An event of the same device.
        value : int
            The counter's value to wait for.
        settings : nexus.event_command_settings
            Flags for this command.
        per_run : bool, optional
            Whether `value` counts per run: the k-th run of the schedule then waits for k times
            `value`. By default as the event's first command counts: per run if that was a signal;
            absolutely if it was a wait, as for an event that the host raises once for all runs.
        """
        counts = self._counts_per_run(event, value, per_run, first=False)
        return self._event_command(
            lib.nxs_CreateWaitCommand, "nxsCreateWaitCommand", event, value, settings, counts
        )

    create_signal = create_signal_command
    create_wait = create_wait_command

    def _counts_per_run(self, event: Event, value: int, wanted: bool | None, first: bool) -> bool:
        """Return whether a command's value counts per run; `first` is for an event's first."""
        if wanted is not None:
            return boolean(wanted, "per_run")
        if self._plugin.api_version < (1, 1, 0) or not isinstance(event, Event):
            return False
        if event._per_run is None:
            event._per_run = first and isinstance(value, int) and value > 0
        return event._per_run

    def _event_command(
        self, create: Any, function: str, event: Event, value: int, settings: int, per_run: bool
    ) -> Command:
        self._require(event, Event, function)
        value, settings = integer(value, "value"), integer(settings, "settings", UINT)
        if per_run:
            settings |= _PER_RUN
            if self._plugin.api_version < (1, 1, 0):
                raise NotSupportedError(
                    f"{self._plugin.describe()} implements version "
                    f"{'.'.join(map(str, self._plugin.api_version))} of the plugin ABI; per_run "
                    "needs 1.1: append a command for each run instead",
                    Status.NXS_InvalidOperation,
                    function,
                )
        handle = create(self._table, self._handle, event._handle, value, settings)
        if handle < 0:
            self._fail(handle, function)
        return Command(self, handle, event=event)

    def run(
        self, stream: Stream | None = None, blocking: bool = True, timing: bool = False
    ) -> Status:
        """Run the commands in order, on the contents of the buffers at that time.

        Parameters
        ----------
        stream : nexus.Stream, optional
            Stream to run on; by default that of the device.
        blocking : bool
            False returns once the work is submitted. A failure is then reported by the next
            blocking run on the stream, and by the schedule's ``Status``.
        timing : bool
            Whether to measure the run: ``get_property_flt("ElapsedTime")``, in ms.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        NexusError
            If a command is not finalized or lacks arguments, or the work fails.
        """
        # The usual call, which C makes on devices whose runs are not counted.
        if stream is None and blocking is True and timing is False and not self._runs.shares:
            if result := _run(self._table, self._handle, _DEFAULT_STREAM, 0):
                self._fail(result, "nxsRunSchedule")
            return _SUCCESS
        if blocking is not True and blocking is not False:
            blocking = boolean(blocking, "blocking")
        if timing is not True and timing is not False:
            timing = boolean(timing, "timing")
        # Held for the length of this call: another thread may close the schedule meanwhile.
        buffers, runs = self._buffers, self._runs
        on, settings = _DEFAULT_STREAM, 0
        if stream is not None:
            self._require(stream, Stream, "nxsRunSchedule")
            on = stream._handle
        if timing or not blocking:
            settings = (_TIMING if timing else 0) | (0 if blocking else _NON_BLOCKING)
        if runs.shares:
            result = runs.run(self._handle, on, settings, buffers)
        else:
            result = _run(self._table, self._handle, on, settings)
        if result:
            self._fail(result, "nxsRunSchedule")
        return _SUCCESS

    def close(self) -> None:
        """Release the schedule and its commands; runs in flight go on to their end."""
        self._end()
        self._buffers, self._used = [], []
