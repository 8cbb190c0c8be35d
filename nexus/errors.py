"""Exceptions, and the conversion of a plugin's status to one of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, Protocol

from nexus._core import Failure, configure_errors
from nexus._enums import status as Status
from nexus._ffi import lib

ABSENT: int = lib.NXS_ABSENT
# Of the class that keeps the arguments of every exception.
_ARGS: Any = BaseException.args
_BY_NUMBER: dict[int, Status] = {int(member): member for member in Status}


class PluginWarning(UserWarning):
    """A plugin cannot be used and is skipped, or it can and reports a problem."""


class NexusError(RuntimeError):
    """A call into a plugin failed.

    Attributes
    ----------
    status : nexus.status or int
        Status that the plugin returned; an int if these headers do not define it.
    function : str
        Name of the C function that failed, such as ``"nxsCreateBuffer"``.
    """

    def __init__(
        self,
        message: str | Callable[[], str],
        status: int = Status.NXS_InvalidValue,
        function: str = "",
    ):
        # A message that takes long is made when it is read: programs catch many errors unread.
        super().__init__(message)
        self.status: Status | int = _BY_NUMBER.get(status, status)
        self.function = function

    def __getattr__(self, name: str) -> Any:
        # C raises an error without a call of __init__.
        args = _ARGS.__get__(self)
        if name in ("status", "function") and args and isinstance(args[0], Failure):
            number = args[0].status
            return _BY_NUMBER.get(number, number) if name == "status" else args[0].function
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self
        )

    def _read(self) -> None:
        """Write the message, and set the attributes of an error that C has raised."""
        first, *others = _ARGS.__get__(self) or ("",)
        if isinstance(first, Failure):
            fields = self.__dict__
            fields.setdefault("status", self.status)
            fields.setdefault("function", self.function)
            _ARGS.__set__(self, (_message_of(first),))
        elif callable(first):
            _ARGS.__set__(self, (first(), *others))

    @property
    def args(self) -> tuple[Any, ...]:
        """tuple: The message."""
        self._read()
        args: tuple[Any, ...] = _ARGS.__get__(self)
        return args

    @args.setter
    def args(self, args: tuple[Any, ...]) -> None:
        _ARGS.__set__(self, args)

    def __str__(self) -> str:
        self._read()
        return RuntimeError.__str__(self)

    def __repr__(self) -> str:
        self._read()
        return super().__repr__()

    def __reduce__(self) -> str | tuple[Any, ...]:
        self._read()
        return super().__reduce__()


class OutOfMemoryError(NexusError, MemoryError):
    """The memory of the device or of the host ran out."""


class InvalidHandleError(NexusError):
    """An object is closed, or belongs to another runtime or device."""


class PropertyNotFoundError(NexusError, KeyError):
    """The property does not exist, or this object does not have it."""

    # KeyError would put the message in quotation marks.
    __str__ = NexusError.__str__


class PropertyTypeError(NexusError, TypeError):
    """A property was requested as another type than its own."""


class LibraryError(NexusError):
    """A kernel library could not be built or loaded, or lacks a kernel.

    Attributes
    ----------
    log : str
        Output of the compiler or the loader; may be empty.
    """

    log: str = ""


class CompilerNotAvailableError(LibraryError):
    """The source needs a compiler that is not installed."""


class NotSupportedError(NexusError, NotImplementedError):
    """The plugin lacks a function that the operation needs."""


class NotFoundError(NexusError, LookupError):
    """No runtime, device, record or library has that name or kind."""


class DeviceIndexError(NotFoundError, IndexError):
    """A runtime has no device with that index."""


class DocumentError(NexusError):
    """A JSON file cannot be used.

    Attributes
    ----------
    file : str
        Path of the file.
    place : str
        Position in the file: ``"line 3, column 7"``, or a JSON path such as
        ``"$.Limits.MaxGridSize"``; empty for the whole file.
    reason : str
        What is wrong at that position.
    """

    def __init__(self, file: str, place: str, reason: str) -> None:
        super().__init__(f"{file}: {place}: {reason}" if place else f"{file}: {reason}")
        self.file = file
        self.place = place
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), (self.file, self.place, self.reason)


class RecordError(DocumentError):
    """A record of the device database cannot be used."""


class CatalogError(DocumentError):
    """A catalog of kernel libraries, or a file it refers to, cannot be used."""


class DeviceNotAvailableError(NexusError):
    """The device is lost, or this process is a fork of one that used it."""


class WaitTimeoutError(NexusError, TimeoutError):
    """A wait ended at its timeout."""


_CLASSES: dict[int, type[NexusError]] = {
    ABSENT: NotSupportedError,
    Status.NXS_DeviceNotFound: NotFoundError,
    Status.NXS_DeviceNotAvailable: DeviceNotAvailableError,
    Status.NXS_CompilerNotAvailable: CompilerNotAvailableError,
    Status.NXS_LinkerNotAvailable: CompilerNotAvailableError,
    Status.NXS_MemObjectAllocationFailure: OutOfMemoryError,
    Status.NXS_OutOfHostMemory: OutOfMemoryError,
    Status.NXS_BuildProgramFailure: LibraryError,
    Status.NXS_CompileProgramFailure: LibraryError,
    Status.NXS_LinkProgramFailure: LibraryError,
    Status.NXS_InvalidBinary: LibraryError,
    Status.NXS_InvalidKernelName: LibraryError,
    Status.NXS_ProfilingInfoNotAvailable: PropertyNotFoundError,
    Status.NXS_InvalidProperty: PropertyNotFoundError,
    Status.NXS_InvalidObject: InvalidHandleError,
    Status.NXS_InvalidBuffer: InvalidHandleError,
    Status.NXS_InvalidCommand: InvalidHandleError,
    Status.NXS_InvalidDevice: InvalidHandleError,
    Status.NXS_InvalidEvent: InvalidHandleError,
    Status.NXS_InvalidKernel: InvalidHandleError,
    Status.NXS_InvalidLibrary: InvalidHandleError,
    Status.NXS_InvalidRuntime: InvalidHandleError,
    Status.NXS_InvalidSchedule: InvalidHandleError,
    Status.NXS_InvalidStream: InvalidHandleError,
    Status.NXS_Timeout: WaitTimeoutError,
}
# From a run the status means that a command of the schedule is not finalized.
_CLASSES_OF_RUN = {**_CLASSES, Status.NXS_InvalidCommand: NexusError}
# What C raises; errors with a log are left to `fail`.
_RAISED_IN_C = {
    int(number): None if issubclass(cls, LibraryError) else cls
    for number, cls in _CLASSES_OF_RUN.items()
}
configure_errors(_RAISED_IN_C, NexusError)


class Caller(Protocol):
    """The part of a plugin that error messages need."""

    table: Any

    def absence(self, function: str) -> str: ...
    def last_error(self) -> str: ...


def fail(
    plugin: Caller,
    result: int,
    function: str,
    about: str = "",
    default: type[NexusError] = NexusError,
) -> NoReturn:
    """Raise the exception for a status.

    Parameters
    ----------
    plugin : Plugin
        The plugin that was called; its last error message is appended.
    result : int
        Negative status that the C function returned.
    function : str
        Name of the C function, such as ``"nxsCreateBuffer"``.
    about : str
        What was requested; the message begins with it.
    default : type
        Class for statuses without a class of their own.

    Raises
    ------
    NexusError
        Or the subclass for the status.
    """
    raise _failure(plugin, result, function, about, default)


def _failure(
    plugin: Caller, result: int, function: str, about: str, default: type[NexusError]
) -> NexusError:
    # Built in a frame of its own: a frame that held and raised it would be a reference cycle.
    said = plugin.last_error() if result != ABSENT else ""
    classes = _CLASSES_OF_RUN if function == "nxsRunSchedule" else _CLASSES
    message = partial(_text, plugin, result, function, about, said)
    error: NexusError = classes.get(result, default)(message, result, function)
    if isinstance(error, LibraryError):
        error.log = said
    return error


def _message_of(failure: Failure) -> str:
    """Return the message of an error that C has raised."""
    plugin = failure.device._plugin
    about = failure.kind._described(plugin.name, failure.handle)
    said = failure.said.decode("utf-8", "replace").rstrip()
    return _text(plugin, failure.status, failure.function, about, said)


def _text(plugin: Caller, result: int, function: str, about: str, said: str) -> str:
    prefix = f"{about}: " if about else ""
    if result == ABSENT:
        return f"{prefix}{plugin.absence(function)}"
    known = _BY_NUMBER.get(result)
    what = f"{known.name}: {known.__doc__}" if known is not None else f"unknown status {result}"
    text = f"{prefix}{function} returned {what}"
    return f"{text}\n{said}" if said else text
