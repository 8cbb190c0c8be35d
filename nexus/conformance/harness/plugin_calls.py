"""A worker with the plugin: its calls, with the rules for all calls, and its properties."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, TypeVar

from nexus._enums import PROPERTY_TYPES
from nexus._enums import data_type as DataType
from nexus._enums import property as Property
from nexus.conformance.harness.call_arguments import Argument, Layout, Out, SizeT, shown
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.journal import Entry, Result
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.values import (
    STATUSES,
    WrongStatus,
    decoded,
    queried_blindly,
    status_name,
)
from nexus.conformance.harness.worker import Worker
from nexus.conformance.native import NoCompilerError

_Self = TypeVar("_Self", bound="PluginCalls")

# Large enough for every text of a plugin.
_TEXT = 65536


class NotApplicable(Exception):  # noqa: N818  (not an error: the rule does not apply)
    """The rule does not apply to this plugin or cannot be tested here; the message says why."""


class PluginCalls:
    """Calls of the plugin by a check, without those that need kernels.

    Parameters
    ----------
    session : Session
        Starts the worker.
    profile : str, optional
        ``core`` or ``full``.
    kernels : str, optional
        Folder of a manifest of kernels, instead of the kit's own.
    load : bool, optional
        Load the plugin in the worker.
    subject : str, optional
        Id of the check, which is not a consequence of itself.
    """

    def __init__(
        self,
        session: Session,
        profile: str = "full",
        kernels: str | None = None,
        load: bool = True,
        subject: str = "",
    ) -> None:
        self.session = session
        self.subject = subject
        self.profile = profile
        self._kernels = kernels
        self._load = load
        self._worker: Worker | None = None
        self._library: int | None = None
        self._others: list[PluginCalls] = []

    @builtins.property
    def worker(self) -> Worker:
        """The worker of this check, started at the first access."""
        if self._worker is None:
            self._worker = self.session.worker(self._load)
        return self._worker

    @builtins.property
    def journal(self) -> list[Entry]:
        """The calls of the check, in all its workers."""
        own = self._worker.journal if self._worker else []
        return [*own, *(entry for other in self._others for entry in other.journal)]

    @builtins.property
    def last_journal(self) -> list[Entry]:
        """The calls in the worker that was started last, in which a check ends."""
        used = [other.journal for other in self._others if other.journal]
        return used[-1] if used else self.journal

    def fresh(self: _Self, load: bool = True) -> _Self:
        """Return a kit with another worker; it is closed with this one, or as a context manager."""
        other = type(self)(self.session, self.profile, self._kernels, load, self.subject)
        self._others.append(other)
        return other

    def close(self) -> None:
        """End the worker."""
        for other in self._others:
            other.close()
        if self._worker is not None:
            self._worker.close()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def threads(
        self, script: Sequence[Sequence[tuple[Any, ...]]], timeout: float = 10.0
    ) -> list[list[int]]:
        """Run lists of calls at once, each in a thread of C; return the values of each list.

        Raises
        ------
        NotApplicable
            If the plugin lacks one of the functions, or there is no C compiler for the threads.
        """
        self.need(*sorted({call[0] for part in script for call in part}))
        try:
            return self.worker.control("threads", script, timeout=timeout)  # type: ignore[no-any-return]
        except NoCompilerError as error:
            raise NotApplicable(str(error)) from error

    def has(self, name: str) -> bool:
        """Return whether the plugin has a function."""
        return self.worker.has(name)

    def need(self, *names: str) -> None:
        """End the check as not applicable if the plugin lacks a function."""
        for name in names:
            if not self.has(name):
                raise NotApplicable(f"the plugin has no nxs{name}")

    def call(self, name: str, *arguments: Argument, timeout: float = 10.0) -> Result:
        """Call a function, and check the rules for all calls.

        Raises
        ------
        NotApplicable
            If the plugin does not have the function.
        """
        self.need(name)
        result = self.worker.call(name, *arguments, timeout=timeout)
        assert not result.overrun, f"{shown(name, arguments)} wrote to memory that it may not write"
        return result

    def ok(self, name: str, *arguments: Argument, timeout: float = 10.0) -> int:
        """Call a function that must succeed; return its handle, or 0."""
        value = self.call(name, *arguments, timeout=timeout).value
        if value < 0:
            raise WrongStatus(
                f"{shown(name, arguments)} must succeed and returned {status_name(value)}"
                f"{self._reason()}"
            )
        return value

    def fails(
        self,
        name: str,
        *arguments: Argument,
        status: str | Sequence[str] | None = None,
        timeout: float = 10.0,
    ) -> str:
        """Call a function that must fail, with one of the statuses; return which it was."""
        value = self.call(name, *arguments, timeout=timeout).value
        called = shown(name, arguments)
        wanted = (status,) if isinstance(status, str) else tuple(status or ())
        aim = " or ".join(wanted) or "a status of the failure"
        found = status_name(value) if value < 0 else f"{value}, which is success"
        if value >= 0 or found.startswith("-") or (wanted and found not in wanted):
            raise WrongStatus(f"{called} must return {aim} and gave {found}", wanted or STATUSES)
        return found

    def message(self) -> str:
        """Return the text of the last failure; empty if the plugin does not report it."""
        if not self.has("GetLastErrorMessage"):
            return ""
        result = self.worker.call("GetLastErrorMessage", Out(_TEXT), SizeT(_TEXT))
        if result.value != 0:
            return ""
        return result.outs[0].partition(b"\0")[0].decode(errors="replace")

    def _reason(self) -> str:
        try:
            message = self.message()
        except Failure:
            return ""
        return f": {message}" if message else ""

    def property(self, get: str, handle: int | None, name: str) -> Any:
        """Return a property as a Python value.

        Parameters
        ----------
        get : str
            The function, such as ``GetBufferProperty``.
        handle : int or None
            The object; None for the runtime.
        name : str
            The property, such as ``Size``.
        """
        number = Property[name]
        place: list[Argument] = [] if handle is None else [handle]
        needed = self.call(get, *place, int(number), None, SizeT(0))
        if needed.value != 0 and self.profile == "core":
            found = queried_blindly(self.worker, get, place, int(number))
            if isinstance(found, bytes):
                return decoded(found, PROPERTY_TYPES[number])
        assert needed.value == 0, (
            f"{shown(get, (*place, name))} does not return a size: {status_name(needed.value)}"
        )
        result = self.call(get, *place, int(number), Out(needed.sizes[0]), SizeT(needed.sizes[0]))
        assert result.value == 0, (
            f"{shown(get, (*place, name))} gave {status_name(result.value)}{self._reason()}"
        )
        return decoded(result.outs[0][: result.sizes[0]], PROPERTY_TYPES[number])

    @builtins.property
    def devices(self) -> int:
        """Number of devices."""
        return int(self.property("GetRuntimeProperty", None, "Size"))

    @builtins.property
    def has_live(self) -> bool:
        """Whether the plugin answers LiveObjects."""
        number = int(Property.LiveObjects)
        if self.call("GetRuntimeProperty", number, None, SizeT(0)).value == 0:
            return True
        found = queried_blindly(self.worker, "GetRuntimeProperty", (), number)
        return self.profile == "core" and isinstance(found, bytes)

    def live(self) -> tuple[int, ...]:
        """Return the live handles of each kind; not applicable if the plugin does not answer."""
        if not self.has_live:
            raise NotApplicable("the plugin does not answer LiveObjects")
        return tuple(self.property("GetRuntimeProperty", None, "LiveObjects"))

    def buffer(self, size: int, data: bytes | None = None, device: int = 0) -> int:
        """Create a buffer of bytes."""
        layout = Layout(DataType.Undefined, [size])
        return self.ok("CreateBuffer", device, layout, data, 0)

    def size(self, buffer: int) -> int:
        """Return the size of a buffer in bytes."""
        return int(self.property("GetBufferProperty", buffer, "Size"))

    def read(self, buffer: int) -> bytes:
        """Return the contents of a buffer."""
        result = self.call("CopyBuffer", buffer, Out(self.size(buffer)), 0)
        assert result.value == 0, f"nxsCopyBuffer gave {status_name(result.value)}{self._reason()}"
        return result.outs[0]
