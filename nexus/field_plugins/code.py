"""C functions that call Python, of the types that the functions of a plugin have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cffi import FFI

from nexus._ffi import ffi, lib
from nexus.errors import ABSENT

# The functions that take structs by value, which callbacks of a compiled module cannot.
_BY_VALUE = {
    "nxsCreateBuffer": "int32_t(int32_t, nxs_buffer_layout, void *, uint32_t)",
    "nxsFinalizeCommand": "int32_t(int32_t, nxs_dim3, nxs_dim3, uint32_t)",
}
_STRUCTS = ("nxs_dim3", "nxs_buffer_layout")


def code_of(name: str, function: Callable[..., int]) -> Any:
    """Return a C function; it has to be referenced for as long as it can be called.

    Parameters
    ----------
    name : str
        The function whose type it has, such as ``"nxsCreateBuffer"``.
    function : callable
        What it calls. It gets a pointer for each struct, as the functions of ``lib`` do.
    """
    if name not in _BY_VALUE:
        # Without the table, the first parameter of the functions that this package calls.
        kind = ffi.typeof(getattr(lib, name.replace("nxs", "nxs_", 1)))
        parameters = ", ".join(parameter.cname for parameter in kind.args[1:])
        return ffi.callback(f"{kind.result.cname}(*)({parameters})", function, error=ABSENT)

    def call(*arguments: Any) -> int:
        return function(*map(_native, arguments))

    return _ffi().callback(_BY_VALUE[name], call, error=ABSENT)


def address_of(code: Any) -> Any:
    """Return a function as the compiled module passes it on."""
    return ffi.cast("void *", int(_ffi().cast("uintptr_t", code)))


_made: list[FFI] = []


def _ffi() -> FFI:
    """Return an interpreter of declarations, made from those of the compiled module."""
    if not _made:
        made = FFI()
        for struct in _STRUCTS:
            fields = ffi.typeof(struct).fields
            members = "".join(f"{ffi.getctype(one.type, name)};" for name, one in fields)
            made.cdef(f"typedef struct {{ {members} }} {struct};")
        _made.append(made)
    return _made[0]


def _native(argument: Any) -> Any:
    """Return an argument as cdata of the compiled module."""
    if not isinstance(argument, FFI.CData):
        return argument
    other = _ffi()
    kind = other.typeof(argument)
    if kind.kind == "pointer":
        return ffi.cast("void *", int(other.cast("uintptr_t", argument)))
    native = ffi.new(f"{kind.cname} *")
    ffi.memmove(native, other.buffer(other.addressof(argument)), other.sizeof(kind))
    return native
