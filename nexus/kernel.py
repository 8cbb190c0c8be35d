"""Kernels: functions that run once per item of a grid."""

from __future__ import annotations

import struct
from typing import Any, NoReturn

import numpy as np

from nexus._core import KINDS, Function, configure_launches
from nexus._enums import KERNEL_MAX_ARGS
from nexus._enums import data_type as DataType
from nexus._enums import execution_settings as Settings
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus._objects.handle import Handle
from nexus._objects.in_c import in_c
from nexus._objects.work_size import split_grid
from nexus.arrays import dtypes
from nexus.arrays.scalars import encode, of_scalar
from nexus.buffer import Buffer
from nexus.errors import ABSENT, PropertyNotFoundError
from nexus.kernel_argument import KINDS_BY_NUMBER, KernelArgument, accepted_types
from nexus.properties import Properties
from nexus.stream import Stream

_NULL = ffi.NULL
_NON_BLOCKING = int(Settings.NonBlocking)
_DEFAULT_STREAM = -1
_SUCCESS = Status.NXS_Success
# The classes of NumPy's numbers that Python's numbers can express, and their kinds.
_NUMPY_KINDS: dict[type, str] = {
    np.dtype(code).type: np.dtype(code).kind for code in "?bhilqBHILQefd"
}
_NUMBERS = frozenset((int, float, bool, *_NUMPY_KINDS))

configure_launches(Stream, _NUMPY_KINDS)


