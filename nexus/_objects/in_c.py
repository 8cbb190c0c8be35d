"""Methods that the base type has in C, for classes that write them in Python."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TypeVar

from nexus import _core

_C = TypeVar("_C", bound=type[_core.Object])


def in_c(*names: str) -> Callable[[_C], _C]:
    """Return a class decorator that has methods of a class run in C.

    The C method takes the usual arguments. For all others it calls the Python method, which stays
    as ``_python_NAME``, and whose docstring and parameters it shows.

    Parameters
    ----------
    *names : str
        Names of the methods.
    """

    def install(cls: _C) -> _C:
        for name in names:
            function = getattr(cls, name)
            signature = f"{name}({_parameters(function)})\n--\n\n{function.__doc__ or ''}"
            _core.install(cls, name, function, signature.encode())
        return cls

    return install


def _parameters(function: FunctionType) -> str:
    """Return the parameters as `inspect.signature` reads them from a C method's docstring."""
    code, defaults = function.__code__, function.__defaults__ or ()
    first = code.co_argcount - len(defaults)
    names = ["$self", *code.co_varnames[1 : code.co_argcount]]
    return ", ".join([*names[:first], *map("{}={!r}".format, names[first:], defaults)])
