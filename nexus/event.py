"""Events: counters that the host and devices wait for."""

from __future__ import annotations

import time
from typing import Any, NoReturn

from nexus._core import KINDS
from nexus._enums import event_type as EventType
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import lib
from nexus._objects.checked_numbers import integer, seconds
from nexus._objects.handle import Handle
from nexus.errors import ABSENT, WaitTimeoutError

_wait = lib.nxs_WaitEventTimeout
_SUCCESS = Status.NXS_Success
# Python handles signals such as Ctrl-C between two waits in the plugin, so waits are short.
_SLICE_NS = 50_000_000


def wait_in_slices(table: Any, event: int, value: int, end: int | None) -> int:
    """Wait for an event in slices, so that Ctrl-C ends the wait.

    Parameters
    ----------
    table : cdata
        The plugin's call table.
    event, value : int
        The event's handle, and the value to wait for.
    end : int or None
        When to give up, by ``time.monotonic_ns``; None never.

    Returns
    -------
    int
        Success, Timeout, the status of a failed wait, or ``ABSENT``.
    """
    while True:
        left = _SLICE_NS if end is None else max(0, min(_SLICE_NS, end - time.monotonic_ns()))
        result = int(_wait(table, event, value, left))
        if result != Status.NXS_Timeout or (end is not None and time.monotonic_ns() >= end):
            return result


class Event(Handle):
    """A counter that starts at 0 and only grows; created by ``Device.create_event``.

    Examples
    --------
    >>> import nexus
    >>> event = nexus.get_runtimes()[0].get_devices()[0].create_event()
    >>> event.signal(3).name, event.wait(2).name, event.value
    ('NXS_Success', 'NXS_Success', 3)
    """

    __slots__ = ("_per_run", "_type")

    _instead = "pass on the event itself, or create another with device.create_event()"
    _kind = KINDS["Event"]
    _release = lib.nxs_ReleaseEvent
    _invalid = Status.NXS_InvalidEvent
    _query = lib.nxs_GetEventProperty
    _query_int = lib.nxs_GetEventProperty_int
    _query_name = "nxsGetEventProperty"

    def __init__(self, device: Any, handle: int, event_type: int) -> None:
        super().__init__(device, handle)
        self._type = EventType(event_type)
        # Whether the values of its commands count per run; settled by the first command.
        self._per_run: bool | None = None

    @property
    def type(self) -> EventType:
        """nexus.event_type: Its intended use."""
        return self._type

    @property
    def value(self) -> int:
        """int: The current value of the counter."""
        return self.get_property_int(Property.Value)

    @property
    def status(self) -> str:
        """str: Whether signals are pending, and the cause where one failed, such as ``'Error'``.

        The next signal that raises the counter clears a failure.
        """
        return self.get_property_str(Property.Status)

    def signal(self, value: int = 1) -> Status:
        """Raise the counter to `value`; has no effect if the counter is there already."""
        if value.__class__ is not int or value >> 63:
            value = integer(value, "value")
        result = lib.nxs_SignalEvent(self._table, self._handle, value)
        if result:
            self._fail(result, "nxsSignalEvent")
        return _SUCCESS

    def wait(self, value: int = 1, timeout: float | None = None) -> Status:
        """Wait until the counter is `value` or more.

        Parameters
        ----------
        value : int
            The value to wait for.
        timeout : float, optional
            Most seconds to wait; by default no limit. With 0 it returns or raises at once.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        WaitTimeoutError
            If the counter is still lower after `timeout`; also a ``TimeoutError``.
        NexusError
            With the status ``NXS_ExecStatusErrorForEventsInWaitList`` if the work that was to
            signal the value has failed, or nothing can signal it any more.
        KeyboardInterrupt
            If Ctrl-C ends the wait.
        """
        if value.__class__ is not int or value >> 63:
            value = integer(value, "value")
        if timeout is not None:
            timeout = seconds(timeout, "timeout")
        end = None if timeout is None else time.monotonic_ns() + round(min(timeout, 1e9) * 1e9)
        result = wait_in_slices(self._table, self._handle, value, end)
        if result == ABSENT:
            return self._wait_without_timeout(value, end)
        if result == Status.NXS_Timeout:
            self._time_out(value, timeout)
        if result:
            self._fail(result, "nxsWaitEventTimeout", f"waiting for {value} of {self!r}")
        return _SUCCESS

    def _wait_without_timeout(self, value: int, end: int | None) -> Status:
        """Wait in a plugin that lacks waits with a limit."""
        if end is None:
            result = lib.nxs_WaitEvent(self._table, self._handle, value)
            if result:
                self._fail(result, "nxsWaitEvent")
            return _SUCCESS
        if not self._has_value():
            self._fail(ABSENT, "nxsWaitEventTimeout", "waiting with a timeout")
        while self.value < value:
            if time.monotonic_ns() >= end:
                self._time_out(value, None)
            time.sleep(0.0005)
        return _SUCCESS

    def _has_value(self) -> bool:
        return self._query_int(self._table, self._handle, Property.Value) >= 0

    def _time_out(self, value: int, timeout: float | None) -> NoReturn:
        after = "" if timeout is None else f" after {timeout:g} s"
        raise WaitTimeoutError(
            f"{self!r} did not reach {value}{after}", Status.NXS_Timeout, "nxsWaitEventTimeout"
        )
