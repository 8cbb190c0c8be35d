"""Says whether ``nexus._core`` can be made for headers: it is written by hand for our own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codegen.api import Api, Function
from codegen.core_source import PARTS

_CALLED = re.compile(r"plugin->([A-Z]\w*)\(")
_NAMED = re.compile(r"\b(?:nxs|NXS|NP)_\w+")


def lacking(api: Api, own: Api) -> list[str]:
    """Return what headers lack, or declare otherwise, that the C text of ``nexus._core`` uses.

    Parameters
    ----------
    api : Api
        What the headers declare.
    own : Api
        What our headers declare, for which the text was written.

    Returns
    -------
    list of str
        A reason each; empty if it can be made.
    """
    text = "".join(part.read_text("utf-8") for part in PARTS)
    called, named = set(_CALLED.findall(text)), set(_NAMED.findall(text))
    return [*_functions(api, own, called), *_names(api, own, named)]


def _functions(api: Api, own: Api, called: set[str]) -> Iterator[str]:
    theirs = {function.name: function for function in api.functions}
    for function in own.functions:
        if function.name in called:
            other = theirs.get(function.name)
            if other is None:
                yield f"nxs{function.name} is not declared"
            elif _signature(other) != _signature(function):
                yield f"nxs{function.name} is declared otherwise: {' '.join(_signature(other))}"


def _signature(function: Function) -> tuple[str, str]:
    """Return a function's result and parameters, without differences of spacing."""
    return function.c_result, f"({' '.join(function.arguments.split())})"


def _names(api: Api, own: Api, named: set[str]) -> Iterator[str]:
    values, ours = _values(api), _values(own)
    for name in sorted(named):
        if name in own.structs and name in api.structs:
            if api.structs[name] != own.structs[name]:
                yield f"{name} has other members"
            continue
        is_lost_value = name in ours and name not in values
        if is_lost_value or (_declares(own, name) and not _declares(api, name)):
            yield f"{name} is not declared"


def _values(api: Api) -> set[str]:
    """Return the names of enumerators and of limits."""
    members = (member.name for enum in api.enums.values() for member in enum.members)
    constants = (constant.name for constant in api.constants)
    return {*members, *constants, *(f"NXS_{limit}" for limit in api.limits)}


def _declares(api: Api, name: str) -> bool:
    """Return whether the headers declare a type."""
    return re.search(rf"\b{name}\b", api.types) is not None
