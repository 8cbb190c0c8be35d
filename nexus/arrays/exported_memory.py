"""The protocols by which other libraries read the memory of a buffer."""

from __future__ import annotations

from typing import Any

import numpy as np

from nexus._enums import buffer_transfer as Transfer
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus._objects.handle import Handle
from nexus.arrays import dtypes
from nexus.arrays.layout import HostForm, Layout, host_form
from nexus.arrays.source import HOST, DeviceView

_copy = lib.nxs_CopyBuffer
_SUCCESS = Status.NXS_Success
TO_HOST, TO_DEVICE = int(Transfer.BufferDeviceToHost), int(Transfer.BufferHostToDevice)


class ExportedMemory(Handle):
    """A buffer as NumPy, DLPack and the CUDA array interface see it."""

    __slots__ = ("_layout", "_viewed")

    _layout: Layout
    _viewed: int

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """numpy.dtype or None: Type of the elements; None where NumPy lacks it, and for bytes."""
        return dtypes.native(self._layout.data_type)

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return the contents as an array, after all submitted work that uses the buffer.

        Where host and device share memory the array is a view of that memory, and stays valid for
        as long as the array exists, also after `close`. Elsewhere it is a copy.

        Returns
        -------
        numpy.ndarray
            With the buffer's shape and dtype. Where NumPy lacks the type, the bits of the elements;
            flat bytes for types smaller than a byte.

        Raises
        ------
        InvalidHandleError
            If the buffer is closed.

        Examples
        --------
        >>> import nexus
        >>> nexus.create_buffer(np.arange(3)).numpy().tolist()
        [0, 1, 2]
        """
        if self._handle < 0:
            self._require_open("nxsCopyBuffer")
        form = host_form(self._layout)
        address = self._host_address()
        if address:
            array = np.asarray(DeviceView(self, self._interface(address, form)))
        else:
            array = np.empty(form.shape, form.bits)
            self._transfer(ffi.from_buffer(array), TO_HOST)
        return array if form.native else self._typed(array)

    def _typed(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return an array of bits as one of the type that another package adds to NumPy."""
        dtype = self.dtype
        return array if dtype is None else array.view(dtype)

    @property
    def __array_interface__(self) -> dict[str, Any]:
        self._require_open("nxsGetBufferProperty")
        address = self._host_address()
        if not address:
            # NumPy then calls __array__ for a copy.
            raise AttributeError("the host cannot read this buffer's memory")
        return self._interface(address, host_form(self._layout))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        array = self.numpy()
        # What another package added to NumPy is a view of the bits.
        shared = array.base is not None and not array.flags.owndata and bool(self._host_address())
        if copy is False and not shared:
            raise ValueError("the host cannot read this buffer's memory; leave out copy=False")
        if dtype is not None and array.dtype != dtype:
            if copy is False:
                raise ValueError(f"{array.dtype} cannot become {dtype} without a copy")
            return array.astype(dtype)
        return array.copy() if copy and shared else array

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """Return a DLPack capsule of the contents.

        It refers to the memory itself where the host or DLPack can address it, else to a copy in
        host memory. Work on a device's own memory that was run without blocking has to end before.
        """
        from nexus.arrays import dlpack

        self._require_open("nxsCopyBuffer")
        here = self.__dlpack_device__()
        form = host_form(self._layout)
        if here != HOST and dl_device in (None, here) and not copy:
            view = DeviceView(self, self._interface(self._device_address(), form))
            array = np.asarray(view)
            return dlpack.write(array, self._layout.data_type, here, max_version=max_version)
        array = np.asarray(self)
        if array.dtype != form.bits:
            array = array.view(form.bits)
        wanted = None if dl_device == here else dl_device
        options: dict[str, Any] = {"max_version": max_version, "dl_device": wanted, "copy": copy}
        return dlpack.write(array, self._layout.data_type, **options)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's kind and number of the device that has the memory."""
        device = self._parent
        if device.unified_memory:
            return HOST
        from nexus.arrays import dlpack

        return dlpack.place(self._plugin.name, device.index) or HOST

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        self._require_open("nxsGetBufferProperty")
        if self._plugin.name != "cuda" or self.dtype is None:
            raise AttributeError("only buffers on CUDA devices, of types that NumPy has, have this")
        # No stream: work has to end before, as for DLPack.
        interface = self._interface(self._device_address(), host_form(self._layout))
        return {**interface, "stream": None}

    def _host_address(self) -> int:
        """Return the address for the host, 0 where it cannot read the memory.

        Waits for submitted work that uses the buffer.
        """
        if not self._parent.unified_memory:
            return 0
        address: int = self._query_int(self._table, self._handle, Property.Value)
        if address <= 0 or not host_form(self._layout).nbytes:
            return 0
        if self._parent._runs.copies_wait:
            # A copy onto itself: the plugin waits for work that uses the buffer, and for no other.
            self._transfer(ffi.cast("void *", address), TO_HOST)
        return address

    def _device_address(self) -> int:
        """Return the address for the device, 0 where it is unknown."""
        address: int = self._query_int(self._table, self._handle, Property.Value)
        return max(address, 0)

    def _interface(self, address: int, form: HostForm) -> dict[str, Any]:
        """Return an array interface; the memory then stays for as long as this object."""
        self._viewed = self._handle
        return {
            "shape": form.shape,
            "typestr": form.bits.str,
            "data": (address, False),
            "version": 3,
        }

    def _transfer(self, pointer: Any, direction: int) -> Status:
        result = _copy(self._table, self._handle, pointer, direction)
        if result:
            self._fail(result, "nxsCopyBuffer")
        return _SUCCESS
