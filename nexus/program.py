"""Kernel libraries and their kernels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from nexus import dtypes
from nexus._enums import data_type as DataType
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus.errors import LibraryError, PropertyNotFoundError, fail
from nexus.handle import Handle

if TYPE_CHECKING:
    from nexus.device import Device
    from nexus.execution import Stream

_KINDS = ("in", "out", "scalar", "?", "in or scalar")


class Library(Handle):
    """Kernels that were loaded or compiled together; made by ``Device.load_library``."""

    __slots__ = ()

    _release = lib.nxs_ReleaseLibrary
    _invalid = Status.NXS_InvalidLibrary
    _query = lib.nxs_GetLibraryProperty
    _query_int = lib.nxs_GetLibraryProperty_int
    _query_name = "nxsGetLibraryProperty"

    @property
    def device(self) -> Device:
        """nexus.Device: Which its kernels run on."""
        device: Device = self._parent
        return device

    def get_kernel(self, name: str) -> Kernel:
        """Return a kernel.

        Parameters
        ----------
        name : str
            As the source has it.

        Raises
        ------
        LibraryError
            If the library has no such kernel; the message has the nearest names.
        """
        if not isinstance(name, str):
            raise TypeError(f"a kernel is asked for by name, not by {type(name).__name__}")
        handle = lib.nxs_GetKernel(self._table, self._handle, _c_string(name, "utf-8"))
        if handle < 0:
            self._fail(handle, "nxsGetKernel", f"kernel {name!r} of {self!r}")
        return Kernel(self, handle, name)


class KernelArgument(NamedTuple):
    """What a kernel declares of one of its arguments.

    Attributes
    ----------
    kind : str
        ``'in'`` or ``'out'`` for a buffer, ``'scalar'``, ``'in or scalar'`` where it is only told
        that the kernel does not write to it, or ``'?'`` where it is not told.
    data_type : nexus.data_type
        Type of the scalar or of the buffer's elements; Undefined where it is not told.
    """

    kind: str
    data_type: DataType


class Kernel(Handle):
    """A function that runs once for each item of a grid; made by ``Library.get_kernel``.

    Calling it runs it:

    >>> import nexus
    >>> import numpy as np
    >>> device = nexus.get_runtimes()[0].get_devices()[0]
    >>> library = device.compile('''
    ... #include <nexus-api/nxs_kernel.h>
    ... NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= 2; }
    ... ''')
    >>> x = device.create_buffer(np.arange(4, dtype=np.float32))
    >>> status = library.get_kernel("twice")(x, group_size=4, grid_size=4)
    >>> x.numpy().tolist()
    [0.0, 2.0, 4.0, 6.0]
    """

    __slots__ = ("_arguments", "_name")

    _release = lib.nxs_ReleaseKernel
    _invalid = Status.NXS_InvalidKernel
    _query = lib.nxs_GetKernelProperty
    _query_int = lib.nxs_GetKernelProperty_int
    _query_name = "nxsGetKernelProperty"

    def __init__(self, library: Library, handle: int, name: str) -> None:
        super().__init__(library, handle)
        self._name = name
        self._arguments: tuple[KernelArgument, ...] | None = None

    @property
    def name(self) -> str:
        """str: The name that it was asked for by."""
        return self._name

    @property
    def device(self) -> Device:
        """nexus.Device: Which it runs on."""
        device: Device = self._parent.device
        return device

    @property
    def arguments(self) -> tuple[KernelArgument, ...]:
        """What it declares; empty where it does not tell."""
        if self._arguments is None:
            self._arguments = self._declared()
        return self._arguments

    def _declared(self) -> tuple[KernelArgument, ...]:
        try:
            kinds = self.get_property_int_vec(Property.Arguments)
            names = self.get_property_str_vec(Property.DataTypes)
        except PropertyNotFoundError:
            return ()
        types = [DataType[name] if name in DataType.__members__ else DataType(0) for name in names]
        types += [DataType.Undefined] * (len(kinds) - len(types))
        return tuple(
            KernelArgument(_KINDS[kind] if 0 <= kind < len(_KINDS) else "?", data_type)
            for kind, data_type in zip(kinds, types, strict=False)
        )

    def _scalar_type(self, index: int, value: Any) -> DataType:
        """Return the type that the kernel declares, else the value's own."""
        declared = self.arguments
        if 0 <= index < len(declared) and declared[index].kind.endswith("scalar"):
            kind = declared[index].data_type
            if kind is not DataType.Undefined:
                return kind
        return dtypes.of_scalar(value)

    def __call__(
        self,
        *args: Any,
        group_size: Any,
        grid_size: Any,
        shared_memory_size: int = 0,
        stream: Stream | None = None,
        blocking: bool = True,
    ) -> Status:
        """Run the kernel once.

        Parameters
        ----------
        *args : nexus.Buffer or number
            Its arguments in order.
        group_size, grid_size : int or sequence of 1 to 3 int
            Work-items of a group, and in all, along each dimension.
        shared_memory_size : int
            Bytes that the items of a group share, beyond what the kernel declares.
        stream : nexus.Stream, optional
            Where to run; the device's default stream where it is not given.
        blocking : bool
            Whether to return only when it is done.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        ValueError
            If the grid is no whole number of groups.
        NexusError
            If the arguments do not fit the kernel, or it fails.
        """
        with self.device.create_schedule() as schedule:
            command = schedule.create_command(self)
            for index, value in enumerate(args):
                command.set_arg(index, value)
            command.finalize(group_size, grid_size, shared_memory_size)
            return schedule.run(stream, blocking)

    def __repr__(self) -> str:
        state = ", closed" if self._handle < 0 else ""
        return f"<nexus.Kernel {self._name!r} of {self._plugin.name}{state}>"


def load(device: Device, source: Any) -> Library:
    """Load a library from a file or from bytes; see ``Device.load_library``."""
    table, index = device._table, device._handle
    if isinstance(source, (bytes, bytearray, memoryview)):
        image = ffi.from_buffer(source)
        handle = lib.nxs_CreateLibrary(table, index, image, len(image), 0)
        return _library(device, handle, "nxsCreateLibrary", f"a library of {len(image)} bytes")
    path = os.fspath(source)
    handle = lib.nxs_CreateLibraryFromFile(table, index, _c_string(path, None), 0)
    return _library(device, handle, "nxsCreateLibraryFromFile", f"library {path!r}")


def compile_text(device: Device, source: str) -> Library:
    """Compile a library from source text; see ``Device.compile``."""
    text = ffi.from_buffer(source.encode())
    handle = lib.nxs_CreateLibrary(device._table, device._handle, text, len(text), 0)
    return _library(device, handle, "nxsCreateLibrary", "a library from source text")


def _library(device: Device, handle: int, function: str, about: str) -> Library:
    if handle < 0:
        fail(device._plugin, handle, function, about, LibraryError)
    return Library(device, handle)


def _c_string(text: str | bytes, encoding: str | None) -> bytes:
    if isinstance(text, bytes):
        raw = text
    else:
        raw = os.fsencode(text) if encoding is None else text.encode(encoding)
    if b"\0" in raw:
        raise ValueError(f"{text!r} has a NUL character in it")
    return raw
