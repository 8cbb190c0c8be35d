"""Arguments of commands: buffers, arrays, numbers and constants."""

from __future__ import annotations

from typing import Any

from nexus import allocation
from nexus._core import Step
from nexus._enums import data_type as DataType
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus._objects.c_text import c_string
from nexus._objects.checked_numbers import described, integer
from nexus._objects.handle import Handle
from nexus.arrays import dtypes
from nexus.arrays.dtypes import DTypeLike
from nexus.arrays.scalars import encode, of_scalar, other_widths
from nexus.buffer import Buffer
from nexus.errors import NexusError
from nexus.kernel import Kernel

_set_buffer, _set_scalar = lib.nxs_SetCommandArgument, lib.nxs_SetCommandScalar
_NULL = ffi.NULL
_SUCCESS = Status.NXS_Success


def _label(name: str) -> Any:
    """Return an argument's name for the plugin; NULL without a name."""
    if not isinstance(name, str):
        raise TypeError(f"expected the name of an argument as a str, got {type(name).__name__}")
    return c_string(name, "utf-8") if name else _NULL


class CommandArguments(Handle, Step):
    """A command whose arguments can be set."""

    __slots__ = ()

    # See `Command`.
    _accepted: tuple[int, ...]
    _buffers: dict[int, Buffer]
    _given: int
    _kernel: Kernel | None

    def set_buffer(self, index: int, buffer: Buffer, name: str = "") -> Status:
        """Set an argument to a buffer.

        Parameters
        ----------
        index : int
            Position of the argument, from 0.
        buffer : nexus.Buffer
            A buffer of the same device.
        name : str
            The argument's name, for people.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        TypeError
            If the kernel declares elements of another type than the buffer has. ``Buffer.view``
            gives the same memory another type.
        NexusError
            If the kernel has no such argument, or it is a scalar.
        InvalidHandleError
            If the buffer is closed or of another device.
        """
        if not isinstance(buffer, Buffer) or buffer._table is not self._table:
            self._require(buffer, Buffer, "nxsSetCommandArgument")
        number = self._checked_index(index, "nxsSetCommandArgument")
        if self._kernel is not None:
            self._kernel._require_element_type(number, buffer._layout.data_type)
        result = _set_buffer(self._table, self._handle, number, buffer._handle, _label(name), 0)
        if result:
            buffer._require_open("nxsSetCommandArgument")
            self._fail(result, "nxsSetCommandArgument", self._about(number))
        self._replace(number, buffer)
        self._given |= 1 << number
        return _SUCCESS

    def set_scalar(self, index: int, value: Any, dtype: DTypeLike = None, name: str = "") -> Status:
        """Set an argument to a value.

        Parameters
        ----------
        index : int
            Position of the argument, from 0.
        value : number
            The value, converted to `dtype`. By default to the type that the kernel declares; where
            that is unknown, to the type of a NumPy scalar, else bool to Bool, int to I32, float to
            F32.
        dtype : optional
            Type of the argument.
        name : str
            The argument's name, for people.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        OverflowError, TypeError
            If the type cannot hold the value, or the kernel declares another type than `dtype`.
        NexusError
            If the kernel has no such argument, or one that is a buffer or of another size.
        """
        number = self._checked_index(index, "nxsSetCommandScalar")
        label = _label(name)
        wanted = None if dtype is None else dtypes.resolve(dtype)
        about = f"argument {number}"
        if self._kernel is not None:
            kind = self._kernel._scalar_type(number, value, wanted)
            about = f"{about} of kernel {self._kernel.name!r}"
        else:
            kind = of_scalar(value, about) if wanted is None else wanted
        result = self._set_encoded(number, value, kind, about, label)
        if result == Status.NXS_InvalidArgSize and wanted is None:
            # The kernel's type is unknown, but not its size: as if it had declared the type.
            for other in other_widths(kind):
                if not (again := self._set_encoded(number, value, other, about, label)):
                    result = again
                    break
        if result:
            self._fail(result, "nxsSetCommandScalar", self._about(number))
        self._replace(number, None)
        self._given |= 1 << number
        return _SUCCESS

    def _replace(self, index: int, buffer: Buffer | None) -> None:
        """Note the buffer that an argument is now; None for a scalar."""
        runs = self._parent._runs
        if runs.shares:
            runs.replace(self._buffers, index, buffer)
        elif buffer is None:
            self._buffers.pop(index, None)
        else:
            self._buffers[index] = buffer

    def _set_encoded(self, index: int, value: Any, kind: DataType, about: str, label: Any) -> int:
        raw = ffi.from_buffer(encode(value, kind, about))
        return int(_set_scalar(self._table, self._handle, index, raw, label, kind))

    def set_const(
        self, index: int, value: Any, name: str = "", data_type: DTypeLike = None
    ) -> Status:
        """Set a constant.

        Parameters
        ----------
        index : int
            Position of the argument, from 0.
        value : number
            The value; see `set_scalar`.
        name : str
            The constant's name. A named constant beyond the arguments that the kernel declares is
            checked, and has no effect: the kernel was compiled for its value.
        data_type : optional
            Type of the value, as the `dtype` of `set_scalar`.

        Examples
        --------
        >>> import nexus
        >>> device = nexus.get_runtime("cpu").get_device(0)
        >>> kernel = device.compile('''
        ... #include <nexus-api/nxs_kernel.h>
        ... NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= 2; }
        ... ''').get_kernel("twice")
        >>> command = device.create_schedule().create_command(kernel)
        >>> command.set_const(1, 64, "BLOCK").name
        'NXS_Success'
        """
        label = _label(name)
        number = self._checked_index(index, "nxsSetCommandScalar")
        beyond = self._accepted and number >= len(self._accepted)
        if label is _NULL or not beyond:
            return self.set_scalar(number, value, data_type, name)
        self._require_open("nxsSetCommandScalar")
        about = f"constant {name!r}"
        kind = of_scalar(value, about) if data_type is None else dtypes.resolve(data_type)
        encode(value, kind, about)
        return _SUCCESS

    def set_arg(
        self, index: int, value: Any, name: str = "", data_type: DTypeLike = None
    ) -> Status:
        """Set an argument to a buffer, to an array in the device's memory, or to a value.

        Parameters
        ----------
        index : int
            Position of the argument, from 0.
        value : nexus.Buffer, array or number
            A buffer as for `set_buffer`; a number as for `set_scalar`; or an array with DLPack or
            the CUDA array interface that lies in memory which the device can use: it is shared,
            not copied, and kept alive for as long as it is an argument.
        name : str
            The argument's name, for people.
        data_type : optional
            Type of a number, as the `dtype` of `set_scalar`.

        Raises
        ------
        TypeError
            If it is an array that would have to be copied, or None: the plugin ABI has no NULL
            pointer as an argument.

        Examples
        --------
        >>> import nexus
        >>> device = nexus.get_runtime("cpu").get_device(0)
        >>> kernel = device.compile('''
        ... #include <nexus-api/nxs_kernel.h>
        ... NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= 2; }
        ... ''').get_kernel("twice")
        >>> schedule, x = device.create_schedule(), np.ones(4, np.float32)
        >>> command = schedule.create_command(kernel)
        >>> _ = command.set_arg(0, x), command.finalize(4, 4), schedule.run()
        >>> x.tolist()
        [2.0, 2.0, 2.0, 2.0]
        """
        if isinstance(value, Buffer):
            return self.set_buffer(index, value, name)
        if hasattr(value, "shape") and value.shape != () and not self._takes_scalar(index):
            return self.set_buffer(index, self._shared(index, value), name)
        if value is None:
            number = self._checked_index(index, "nxsSetCommandArgument")
            raise TypeError(
                f"{self._about(number)} has to be a buffer or a number, got None: the plugin ABI "
                "has no NULL pointer; pass a buffer that the kernel does not use"
            )
        return self.set_scalar(index, value, data_type, name)

    def _takes_scalar(self, index: Any) -> bool:
        """Return whether the kernel declares a scalar at a position."""
        declared = () if self._kernel is None else self._kernel.arguments
        known = isinstance(index, int) and 0 <= index < len(declared)
        return known and declared[index].kind == "scalar"

    def _shared(self, index: int, array: Any) -> Buffer:
        try:
            return allocation.share(self._parent.device, array)
        except (BufferError, ValueError) as error:
            raise TypeError(
                f"argument {index} is a {type(array).__name__} that cannot be used without a copy "
                f"({error}); make a buffer of it with device.create_buffer()"
            ) from error

    def _about(self, index: int) -> str:
        if self._kernel is None:
            return f"argument {index} of {self!r}"
        return self._kernel._describe_argument(index)

    def _checked_index(self, index: Any, function: str) -> int:
        """Return the position of an argument as an int that the ABI can express."""
        number = integer(index, "index", None)
        if not 0 <= number < 2**31:
            raise NexusError(
                f"{described(number)} is out of range for the index of an argument",
                Status.NXS_InvalidArgIndex,
                function,
            )
        return number