@in_c("__call__")
class Kernel(Handle, Function):
    """A function that runs once per item of a grid; created by ``Library.get_kernel``.

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

    __slots__ = ()

    _arguments: tuple[KernelArgument, ...] | None
    _accepted: tuple[int, ...] | None
    # The indexes that the kernel skips, one bit each.
    _absent: int
    # What each argument may be, once that is known, for calls in C: see `_element_types`.
    _in_c: bytes | None

    _instead = "pass on the kernel itself, or get it from its library again with get_kernel()"
    _kind = KINDS["Kernel"]
    _release = lib.nxs_ReleaseKernel
    _invalid = Status.NXS_InvalidKernel
    _query = lib.nxs_GetKernelProperty
    _query_int = lib.nxs_GetKernelProperty_int
    _query_name = "nxsGetKernelProperty"

    def __init__(self, library: Any, handle: int, name: str) -> None:
        Handle.__init__(self, library, handle)
        self._name = name

    @property
    def name(self) -> str:
        """str: The kernel's name in its library."""
        return self._name

    def get_info(self) -> Properties:
        """Return all properties of the kernel.

        Returns
        -------
        nexus.Properties
            What the plugin answers, by name.

        Examples
        --------
        >>> import nexus
        >>> library = nexus.get_runtime("cpu").get_device(0).compile('''
        ... #include <nexus-api/nxs_kernel.h>
        ... NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= 2; }
        ... ''')
        >>> library.get_kernel("twice").get_info()["Name"]
        'twice'
        """
        return Properties(self.properties())

    @property
    def device(self) -> Any:
        """nexus.Device: The device this kernel runs on."""
        return self._parent.device

    @property
    def arguments(self) -> tuple[KernelArgument, ...]:
        """The arguments that the kernel declares; empty where the plugin does not know them."""
        if self._arguments is None:
            self._arguments = self._declared()
        return self._arguments

    @property
    def argument_names(self) -> tuple[str, ...]:
        """Names of the arguments, an empty text for each unknown one.

        Empty where the plugin does not know the arguments.

        Examples
        --------
        >>> import nexus
        >>> library = nexus.get_runtime("cpu").get_device(0).compile('''
        ... #include <nexus-api/nxs_kernel.h>
        ... NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= 2; }
        ... ''')
        >>> library.get_kernel("twice").argument_names
        ('x',)
        """
        try:
            raw = self._raw(Property.ArgumentNames, exact=True)
        except PropertyNotFoundError:
            return ()
        # Each name ends with a NUL, and one more ends the list; a name may be empty.
        return tuple(name.decode("utf-8", "replace") for name in raw.split(b"\0")[:-2])

    def _declared(self) -> tuple[KernelArgument, ...]:
        try:
            kinds = self.get_property_int_vec(Property.Arguments)
            names = self.get_property_str_vec(Property.DataTypes)
        except PropertyNotFoundError:
            return ()
        types = [DataType[name] if name in DataType.__members__ else DataType(0) for name in names]
        types += [DataType.Undefined] * (len(kinds) - len(types))
        return tuple(
            KernelArgument(KINDS_BY_NUMBER.get(kind, "?"), data_type)
            for kind, data_type in zip(kinds, types, strict=False)
        )

    def _element_types(self) -> tuple[int, ...]:
        """Return the element types that a buffer for each argument may have, as bits by number.

        All bits are set where the plugin does not know the type, or the argument is a scalar.
        """
        if self._accepted is None:
            self._accepted = tuple(map(accepted_types, self.arguments))
            kinds = enumerate(argument.kind for argument in self.arguments)
            self._absent = sum(1 << index for index, kind in kinds if kind == "none")
            if self._accepted and not self._absent:
                self._in_c = b"".join(
                    struct.pack("=QQ", accepted % 2**64, _scalar_of(argument))
                    for accepted, argument in zip(self._accepted, self.arguments, strict=True)
                )
        return self._accepted

    def _describe_argument(self, index: int) -> str:
        """Return an argument's position, its name where that is known, and the kernel's name."""
        names = () if self.closed else self.argument_names
        name = f" {names[index]!r}" if 0 <= index < len(names) and names[index] else ""
        return f"argument {index}{name} of kernel {self._name!r}"

    def _require_element_type(self, index: int, own: DataType) -> None:
        """Raise TypeError unless a buffer of a type can be an argument."""
        accepted = self._element_types()
        if 0 <= index < len(accepted) and not accepted[index] >> own & 1:
            declared = self.arguments[index].data_type.name
            raise TypeError(
                f"{self._describe_argument(index)} has elements of {declared}, but the buffer has "
                f"elements of {own.name}; convert the contents before with astype(), or pass "
                f"buffer.view({declared!r}) to use the same bytes as {declared}"
            )

    def _scalar_type(self, index: int, value: Any, wanted: DataType | None) -> DataType:
        """Return the type to convert a scalar to: the declared one, else that of the value.

        Raises
        ------
        TypeError
            If the caller wants another type than the kernel declares.
        """
        declared = self.arguments
        kind = DataType.Undefined
        if 0 <= index < len(declared) and declared[index].kind.endswith("scalar"):
            kind = declared[index].data_type
        if wanted is not None:
            if not dtypes.bit_compatible(wanted, kind):
                raise TypeError(
                    f"{self._describe_argument(index)} is {kind.name}, but dtype= says "
                    f"{wanted.name}; leave out dtype= to have the value converted"
                )
            return wanted
        if kind is not DataType.Undefined:
            return kind
        return of_scalar(value, self._describe_argument(index))

    def _plain_arguments(self, values: tuple[Any, ...]) -> list[tuple[Any, int, int]] | None:
        """Return arguments for ``nxs_Launch``; None if they are not of the usual kinds.

        The usual kinds are open buffers of the declared types, and numbers of Python and NumPy for
        scalars of a declared type, one for each declared argument.
        """
        accepted = self._accepted or self._element_types()
        count = len(values)
        if self._absent or count > KERNEL_MAX_ARGS:
            return None
        if accepted and count != len(accepted):
            return None
        table, plain = self._table, []
        for index, value in enumerate(values):
            if value.__class__ is Buffer:
                handle = value._handle
                known = accepted[index] >> value._layout[1] & 1 if accepted else 1
                if handle < 0 or value._table is not table or not known:
                    return None
                plain.append((_NULL, handle, 0))
            elif value.__class__ in _NUMBERS and accepted:
                data_type = _scalar_of(self.arguments[index])
                if data_type is DataType.Undefined:
                    return None
                name = f"argument {index} of kernel {self._name!r}"
                raw = ffi.from_buffer(encode(value, data_type, name))
                plain.append((raw, -1, data_type))
            else:
                return None
        return plain

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
            The kernel's arguments, in order.
        group_size, grid_size : int or sequence of 1 to 3 int
            Work-items per group, and in all, along each dimension.
        shared_memory_size : int
            Bytes that the items of a group share, in addition to what the kernel declares.
        stream : nexus.Stream, optional
            Stream to run on; by default that of the device.
        blocking : bool
            Whether to wait for the end of the run.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        TypeError
            If a buffer's elements are not of the type that the kernel declares, or an argument is
            neither a buffer nor a number.
        ValueError
            If a grid size is not a multiple of the group size.
        NexusError
            If the arguments do not match the kernel, or it fails.
        """
        # Runs that use shared host memory are counted, which needs a schedule.
        usual = (blocking is True or blocking is False) and not self._parent._parent._runs.shares
        plain = self._plain_arguments(args) if usual else None
        if plain is not None:
            group, groups, shared = split_grid(group_size, grid_size, shared_memory_size)
            on = _DEFAULT_STREAM
            if stream is not None:
                self._require(stream, Stream, "nxsLaunch")
                on = stream._handle
            array = ffi.new("nxs_launch_argument[]", plain)
            launch = ffi.new("nxs_launch *", (groups, group, shared, len(plain), array))
            settings = 0 if blocking else _NON_BLOCKING
            result = lib.nxs_Launch(self._table, self._handle, on, launch, settings)
            if not result:
                return _SUCCESS
            if result != ABSENT:
                self._launch_failed(result, group, grid_size)
        # By a schedule, which takes any arguments, and says what is wrong with one.
        schedule = self._parent._parent.create_schedule()
        try:
            command = schedule._append(self)
            command._set_args(args)
            command.finalize(group_size, grid_size, shared_memory_size)
            status: Status = schedule.run(stream, blocking)
            return status
        finally:
            schedule._end()

    def _launch_failed(self, result: int, group: tuple[int, int, int], items: Any) -> NoReturn:
        about = f"kernel {self._name!r}, groups of {group} items in a grid of {items} items"
        self._fail(result, "nxsLaunch", about)

    def __repr__(self) -> str:
        state = ", closed" if self._handle < 0 else ""
        return f"<nexus.Kernel {self._name!r} of {self._plugin.name}{state}>"


def _scalar_of(argument: KernelArgument) -> DataType:
    """Return the type that an argument has as a scalar; Undefined if it is none."""
    return argument.data_type if argument.kind.endswith("scalar") else DataType.Undefined
