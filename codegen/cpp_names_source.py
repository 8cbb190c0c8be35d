"""Emits ``include/nexus/detail/abi_names.hpp``: names and meanings for the C++ API's messages."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from codegen.api import Api, Enumerator
from codegen.notice import NOTICE

_HEADER = f"""\
/**
 * @file abi_names.hpp
 * Names and meanings of the statuses, and names of the data types, of the C ABI.
 *
 * {NOTICE}
 */
#ifndef NEXUS_DETAIL_ABI_NAMES_HPP
#define NEXUS_DETAIL_ABI_NAMES_HPP

// clang-format off
namespace nexus::detail {{

/** A number of the C ABI, its name, and what it means. */
struct Named {{
  int number;
  const char *name;
  const char *meaning;
}};
"""
_FOOTER = """
}  // namespace nexus::detail
// clang-format on

#endif  // NEXUS_DETAIL_ABI_NAMES_HPP
"""
_DATA_TYPE = "NXS_DataType_"
# The values from here on are masks and flags.
_MASK = "NXS_DataType_Mask"


def _array(name: str, members: list[tuple[str, Enumerator]]) -> Iterator[str]:
    yield ""
    yield f"inline constexpr Named {name}[] = {{"
    for short, member in members:
        yield f'    {{{member.value}, "{short}",'
        pieces = textwrap.wrap(member.doc, 88, drop_whitespace=False) or [""]
        lines = [f"     {json.dumps(piece, ensure_ascii=False)}" for piece in pieces]
        yield "\n".join(lines) + "},"
    yield "};"


def cpp_names_source(api: Api) -> str:
    """Return the text of ``abi_names.hpp``; empty arrays are left out, as C++ has none."""
    lines = [_HEADER.rstrip()]
    if statuses := api.enums.get("nxs_status"):
        lines += _array("kStatuses", [(member.name, member) for member in statuses.members])
    if data_types := api.enums.get("nxs_data_type"):
        ends = [member.value for member in data_types.members if member.name == _MASK]
        kept = [one for one in data_types.members if not ends or one.value < ends[0]]
        lines += _array("kDataTypes", [(one.name.removeprefix(_DATA_TYPE), one) for one in kept])
    return "\n".join(lines) + "\n" + _FOOTER
