"""The substitute for a plugin of the field: a table of functions that keep the contract."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable
from typing import Any

from nexus._enums import function as Function
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus._objects import log
from nexus._objects.plugin import Plugin
from nexus.field_plugins.code import address_of, code_of
from nexus.field_plugins.field_properties import answer, value_of
from nexus.field_plugins.field_work import Work
from nexus.field_plugins.refusal import Original, RefusedError


class Calls(Work):
    """All functions of a plugin of the field, each with the care that it needs."""

    def __init__(self, original: Original) -> None:
        self.original = original
        super().__init__()
        self._thread = threading.local()
        self._types: dict[int, bool] = {}

    def note(self, function: str, text: str) -> None:
        """Note why this thread's call of a function was refused; empty if the plugin refused it."""
        self._thread.noted = (function, text)

    def noted(self) -> tuple[str, str]:
        """Return the function that this thread has called last, and why it was refused."""
        noted: tuple[str, str] = getattr(self._thread, "noted", ("", ""))
        return noted

    def GetLastErrorMessage(self, value: Any, size: Any) -> None:  # noqa: N802
        answer(self.noted()[1].encode("utf-8", "replace") + b"\0", value, size)

    def is_cpu(self, device: int) -> bool:
        """Return whether a device is a CPU."""
        if device not in self._types:
            try:
                kind = value_of(self.original, "GetDeviceProperty", (device,), Property.Type)
            except RefusedError:
                kind = b""
            self._types[device] = kind == b"cpu\0"
        return self._types[device]


class FieldPlugin(Plugin):
    """A plugin of the field behind a substitute for its functions."""

    __slots__ = ("_calls", "_code", "_original")

    def __init__(self, plugin: Plugin) -> None:
        self.path, self.origin, self.name = plugin.path, plugin.origin, plugin.name
        self.api_version = plugin.api_version
        self._original = plugin.table
        self._calls = Calls(Original(plugin.table))
        self.table = lib.nxs_plugin_copy(plugin.table)
        if self.table == ffi.NULL:
            raise MemoryError("no memory for the functions of a plugin")
        # Referenced for as long as the plugin may be called.
        self._code = []
        for member in Function:
            method = getattr(self._calls, member.name.removeprefix("nxs"), None)
            if method is not None:
                code = _code(member, method, self._calls)
                self._code.append(code)
                lib.nxs_plugin_replace(self.table, member, address_of(code))

    def has(self, number: Function) -> bool:
        """Return whether the plugin itself exports a function."""
        return bool(lib.nxs_plugin_has(self._original, number))

    def absence(self, function: str) -> str:
        """Return what to say where the plugin cannot do something."""
        called, text = self._calls.noted()
        return text if called == function and text else super().absence(function)


def _code(member: Function, method: Callable[..., int | None], calls: Calls) -> Any:
    """Return a C function that calls a method, and returns the status of its refusals."""
    is_message = member is Function.nxsGetLastErrorMessage

    def call(*arguments: Any) -> int:
        if not is_message:
            calls.note(member.name, "")
        try:
            return method(*arguments) or 0
        except RefusedError as refusal:
            if not is_message:
                calls.note(member.name, str(refusal))
            return refusal.status
        except MemoryError:
            return int(Status.NXS_OutOfHostMemory)
        except KeyboardInterrupt:
            # Raised again in the caller once this call has returned.
            _thread.interrupt_main()
            calls.note(member.name, "the call was interrupted")
        except Exception as error:
            log.write("error", "%s failed in the substitute: %r", member.name, error)
            calls.note(member.name, f"{type(error).__name__}: {error}")
        return int(Status.NXS_OutOfResources)

    return code_of(member.name, call)
