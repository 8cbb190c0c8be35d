"""Calls the functions of a plugin in the process that has loaded it."""

from __future__ import annotations

import socket
from typing import Any

from nexus._ffi import ffi, lib
from nexus.conformance.harness.in_worker.call_memory import KeptInputs, Memory
from nexus.conformance.harness.in_worker.failing_call import call_failing


class Caller:
    """A plugin that is loaded in this process, and the calls of its functions."""

    def __init__(self, connection: socket.socket, exact: bool) -> None:
        self.connection = connection
        self.exact = exact
        self.table: Any = None
        # The table of a copy of the plugin, once "copy_call" was used.
        self.copy: Any = None
        # Set by the control "fail_allocation" for the next call.
        self.failing: tuple[int, int] | None = None
        # Where scalars are: a plugin that reads one late must not find another one in its memory.
        # Under AddressSanitizer their memory is freed, so that it sees what is read late.
        self.kept = None if exact else KeptInputs(spoil=True)
        self.allocations: dict[str, int] = {}

    @staticmethod
    def open(path: bytes) -> Any:
        """Load a library and return the table of its functions."""
        message = ffi.new("char[]", 4096)
        table = lib.nxs_plugin_open(path, message, 4096)
        if table == ffi.NULL:
            raise OSError(ffi.string(message).decode(errors="replace"))
        return table

    def call(self, name: str, arguments: list[Any]) -> tuple[int, list[bytes], list[int], bool]:
        """Call a function of the plugin."""
        memory = Memory(self.exact, self.kept if name == "SetCommandScalar" else None)
        pointers = [memory.pointer(argument) for argument in arguments]
        if self.failing is None:
            value = getattr(lib, "nxs_" + name)(self.table, *pointers)
        else:
            (count, kind), self.failing = self.failing, None
            value, self.allocations = call_failing(
                self.address(name), [self.table, *pointers], count, kind
            )
        outs, sizes, overrun = memory.results()
        memory.spoil_inputs()
        return int(value), outs, sizes, overrun

    @staticmethod
    def address(name: str) -> int:
        """Return the address of a function's trampoline."""
        return int(ffi.cast("uintptr_t", ffi.addressof(lib, "nxs_" + name)))
