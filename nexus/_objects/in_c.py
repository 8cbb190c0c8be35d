"""Methods that the base type has in C, for classes that write them in Python."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TypeVar

from nexus import _core

# The flag CO_VARARGS of `inspect`, whose import is slow.
_VARARGS = 4
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
    code, defaults = function.__code__, dict(function.__kwdefaults__ or {})
    end = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames[1 : code.co_argcount]
    values = function.__defaults__ or ()
    defaults.update(zip(names[len(names) - len(values) :], values, strict=True))
    texts = ["$self"]
    for place, name in enumerate(code.co_varnames[1:end], 1):
        if place == code.co_argcount:
            texts.append(f"*{code.co_varnames[end] if code.co_flags & _VARARGS else ''}")
        texts.append(f"{name}={defaults[name]!r}" if name in defaults else name)
    return ", ".join(texts)
