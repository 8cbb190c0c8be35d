"""Methods that the base type has in C, for classes that write them in Python."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

from nexus import _core

# The flag CO_VARARGS of `inspect`, whose import is slow.
_VARARGS = 4
_C = TypeVar("_C", bound=type[_core.Object])


def in_c(*names: str) -> Callable[[_C], _C]:
    """Return a class decorator that has methods of a class run in C.

    The C method takes the usual arguments. For all others it calls the Python method, which stays
    as ``_python_NAME``, and whose docstring and parameters it shows. A class with a ``__call__`` in
    C is made anew, so that its objects are called without a tuple and a dict of the arguments.

    Parameters
    ----------
    *names : str
        Names of the methods.
    """

    def install(cls: _C) -> _C:
        functions = {name: getattr(cls, name) for name in names}
        if "__call__" in functions:
            cls = _callable_class(cls)
        for name, function in functions.items():
            signature = f"{name}({_parameters(function)})\n--\n\n{function.__doc__ or ''}"
            _core.install(cls, name, function, signature.encode())
        return cls

    return install


def _callable_class(cls: _C) -> _C:
    """Return a class with the bases and the contents of another, but for its ``__call__``.

    No method of it may use ``super()`` without arguments, which would mean the other class.
    """
    name = f"{cls.__module__}.{cls.__qualname__}"
    made: Any = _core.make_callable_class(name.encode(), cls.__bases__)
    for key, value in vars(cls).items():
        if "__class__" in getattr(getattr(value, "__code__", None), "co_freevars", ()):
            raise TypeError(f"{name}.{key} uses super() without arguments, or __class__")
        if key not in ("__call__", "__dict__", "__weakref__"):
            setattr(made, key, value)
    return cast("_C", made)


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
