"""Buffers: memory of a device, and what lies in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nexus import dtypes, interop
from nexus._enums import buffer_transfer as Transfer
from nexus._enums import data_type as DataType
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus.dtypes import DTypeLike
from nexus.handle import CLOSED, Handle

if TYPE_CHECKING:
    from nexus.device import Device

_copy, _fill, _release = lib.nxs_CopyBuffer, lib.nxs_FillBuffer, lib.nxs_ReleaseBuffer
_NULL = ffi.NULL
_SUCCESS = Status.NXS_Success
_UNDEFINED = DataType.Undefined
TO_HOST, TO_DEVICE = int(Transfer.BufferDeviceToHost), int(Transfer.BufferHostToDevice)


class Layout(NamedTuple):
    """What a buffer holds.

    Attributes
    ----------
    shape : tuple of int
        Elements along each dimension, the outermost first; bytes where the type is Undefined.
    data_type : nexus.data_type
        Type of the elements.
    """

    shape: tuple[int, ...]
    data_type: DataType

    @property
    def nbytes(self) -> int:
        """int: Size in bytes."""
        return dtypes.byte_count(self.shape, self.data_type)


class Buffer(Handle):
    """Memory of a device; made by ``Device.create_buffer``.

    Examples
    --------
    >>> import nexus
    >>> buffer = nexus.create_buffer(np.arange(4, dtype=np.float32))
    >>> buffer.shape, buffer.nbytes, buffer.dtype.name
    ((4,), 16, 'float32')
    >>> host = np.empty(4, np.float32)
    >>> buffer.copy(host).name
    'NXS_Success'
    >>> host.tolist()
    [0.0, 1.0, 2.0, 3.0]
    """

    __slots__ = ("_host", "_layout", "_viewed")

    _host: Any

    _release = _release
    _invalid = Status.NXS_InvalidBuffer
    _query = lib.nxs_GetBufferProperty
    _query_int = lib.nxs_GetBufferProperty_int
    _query_name = "nxsGetBufferProperty"

    def __init__(self, device: Device, handle: int, layout: Layout) -> None:
        self._handle = handle
        self._parent = device
        self._table = device._table
        self._layout = layout
        self._viewed = CLOSED

    @property
    def device(self) -> Device:
        """nexus.Device: Whose memory it is."""
        device: Device = self._parent
        return device

    @property
    def layout(self) -> Layout:
        """nexus.Layout: Shape and data type together."""
        return self._layout

    @property
    def shape(self) -> tuple[int, ...]:
        """Elements along each dimension, the outermost first."""
        return self._layout.shape

    @property
    def nbytes(self) -> int:
        """int: Size in bytes."""
        return self._layout.nbytes

    @property
    def data_type(self) -> DataType:
        """nexus.data_type: Type of the elements; Undefined for plain bytes."""
        return self._layout.data_type

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """numpy.dtype or None: The type in NumPy's terms, where NumPy has it."""
        return dtypes.native(self._layout.data_type)

    def copy(self, host: Any) -> Status:
        """Copy the buffer's contents to host memory.

        Parameters
        ----------
        host : numpy.ndarray or object with the buffer protocol or DLPack
            Takes them: writable, C-contiguous, of `nbytes` bytes, and of the buffer's type or
            bytes.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        ValueError
            If `host` is of another size, read-only or not C-contiguous.
        TypeError
            If it holds elements of another type.
        """
        if isinstance(host, Buffer):
            raise TypeError("copy() copies to the host; to copy to a buffer, use its copy_from()")
        array = interop.destination(host, self._layout.data_type, self._layout.nbytes)
        return self._transfer(ffi.from_buffer(array), TO_HOST)

    def copy_from(self, host: Any) -> Status:
        """Overwrite the buffer's contents with those of host memory.

        Parameters
        ----------
        host : numpy.ndarray or object with the buffer protocol or DLPack
            Of `nbytes` bytes, and of the buffer's type or bytes. Any order of elements in memory.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        ValueError
            If `host` is of another size.
        TypeError
            If it holds elements of another type.
        """
        array = interop.source(host, self._layout.data_type, self._layout.nbytes)
        return self._transfer(ffi.from_buffer(array), TO_DEVICE)

    def fill(self, value: Any, dtype: DTypeLike = None) -> Status:
        """Set every element to a value.

        Parameters
        ----------
        value : number or bytes-like
            A number becomes an element of the buffer's type; bytes are repeated as they are.
        dtype : optional
            Type of `value`, where that is to differ from the buffer's.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        OverflowError, TypeError
            If the type cannot hold the value.
        NexusError
            If the buffer's size is no multiple of the pattern's.

        Examples
        --------
        >>> import nexus
        >>> buffer = nexus.create_buffer((2, 2), dtype="int16")
        >>> _ = buffer.fill(-7)
        >>> buffer.numpy().tolist()
        [[-7, -7], [-7, -7]]
        """
        if isinstance(value, (bytes, bytearray, memoryview)):
            pattern = bytes(value)
        else:
            kind = self._layout.data_type if dtype is None else dtypes.resolve(dtype)
            kind = DataType.U8 if kind is _UNDEFINED else kind
            pattern = dtypes.encode(value, kind)
        result = _fill(self._table, self._handle, ffi.from_buffer(pattern), len(pattern))
        if result:
            self._fail(result, "nxsFillBuffer", f"filling {self!r} with {len(pattern)} bytes")
        return _SUCCESS

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return the contents as an array.

        Where host and device share memory it is that very memory, and it stays valid for as long as
        the array exists, also after `close`. Elsewhere it is a copy.

        Returns
        -------
        numpy.ndarray
            Of the buffer's shape and dtype; where NumPy does not have the type, of the elements'
            bits, and flat bytes for types of less than a byte.
        """
        self._require_open("nxsCopyBuffer")
        bits, shape = self._bits()
        if self._address():
            array = np.asarray(self)
        else:
            array = np.empty(shape, bits)
            self._transfer(ffi.from_buffer(array), TO_HOST)
        dtype = self.dtype
        return array if dtype is None or dtype == bits else array.view(dtype)

    def close(self) -> None:
        """Release the buffer now instead of when the last reference to it goes.

        Closing twice does nothing. Its memory stays as long as work that is in flight, or an array
        that `numpy` returned, needs it.
        """
        handle, self._handle = self._handle, CLOSED
        # What an array views is released with the array, which holds this object.
        if handle < 0 or self._viewed >= 0:
            return
        if (result := _release(self._table, handle)) < 0:
            self._not_released(result)

    # The default holds the function: at exit the names of a module may be gone before its objects.
    def __del__(self, release: Callable[..., int] = _release) -> None:
        try:
            handle = self._handle if self._viewed < 0 else self._viewed
        except AttributeError:
            return
        if handle >= 0 and (result := release(self._table, handle)) < 0:
            self._not_released(result)

    @property
    def __array_interface__(self) -> dict[str, Any]:
        self._require_open("nxsGetBufferProperty")
        address = self._address()
        if not address:
            # NumPy then asks __array__ for a copy.
            raise AttributeError("the host cannot read this buffer's memory")
        return self._interface(address)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        array = self.numpy()
        shared = bool(self._address())
        if copy is False and not shared:
            raise ValueError("the host cannot read this buffer's memory, so it has to be copied")
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
        """Hand the contents to another library as a DLPack capsule.

        The memory itself, where the host or DLPack knows its place, else a copy in host memory.
        Work that was run without blocking has to be done before.
        """
        from nexus import dlpack

        self._require_open("nxsCopyBuffer")
        here = self.__dlpack_device__()
        if here != dlpack.HOST and dl_device in (None, here) and not copy:
            view = interop.DeviceView(self, self._interface(self._device_address()))
            array = np.asarray(view)
            return dlpack.write(array, self._layout.data_type, here, max_version=max_version)
        bits, _ = self._bits()
        array = np.asarray(self)
        if array.dtype != bits:
            array = array.view(bits)
        wanted = None if dl_device == here else dl_device
        options: dict[str, Any] = {"max_version": max_version, "dl_device": wanted, "copy": copy}
        return dlpack.write(array, self._layout.data_type, **options)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's kind and number of the device whose memory it is."""
        from nexus import dlpack

        device = self._parent
        own = None if device.unified_memory else dlpack.place(self._plugin.name, device.index)
        return own or dlpack.HOST

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        self._require_open("nxsGetBufferProperty")
        if self._plugin.name != "cuda" or self.dtype is None:
            raise AttributeError("this is no array of a CUDA device with elements that NumPy has")
        # No stream: as for DLPack, the contents are there.
        return {**self._interface(self._device_address()), "stream": None}

    def __repr__(self) -> str:
        state = "closed" if self._handle < 0 else f"{self.nbytes} bytes"
        name = self._layout.data_type.name
        what = "" if name == "Undefined" else f"{name} {self._layout.shape}, "
        return f"<nexus.Buffer on {self._parent!r}: {what}{state}>"

    def _bits(self) -> tuple[np.dtype[Any], tuple[int, ...]]:
        """Return dtype and shape of the array that has this memory."""
        layout = self._layout
        shape = layout.shape if dtypes.bits(layout.data_type) >= 8 else (layout.nbytes,)
        return dtypes.storage(layout.data_type), shape

    def _address(self) -> int:
        """Return where the host finds the memory, 0 where it cannot."""
        if not self._layout.nbytes or not self._parent.unified_memory:
            return 0
        return self._device_address()

    def _device_address(self) -> int:
        """Return where the device finds the memory."""
        address: int = self._query_int(self._table, self._handle, Property.Value)
        return max(address, 0)

    def _interface(self, address: int) -> dict[str, Any]:
        """Return an array interface; the memory then stays for as long as this object."""
        self._viewed = self._handle
        bits, shape = self._bits()
        return {"shape": shape, "typestr": bits.str, "data": (address, False), "version": 3}

    def _transfer(self, pointer: Any, direction: int) -> Status:
        result = _copy(self._table, self._handle, pointer, direction)
        if result:
            self._fail(result, "nxsCopyBuffer")
        return _SUCCESS
