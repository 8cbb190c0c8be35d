"""The protocols by which other libraries read the memory of a buffer."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from nexus._core import Memory
from nexus._enums import buffer_transfer as Transfer
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus._objects.checked_numbers import boolean, described, integer
from nexus._objects.handle import CLOSED, Handle
from nexus.arrays import dtypes
from nexus.arrays.layout import HostForm, Layout, host_form
from nexus.arrays.source import HOST, DeviceView

_copy = lib.nxs_CopyBuffer
_SUCCESS = Status.NXS_Success
# For the few lines in which a buffer is pinned or closed. Reentrant, since collected garbage may do
# either on the same thread.
pins = threading.RLock()
TO_HOST, TO_DEVICE = int(Transfer.BufferDeviceToHost), int(Transfer.BufferHostToDevice)


class ExportedMemory(Handle, Memory):
    """A buffer as NumPy, DLPack and the CUDA array interface see it.

    Whoever has the address of the memory pins the buffer before. A pinned buffer that is closed
    refuses calls at once, and its memory is released with its last pin. Arrays pin it for as long
    as this object lives, which they refer to.
    """

    __slots__ = ()

    _layout: Layout
    # How many pins there are, and the handle that they keep.
    _pins: int
    _pinned: int
    # The address, once an array has it; else 0.
    _viewed: int

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """numpy.dtype or None: Type of the elements; None where NumPy lacks it, and for bytes."""
        return dtypes.native(self._layout.data_type)

    @property
    def numel(self) -> int:
        """int: Number of elements; of bytes where the element type is Undefined."""
        return math.prod(self._layout.shape)

    @property
    def element_size(self) -> int:
        """int: Size of an element in bytes.

        Raises
        ------
        TypeError
            If two elements lie in a byte.
        """
        width = dtypes.bits(self._layout.data_type)
        if width < 8:
            raise TypeError(
                f"an element of {self._layout.data_type.name} has {width} bits, which is no whole "
                "number of bytes; nbytes is the size of them all"
            )
        return width // 8

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
        address = self._view()
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
        address = self._view()
        if not address:
            # NumPy then calls __array__ for a copy.
            raise AttributeError("the host cannot read this buffer's memory")
        return self._interface(address, host_form(self._layout))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if copy is not None:
            copy = boolean(copy, "copy")
        array = self.numpy()
        # What another package added to NumPy is a view of the bits.
        own = array.base is None or array.flags.owndata
        shared = not own and self._viewed > 0 and self._parent.unified_memory
        if copy is False and not shared:
            raise ValueError("the host cannot read this buffer's memory; leave out copy=False")
        wanted = array.dtype if dtype is None else np.dtype(dtype)
        if array.dtype != wanted:
            if copy is False:
                raise ValueError(f"{array.dtype} cannot become {wanted} without a copy")
            return array.astype(wanted)
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

        Parameters
        ----------
        stream : optional
            Taken as the protocol wants it, and not used: work on a device's own memory that was
            run without blocking has to end before.
        max_version : tuple of int, optional
            Newest version of DLPack that the consumer reads.
        dl_device : tuple of int, optional
            DLPack's kind and number of the device whose memory is wanted: that of the buffer, or
            ``(1, 0)`` for the host. By default that of the buffer.
        copy : bool, optional
            Whether to copy, within the memory that is wanted. By default only where the host is
            wanted and cannot read the buffer's memory.

        Raises
        ------
        BufferError
            If `copy` is False and a copy is needed, the memory of another device is wanted, or
            DLPack lacks the type.
        """
        from nexus.arrays import dlpack

        self._require_open("nxsCopyBuffer")
        here = self.__dlpack_device__()
        wanted = here if dl_device is None else _pair(dl_device, "dl_device")
        if max_version is not None:
            max_version = _pair(max_version, "max_version")
        if copy is not None:
            copy = boolean(copy, "copy")
        layout, form = self._layout, host_form(self._layout)
        if wanted not in (here, HOST):
            raise BufferError(f"the buffer lies on DLPack device {here}; it cannot go to {wanted}")
        if wanted != HOST:
            source = self._parent.copy_buffer(self) if copy else self
            view = DeviceView(source, source._interface(source._device_view(), form))
            return dlpack.write(np.asarray(view), layout.data_type, here, max_version, bool(copy))
        shared = self._view() > 0
        if copy is False and not shared and form.nbytes:
            raise BufferError("the host cannot read this buffer's memory; leave out copy=False")
        array = np.asarray(self)
        if array.dtype != form.bits:
            array = array.view(form.bits)
        if copy and shared:
            array = array.copy()
        copied = bool(copy) or not shared
        return dlpack.write(array, layout.data_type, HOST, max_version, copied)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's kind and number of the device that has the memory."""
        device = self._parent
        if device.unified_memory:
            return HOST
        from nexus.arrays import dlpack

        return dlpack.place(self._plugin.name, device.index) or HOST

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        from nexus.arrays import dlpack

        self._require_open("nxsGetBufferProperty")
        if not dlpack.has_cuda_array_interface(self._plugin.name) or self.dtype is None:
            raise AttributeError(
                "only buffers on devices of CUDA and HIP, of types that NumPy has, have this"
            )
        # No stream: work has to end before, as for DLPack.
        interface = self._interface(self._device_view(), host_form(self._layout))
        return {**interface, "stream": None}

    def _view(self) -> int:
        """Return the address for an array of the host; 0 where the host cannot read the memory.

        Waits for submitted work that uses the buffer.
        """
        if not self._parent.unified_memory or not host_form(self._layout).nbytes:
            return 0
        address = self._viewed or self._device_view()
        if address:
            self._await_work(address)
        return address

    def _device_view(self) -> int:
        """Return the address for an array of the device; 0 where it is unknown."""
        if not self._viewed:
            handle = self.pin()
            address = self._address(handle)
            if address:
                # Never unpinned: the array refers to this object, whose end releases the memory.
                self._viewed = address
            else:
                self.unpin()
        return self._viewed

    def pin(self) -> int:
        """Have `close` keep the memory until `unpin`, and return the handle."""
        # First, so that a thread which closes the buffer meanwhile looks at the pins.
        self._unusual = True
        with pins:
            if self._handle >= 0:
                self._pins += 1
                self._pinned = self._handle
                return self._handle
        self._require_open("nxsGetBufferProperty")
        raise AssertionError  # A closed buffer is never open again.

    def unpin(self) -> None:
        """Undo a `pin`: the last one releases the memory of a buffer that has been closed."""
        with pins:
            self._pins -= 1
            if self._pins or self._handle >= 0:
                return
            handle, self._pinned = self._pinned, CLOSED
        self._release_handle(handle)

    def readable_by(self, device: Any) -> int:
        """Return an address at which a device reads the memory of a pinned buffer; 0 for none."""
        own, runtime = self._parent, device.runtime
        one_space = own.runtime is runtime and runtime.unified_memory
        if not host_form(self._layout).nbytes or not (own.unified_memory or one_space):
            return 0
        address = self._address(self._pinned)
        if address:
            self._await_work(address)
        return address

    def _address(self, handle: int) -> int:
        address: int = self._query_int(self._table, handle, Property.Value)
        return max(address, 0)

    def _await_work(self, address: int) -> None:
        """Wait for submitted work that uses a pinned buffer, where the plugin can."""
        if not self._parent._runs.copies_wait:
            return
        # A copy onto itself: the plugin waits for the work, and copies nothing.
        result = _copy(self._table, self._pinned, ffi.cast("void *", address), TO_HOST)
        if result:
            self._fail(result, "nxsCopyBuffer")

    def _interface(self, address: int, form: HostForm) -> dict[str, Any]:
        """Return an array interface of memory that is pinned."""
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


def _pair(value: Any, name: str) -> tuple[int, int]:
    """Return an argument of DLPack that is a tuple of two integers."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name} has to be a tuple of two int, got {described(value)}")
    return integer(value[0], name), integer(value[1], name)
