"""Events: counters that the host and devices wait for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NoReturn

from nexus._enums import event_type as EventType
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import lib
from nexus.errors import ABSENT, WaitTimeoutError
from nexus.handle import Handle

if TYPE_CHECKING:
    from nexus.device import Device

_wait = lib.nxs_WaitEventTimeout
_SUCCESS = Status.NXS_Success
# Signals such as Ctrl-C are seen between two waits in the plugin, so none may be long.
_SLICE_NS = 50_000_000


class Event(Handle):
    """A counter that starts at 0 and only grows; made by ``Device.create_event``.

    Examples
    --------
    >>> import nexus
    >>> event = nexus.get_runtimes()[0].get_devices()[0].create_event()
    >>> event.signal(3).name, event.wait(2).name, event.value
    ('NXS_Success', 'NXS_Success', 3)
    """

    __slots__ = ("__weakref__", "_type")

    _release = lib.nxs_ReleaseEvent
    _invalid = Status.NXS_InvalidEvent
    _query = lib.nxs_GetEventProperty
    _query_int = lib.nxs_GetEventProperty_int
    _query_name = "nxsGetEventProperty"

    def __init__(self, device: Device, handle: int, event_type: int) -> None:
        super().__init__(device, handle)
        self._type = EventType(event_type)

    @property
    def type(self) -> EventType:
        """nexus.event_type: What it is for."""
        return self._type

    @property
    def value(self) -> int:
        """int: The counter."""
        return self.get_property_int(Property.Value)

    def signal(self, value: int = 1) -> Status:
        """Raise the counter to `value`; do nothing where it is that high already."""
        result = lib.nxs_SignalEvent(self._table, self._handle, value)
        if result:
            self._fail(result, "nxsSignalEvent")
        return _SUCCESS

    def wait(self, value: int = 1, timeout: float | None = None) -> Status:
        """Return when the counter is `value` or more.

        Parameters
        ----------
        value : int
            What to wait for.
        timeout : float, optional
            Seconds to wait at the most; without end where it is not given. 0 asks and does not
            wait.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        WaitTimeoutError
            If the time has passed; also a ``TimeoutError``.
        KeyboardInterrupt
            If Ctrl-C ends the wait.
        """
        if timeout is not None and not timeout >= 0:
            raise ValueError(f"a timeout cannot be {timeout}")
        end = None if timeout is None else time.monotonic_ns() + round(min(timeout, 1e9) * 1e9)
        while True:
            left = _SLICE_NS if end is None else max(0, min(_SLICE_NS, end - time.monotonic_ns()))
            result = _wait(self._table, self._handle, value, left)
            if result == _SUCCESS:
                return _SUCCESS
            if result == ABSENT:
                return self._wait_without_timeout(value, end)
            if result != Status.NXS_Timeout:
                self._fail(result, "nxsWaitEventTimeout")
            if end is not None and time.monotonic_ns() >= end:
                self._time_out(value, timeout)

    def _wait_without_timeout(self, value: int, end: int | None) -> Status:
        """Wait in a plugin that cannot wait for a limited time."""
        if end is None:
            result = lib.nxs_WaitEvent(self._table, self._handle, value)
            if result:
                self._fail(result, "nxsWaitEvent")
            return _SUCCESS
        if not self._plugin_tells_value():
            self._fail(ABSENT, "nxsWaitEventTimeout", "waiting with a timeout")
        while self.value < value:
            if time.monotonic_ns() >= end:
                self._time_out(value, None)
            time.sleep(0.0005)
        return _SUCCESS

    def _plugin_tells_value(self) -> bool:
        return self._query_int(self._table, self._handle, Property.Value) >= 0

    def _time_out(self, value: int, timeout: float | None) -> NoReturn:
        after = "" if timeout is None else f" after {timeout:g} s"
        raise WaitTimeoutError(
            f"{self!r} did not reach {value}{after}", Status.NXS_Timeout, "nxsWaitEventTimeout"
        )
