"""Buffers: memory of a device, with a shape and an element type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nexus._core import KINDS
from nexus._enums import data_type as DataType
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus._objects.in_c import in_c
from nexus.arrays import dtypes
from nexus.arrays.dtypes import DTypeLike
from nexus.arrays.exported_memory import TO_DEVICE, TO_HOST, ExportedMemory, pins
from nexus.arrays.layout import Layout, reinterpret
from nexus.arrays.matching import destination, source
from nexus.arrays.scalars import encode
from nexus.arrays.source import Source
from nexus.errors import NotSupportedError

_fill, _release = lib.nxs_FillBuffer, lib.nxs_ReleaseBuffer
_SUCCESS = Status.NXS_Success
_UNDEFINED = DataType.Undefined


@in_c("close")
class Buffer(ExportedMemory):
    """Memory of a device; created by ``Device.create_buffer``.

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

    __slots__ = ()

    _instead = (
        "its contents can, with device.create_buffer(buffer) to another buffer or with "
        "buffer.numpy() to an array"
    )
    _kind = KINDS["Buffer"]
    _release = _release
    _invalid = Status.NXS_InvalidBuffer
    _query = lib.nxs_GetBufferProperty
    _query_int = lib.nxs_GetBufferProperty_int
    _query_name = "nxsGetBufferProperty"

    def __init__(
        self,
        device: Any,
        handle: int,
        layout: Layout,
        shared: Source | None = None,
        base: Buffer | None = None,
    ) -> None:
        self._bind(device, handle, self._kind)
        self._layout = layout
        # Memory of another owner, which has to outlive the buffer and all runs that use it.
        self._shared = shared
        # The buffer that this is a view of, pinned: it releases the handle that both use.
        self._base = base
        self._unusual = base is not None
        if shared is not None:
            device._share()

    @property
    def device(self) -> Any:
        """nexus.Device: The device this buffer lives on."""
        return self._parent

    @property
    def layout(self) -> Layout:
        """nexus.Layout: Shape and element type."""
        return self._layout

    @property
    def shape(self) -> tuple[int, ...]:
        """Elements along each dimension, the outermost first."""
        return self._layout.shape

    @property
    def nbytes(self) -> int:
        """int: Size in bytes."""
        return self._layout.nbytes

    size_bytes = nbytes

    @property
    def data_type(self) -> DataType:
        """nexus.data_type: Type of the elements; Undefined for plain bytes."""
        return self._layout.data_type

    def data_ptr(self) -> int:
        """Return the address of the first element, in the memory of the buffer's device.

        The address is valid for as long as this object exists, also after `close`. On devices with
        `unified_memory` the host may read it too.

        Raises
        ------
        InvalidHandleError
            If the buffer is closed.
        NotSupportedError
            If the plugin does not tell addresses.

        Examples
        --------
        >>> import nexus
        >>> buffer = nexus.create_buffer(np.ones(4, np.float32))
        >>> buffer.data_ptr() == buffer.numpy().ctypes.data
        True
        """
        self._require_open("nxsGetBufferProperty")
        address = self._device_view()
        if not address and self.nbytes:
            raise NotSupportedError(
                f"the plugin does not tell the address of {self!r}; numpy() returns the contents",
                Status.NXS_InvalidProperty,
                "nxsGetBufferProperty",
            )
        return address

    def view(self, dtype: DTypeLike) -> Buffer:
        """Return a buffer with the same memory and another element type.

        Nothing is copied or converted: the same bytes are read as elements of `dtype`, of which
        the last dimension then has more or fewer. Closing either buffer leaves the other usable;
        the memory is released with the last.

        Parameters
        ----------
        dtype : str, numpy.dtype or nexus.data_type
            Type of the elements; ``'Undefined'`` for plain bytes, which are flat.

        Raises
        ------
        ValueError
            If the bytes along the last dimension are not a whole number of elements.
        InvalidHandleError
            If the buffer is closed.

        Examples
        --------
        >>> import nexus
        >>> buffer = nexus.create_buffer(np.array([[1.0, -1.0]], dtype=np.float32))
        >>> bits = buffer.view("uint32")
        >>> [hex(word) for word in bits.numpy()[0]]
        ['0x3f800000', '0xbf800000']
        >>> buffer.view("uint16").shape
        (1, 4)
        """
        layout = reinterpret(self._layout, dtypes.resolve(dtype))
        return Buffer(self._parent, self.pin(), layout, self._shared, base=self)

    def copy(self, host: Any) -> Status:
        """Copy the buffer's contents to host memory, after all submitted work that uses it.

        Parameters
        ----------
        host : numpy.ndarray or object with the buffer protocol or DLPack
            Receives the contents: writable, C-contiguous, of `nbytes` bytes, with elements of the
            buffer's type or bytes.

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
        found = destination(host, self._layout)
        return self._transfer(found.pointer, TO_HOST)

    def copy_from(self, host: Any) -> Status:
        """Overwrite the buffer's contents, after all submitted work that uses it.

        Parameters
        ----------
        host : numpy.ndarray or object with the buffer protocol or DLPack
            The new contents: `nbytes` bytes, with elements of the buffer's type or bytes, in any
            memory order.

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
        found = source(host, self._layout)
        return self._transfer(found.pointer, TO_DEVICE)

    def fill(self, value: Any, dtype: DTypeLike = None) -> Status:
        """Set every element to a value, after all submitted work that uses the buffer.

        Parameters
        ----------
        value : number or bytes-like
            A number becomes an element of the buffer's type; bytes are repeated as they are.
        dtype : optional
            Type of `value`; by default that of the buffer.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        OverflowError, TypeError
            If the type cannot hold the value.
        NexusError
            If the buffer's size is not a multiple of the pattern's.

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
            pattern = encode(value, kind)
        result = _fill(self._table, self._handle, ffi.from_buffer(pattern), len(pattern))
        if result:
            self._fail(result, "nxsFillBuffer", f"filling {self!r} with {len(pattern)} bytes")
        return _SUCCESS

    def close(self) -> None:
        """Release the buffer now, not with the last reference to it.

        Closing twice does nothing. The memory stays for as long as work in flight, or an array that
        `numpy` returned, uses it.
        """
        with pins:
            handle = self._take_handle()
            if handle < 0 or self._pins:
                return
        self._release_handle(handle)

    def _release_handle(self, handle: int) -> None:
        if self._base is None:
            super()._release_handle(handle)
        else:
            self._base.unpin()

    # A default argument, since at exit a module's names may be gone before its objects.
    def _drop(self, release: Callable[..., int] = _release) -> None:
        """Release what a view, or a buffer that has been pinned, still holds."""
        handle = self._pinned if self._pins else self._handle
        if self._base is not None:
            if handle >= 0:
                self._base.unpin()
        elif handle >= 0 and (result := release(self._table, handle)) < 0:
            self._not_released(result)

    def __repr__(self) -> str:
        state = "closed" if self._handle < 0 else f"{self.nbytes} bytes"
        name = self._layout.data_type.name
        what = "" if name == "Undefined" else f"{name} {self._layout.shape}, "
        return f"<nexus.Buffer on {self._parent!r}: {what}{state}>"
