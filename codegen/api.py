"""What the C headers declare, as the generators see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Enumerator:
    """One name of a C enum."""

    name: str
    value: int
    doc: str


@dataclass(frozen=True)
class Enum:
    """A C enum."""

    name: str
    doc: str
    members: tuple[Enumerator, ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function: how its trampoline declares it and passes it on."""

    name: str
    declaration: str
    argument: str
    c_type: Any


@dataclass(frozen=True)
class Function:
    """A function of the list in ``_nxs_functions.h``; its name is without ``nxs``."""

    name: str
    result: str
    parameters: tuple[Parameter, ...]

    @property
    def is_property_query(self) -> bool:
        """Whether the last parameters are property, value and size."""
        types = [parameter.c_type.cname for parameter in self.parameters[-3:]]
        return types == ["uint32_t", "void *", "size_t *"]


@dataclass(frozen=True)
class Api:
    """What the headers declare."""

    types: str
    enums: dict[str, Enum]
    functions: tuple[Function, ...]
    limits: dict[str, int]
