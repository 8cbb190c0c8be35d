"""Asks the OpenCL loader of this process which drivers it finds."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_size_t, c_uint32, c_uint64, c_void_p
from typing import NamedTuple

_PLATFORM_NAME = 0x0902
_DRIVER_VERSION = 0x102D
_ALL_DEVICES = 0xFFFFFFFF
# The beginnings of platforms' names.
_NAMES = {"Intel": "intel", "Portable": "pocl", "Oclgrind": "oclgrind"}


class Driver(NamedTuple):
    """A driver: its name as installation.py has it, or the platform's, and its version."""

    name: str
    version: str


def _text(function: ctypes._NamedFuncPointer, of: c_void_p, what: int) -> str:
    size = c_size_t()
    function(of, c_uint32(what), c_size_t(), None, byref(size))
    room = ctypes.create_string_buffer(size.value)
    function(of, c_uint32(what), size, room, None)
    return room.value.decode()


def drivers() -> list[Driver]:
    """Return the drivers with devices.

    Raises
    ------
    OSError
        If there is no loader, libOpenCL.so.1.
    """
    cl = ctypes.CDLL("libOpenCL.so.1")
    count = c_uint32()
    cl.clGetPlatformIDs(c_uint32(), None, byref(count))
    platforms = (c_void_p * count.value)()
    cl.clGetPlatformIDs(count, platforms, None)
    found = []
    for platform in map(c_void_p, platforms):
        device = c_void_p()
        kinds = c_uint64(_ALL_DEVICES)
        if cl.clGetDeviceIDs(platform, kinds, c_uint32(1), byref(device), None):
            continue
        title = _text(cl.clGetPlatformInfo, platform, _PLATFORM_NAME)
        name = next((name for begin, name in _NAMES.items() if title.startswith(begin)), title)
        # Oclgrind's begins with its name.
        version = _text(cl.clGetDeviceInfo, device, _DRIVER_VERSION).split()[-1]
        found.append(Driver(name, version))
    return found
