"""Allocates the memory for a call's pointers, and inspects it afterwards."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

from nexus._ffi import ffi

CANARY = b"\xc5" * 64
# Overwrites memory after the call, so that a plugin that reads it late gets this.
GONE = b"\xdd"

_PAGE = mmap.PAGESIZE
_libc = ctypes.CDLL(None, use_errno=True)


class GuardedMemory:
    """Memory that ends at an inaccessible page."""

    def __init__(self, size: int) -> None:
        length = -(-size // _PAGE) * _PAGE
        self._map = mmap.mmap(-1, length + _PAGE)
        view = ffi.from_buffer(self._map)
        guard = int(ffi.cast("uintptr_t", view)) + length
        if _libc.mprotect(ctypes.c_void_p(guard), ctypes.c_size_t(_PAGE), mmap_none()) != 0:
            raise OSError(ctypes.get_errno(), "cannot make a guard page")
        self.pointer = ffi.cast("char *", view) + (length - size)
        self._view = view


def mmap_none() -> ctypes.c_int:
    """Return the protection of inaccessible pages."""
    return ctypes.c_int(0)


class KeptInputs:
    """Inputs that stay as they are for the next thousands of calls.

    They take no memory of the heap, whose size checks compare. Zeros follow each, since plugins
    that keep the pointer of a scalar read 8 bytes from it, whatever its type.
    """

    _SIZE = 1 << 20
    _PADDING = 8

    def __init__(self) -> None:
        self._view = ffi.from_buffer(mmap.mmap(-1, self._SIZE))
        self._used = 0

    def add(self, data: bytes) -> Any:
        """Return a pointer to a copy of the bytes."""
        size = -(-(len(data) + self._PADDING) // self._PADDING) * self._PADDING
        if size > self._SIZE:
            raise ValueError(f"an input of {len(data)} bytes cannot be kept")
        if self._used + size > self._SIZE:
            self._used = 0
        place = ffi.cast("char *", self._view) + self._used
        self._used += size
        ffi.memmove(place, data + bytes(size - len(data)), size)
        return place


class Memory:
    """The memory of one call.

    Parameters
    ----------
    exact : bool
        Allocate exact sizes without canaries, for AddressSanitizer.
    kept : KeptInputs, optional
        Where inputs stay after the call.
    """

    def __init__(self, exact: bool, kept: KeptInputs | None = None) -> None:
        self._exact = exact
        self._kept = kept
        self._keep: list[Any] = []
        self._inputs: list[tuple[Any, int]] = []
        self._outs: list[tuple[Any, int, Any]] = []
        self._sizes: list[Any] = []
        # What the plugin must not write, and its contents.
        self._constants: list[tuple[Any, bytes]] = []

    def pointer(self, argument: Any) -> Any:
        """Return an encoded argument as a value for C."""
        if isinstance(argument, int):
            return argument
        if argument is None:
            return ffi.NULL
        if isinstance(argument, bytes):
            return self._input(argument)
        kind, *values = argument
        return getattr(self, f"_{kind}")(*values)

    def _input(self, data: bytes) -> Any:
        if self._kept is not None:
            return self._kept.add(data)
        block = ffi.new("char[]", len(data))
        return self._copied(block, data)

    def _copied(self, pointer: Any, data: bytes) -> Any:
        ffi.memmove(pointer, data, len(data))
        self._keep.append(pointer)
        self._inputs.append((pointer, len(data)))
        return pointer

    def _string(self, data: bytes) -> Any:
        return self._input(data + b"\0")

    def _guarded(self, data: bytes) -> Any:
        memory = GuardedMemory(len(data))
        self._keep.append(memory)
        return self._copied(memory.pointer, data)

    def _misaligned(self, data: bytes) -> Any:
        block = ffi.new("char[]", len(data) + 1)
        self._keep.append(block)
        return self._copied(block + 1, data)

    def _out(self, size: int, canary: bool, fill: int, guard: bool) -> Any:
        content = bytes([fill]) * size
        if guard:
            memory = GuardedMemory(size)
            self._keep.append(memory)
            pointer, block = memory.pointer, None
        elif canary and not self._exact:
            block = ffi.new("char[]", size + 2 * len(CANARY))
            ffi.memmove(block, CANARY + content + CANARY, size + 2 * len(CANARY))
            pointer = block + len(CANARY)
        else:
            pointer = ffi.new("char[]", size)
            block = None
        ffi.memmove(pointer, content, size)
        self._keep.append(pointer)
        self._outs.append((pointer, size, block))
        return pointer

    def _size(self, value: int) -> Any:
        pointer = ffi.new("size_t *", value)
        self._sizes.append(pointer)
        return pointer

    def _layout(self, data_type: int, rank: int, dims: list[int], strides: list[int]) -> Any:
        return self._struct("nxs_buffer_layout *", (data_type, rank, dims, strides))

    def _dim3(self, x: int, y: int, z: int) -> Any:
        return self._struct("nxs_dim3 *", (x, y, z))

    def _struct(self, c_type: str, values: tuple[Any, ...]) -> Any:
        pointer = ffi.new(c_type, values)
        self._keep.append(pointer)
        return pointer

    def _launch(self, sizes: tuple[Any, ...], given: list[Any] | None, guard: bool) -> Any:
        return self._constant("nxs_launch", [(*sizes, self._launch_arguments(given, guard))])

    def _launch_arguments(self, given: list[Any] | None, guard: bool) -> Any:
        if given is None:
            return ffi.NULL
        arguments = [(self.pointer(value), *rest) for value, *rest in given]
        return self._constant("nxs_launch_argument", arguments, guard)

    def _constant(self, c_type: str, values: list[Any], guard: bool = False) -> Any:
        """Return a pointer to structs that the plugin may read, and not write."""
        block = ffi.new(f"{c_type}[]", values)
        data = bytes(ffi.buffer(block))
        place = self._guarded(data) if guard else self._copied(block, data)
        self._constants.append((place, data))
        return ffi.cast(f"{c_type} *", place)

    def _address(self, value: int) -> Any:
        return ffi.cast("void *", value)

    def results(self) -> tuple[list[bytes], list[int], bool]:
        """Return the written memory and sizes, and whether the call wrote anything else."""
        overrun = False
        for _, size, block in self._outs:
            if block is not None:
                around = bytes(ffi.buffer(block))
                end = len(CANARY) + size
                overrun |= around[: len(CANARY)] != CANARY or around[end:] != CANARY
        for pointer, data in self._constants:
            overrun |= bytes(ffi.buffer(ffi.cast("char *", pointer), len(data))) != data
        outs = [bytes(ffi.buffer(pointer, size)) for pointer, size, _ in self._outs]
        return outs, [int(pointer[0]) for pointer in self._sizes], overrun

    def spoil_inputs(self) -> None:
        """Overwrite the memory that the plugin was to read."""
        for pointer, size in self._inputs:
            ffi.memmove(pointer, GONE * size, size)
