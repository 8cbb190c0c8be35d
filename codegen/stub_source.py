"""Emits ``nexus/_ffi.pyi``: the types of the compiled binding."""

from __future__ import annotations

import keyword
from typing import Any

from codegen.api import Api
from codegen.notice import NOTICE
from codegen.python_names import python_names

STUB_HEADER = '''\
# {notice}
"""The compiled binding: ``lib`` calls plugins, ``ffi`` makes and reads C data."""

from typing import Any, Final

_CData = Any  # a pointer, struct or array of C

class _CType:
    args: tuple[_CType, ...]
    cname: str
    fields: list[tuple[str, Any]]
    kind: str
    result: _CType

class FFI:
    CData: type
    CType: type
    NULL: Final[Any]
    error: type[Exception]
    errno: int
    def addressof(self, cdata: _CData, *fields: str | int) -> _CData: ...
    def alignof(self, cdecl: str | _CType | _CData) -> int: ...
    def buffer(self, cdata: _CData, size: int = -1) -> Any: ...
    def callback(
        self, cdecl: str | _CType, python_callable: Any, error: Any = None
    ) -> _CData: ...
    def cast(self, cdecl: str | _CType, source: Any) -> _CData: ...
    def from_buffer(
        self, cdecl: Any, python_buffer: Any = ..., require_writable: bool = False
    ) -> _CData: ...
    def from_handle(self, handle: _CData) -> Any: ...
    def gc(self, cdata: _CData, destructor: Any, size: int = 0) -> _CData: ...
    def getctype(self, cdecl: str | _CType, replace_with: str = "") -> str: ...
    def memmove(self, dest: Any, src: Any, n: int) -> None: ...
    def new(self, cdecl: str | _CType, init: Any = None) -> _CData: ...
    def new_handle(self, value: Any) -> _CData: ...
    def offsetof(self, cdecl: str | _CType, *fields: str | int) -> int: ...
    def sizeof(self, cdecl: str | _CType | _CData) -> int: ...
    def string(self, cdata: _CData, maxlen: int = -1) -> Any: ...
    def typeof(self, cdecl: str | _CData) -> _CType: ...
    def unpack(self, cdata: _CData, length: int) -> Any: ...

class _Lib:
    NXS_ABSENT: Final[int]
    def nxs_plugin_open(self, path: bytes, message: _CData, message_size: int, /) -> _CData: ...
    def nxs_plugin_has(self, plugin: _CData, function: int, /) -> int: ...
    def nxs_plugin_copy(self, plugin: _CData, /) -> _CData: ...
    def nxs_plugin_replace(self, plugin: _CData, function: int, code: _CData, /) -> None: ...
    def nxs_plugin_close(self, plugin: _CData, /) -> None: ...
'''

STUB_FOOTER = """
ffi: Final[FFI]
lib: Final[_Lib]
"""


# Other types of C are numbers of Python's type int.
PRIMITIVES = {
    "float": "float",
    "double": "float",
    "long double": "_CData",
    "float _Complex": "complex",
    "double _Complex": "complex",
    "_Bool": "bool",
    "char": "bytes",
    "wchar_t": "str",
}


def _type(c_type: Any) -> str:
    """Return the Python type of what a function takes or returns."""
    if c_type.kind == "primitive":
        return PRIMITIVES.get(c_type.cname, "int")
    return {"enum": "int", "void": "None"}.get(c_type.kind, "_CData")


def _stub(name: str, parameters: list[str], result: str) -> str:
    text = ", ".join(["self", "plugin: _CData", *parameters, "/"])
    return f"    def {name}({text}) -> {result}: ...\n"


def stub_source(api: Api) -> str:
    """Return the text of ``nexus/_ffi.pyi``."""
    text = STUB_HEADER.format(notice=NOTICE)
    constants = [member.name for enum in api.enums.values() for member in enum.members]
    constants += [member.name for member in api.constants]
    if not api.numbers_declared:
        constants += [f"NF_{name}" for name in api.numbers]
    # Names that Python does not allow are reached with getattr.
    text += "".join(
        f"    {name}: Final[int]\n" for name in constants if not keyword.iskeyword(name)
    )
    for function in api.functions:
        names = python_names([item.name for item in function.parameters])
        types = [_type(item.c_type) for item in function.parameters]
        parameters = [f"{name}: {kind}" for name, kind in zip(names, types, strict=True)]
        text += _stub(f"nxs_{function.name}", parameters, _type(function.result_type))
        if function.is_property_query:
            text += _stub(f"nxs_{function.name}_int", parameters[:-2], "int")
    return text + STUB_FOOTER
