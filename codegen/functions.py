"""Turns the declaration of a function into what its trampoline needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cffi import FFI, CDefError, FFIError
from pycparser import c_ast

from codegen.api import Function, Parameter, Struct, integer_type
from codegen.c.c_text import declare

Place = tuple[str, int]

# What cffi calls the types whose C text may begin with a const of their own.
POINTERS = ("pointer", "function")

# Memory from ffi.new() is aligned to this many bytes.
ALIGNMENT = 8


class FunctionReader:
    """Reads functions; those that Python cannot call are left out.

    Parameters
    ----------
    ffi : FFI
        Knows the types of the headers.
    structs : dict
        Structs and unions by name.
    leave_out : callable
        Called with a place and a reason for each function that cannot be expressed.
    """

    def __init__(
        self,
        ffi: FFI,
        structs: dict[str, Struct],
        leave_out: Callable[[Place, str], None],
    ) -> None:
        self._ffi = ffi
        self._structs = structs
        self._leave_out = leave_out

    def read(self, name: str, node: c_ast.FuncDecl, place: Place) -> Function | None:
        """Return a function, or None for one that Python cannot call."""
        items = list(node.args.params) if node.args else []
        if any(isinstance(item, c_ast.EllipsisParam) for item in items):
            self._leave_out(place, f"{name}: it takes a variable number of arguments")
            return None
        if [declare(item.type, "") for item in items] == ["void"]:
            items = []
        # Names of their own, since those of the header may be names that the trampoline uses.
        named = [declare(item.type, f"p{number}") for number, item in enumerate(items, 1)]
        arguments = ", ".join(named) or "void"
        pointer = f"nxs_pointer_to_{name}"
        try:
            self._ffi.cdef(f"typedef {declare(node.type, f'(*{pointer})({arguments})')};")
            c_type = self._ffi.typeof(pointer)
        except (CDefError, FFIError, NotImplementedError, TypeError) as error:
            self._leave_out(place, f"{name}: {str(error).splitlines()[-1]}")
            return None
        if c_type.result.kind == "function" and not isinstance(node.type, c_ast.TypeDecl):
            self._leave_out(place, f"{name}: it returns a pointer to a function")
            return None
        return Function(
            name=name.removeprefix("nxs"),
            result=self._result(node.type, c_type.result),
            result_type=c_type.result,
            c_result=declare(node.type, "", plain=c_type.result.kind not in POINTERS),
            arguments=arguments,
            parameters=tuple(
                self._parameter(number, item, item_type)
                for number, (item, item_type) in enumerate(zip(items, c_type.args, strict=True), 1)
            ),
        )

    def _result(self, node: c_ast.Node, c_type: Any) -> str:
        """Return what the trampoline returns."""
        if c_type.kind == "enum":
            # cffi converts plain integers several times faster than enums.
            return integer_type(c_type.relements.values())
        return declare(node, "", plain=c_type.kind not in POINTERS)

    def _parameter(self, number: int, node: c_ast.Node, c_type: Any) -> Parameter:
        inner = f"p{number}"
        name = getattr(node, "name", None) or f"argument{number}"
        before, argument = "", inner
        type_node = node.type
        if c_type.kind == "enum":
            declaration = f"{integer_type(c_type.relements.values())} {inner}"
            argument = f"({declare(type_node, '', plain=True)}){inner}"
        elif c_type.kind in ("struct", "union"):
            type_name = declare(type_node, "", plain=True)
            declaration = f"const {type_name} *{inner}"
            argument = f"*{inner}"
            struct = self._structs.get(type_name)
            if struct is None or struct.alignment > ALIGNMENT:
                argument = f"{inner}_aligned"
                before = (
                    f"{type_name} {argument};\n  memcpy(&{argument}, {inner}, sizeof {argument});"
                )
        else:
            declaration = declare(type_node, inner)
        return Parameter(name, declaration, before, argument, c_type)
