"""What the C headers declare, as the generators see it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


def integer_type(values: Collection[int]) -> str:
    """Return the C type that the values of an enum are passed as."""
    least, most = min(values), max(values)
    return "int" if least >= -(2**31) and most < 2**31 else "int64_t"


@dataclass(frozen=True)
class Enumerator:
    """One name of a C enum."""

    name: str
    value: int
    doc: str


@dataclass(frozen=True)
class Enum:
    """A C enum. The name of one that has none is empty."""

    name: str
    doc: str
    members: tuple[Enumerator, ...]


@dataclass(frozen=True)
class Field:
    """A member of a struct or union; the offset in bytes is None for a bit-field."""

    name: str
    c_type: str
    offset: int | None


@dataclass(frozen=True)
class Struct:
    """A struct or union: its size and alignment in bytes, and its members."""

    name: str
    size: int
    alignment: int
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function.

    Attributes
    ----------
    name : str
        Its name in the header, or one by its position.
    declaration : str
        How the trampoline declares it.
    before : str
        A statement that the trampoline needs before the call; may be empty.
    argument : str
        What the trampoline passes on.
    c_type : cffi type
        Its type.
    """

    name: str
    declaration: str
    before: str
    argument: str
    c_type: Any


@dataclass(frozen=True)
class Function:
    """A function that plugins export.

    Attributes
    ----------
    name : str
        Its name without ``nxs``.
    result : str
        What the trampoline returns, as C.
    result_type : cffi type
        What the function returns.
    c_result : str
        The same in the header's words.
    arguments : str
        Its parameters in the header's words, named p1, p2 and so on.
    parameters : tuple of Parameter
    """

    name: str
    result: str
    result_type: Any
    c_result: str
    arguments: str
    parameters: tuple[Parameter, ...]

    @property
    def is_property_query(self) -> bool:
        """Whether it returns a status, and its last parameters are property, value and size."""
        types = [parameter.c_type for parameter in self.parameters[-3:]]
        return (
            [c_type.cname for c_type in types[1:]] == ["void *", "size_t *"]
            and (types[0].kind == "enum" or types[0].cname in ("uint32_t", "unsigned int"))
            and self.result_type.kind in ("enum", "primitive")
        )


@dataclass(frozen=True)
class Api:
    """What the headers declare.

    Attributes
    ----------
    umbrella : str
        The header that includes all others, as an ``#include`` names it.
    types : str
        The types as C that cffi reads.
    enums : dict
        The enums that have names, by name.
    constants : tuple of Enumerator
        The values of enums that have no name.
    structs : dict
        Structs and unions by name.
    functions : tuple of Function
        The functions in the order of the list.
    numbers : dict
        The number of each function by its name, with ``nxs``.
    numbers_declared : bool
        Whether the headers have an enum with those numbers.
    limits : dict
        The values of macros, by their names in Python.
    left_out : tuple of str
        What Python cannot express: ``file:line: name: reason``.
    """

    umbrella: str
    types: str
    enums: dict[str, Enum]
    constants: tuple[Enumerator, ...]
    structs: dict[str, Struct]
    functions: tuple[Function, ...]
    numbers: dict[str, int]
    numbers_declared: bool
    limits: dict[str, int]
    left_out: tuple[str, ...]
