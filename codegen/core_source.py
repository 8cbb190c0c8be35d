"""Emits the C source of the extension module ``nexus._core``: the base type of all objects."""

from __future__ import annotations

from pathlib import Path

from codegen.api import Api
from codegen.table_source import struct_source

# The types and their methods, over the table of kinds that is generated here.
PARTS = tuple(
    Path(__file__).resolve().parent / f"core_{part}.c"
    for part in (
        *("type", "python", "errors", "calls", "buffer", "kernel"),
        *("scalars", "launch", "command", "module"),
    )
)
# The functions that create a command, for which the interpreter's lock is kept.
COMMANDS = {f"NFP_nxs{name}" for name in ("CreateCommand", "SetCommandArgument", "FinalizeCommand")}


def kinds_of(api: Api) -> list[str]:
    """Return the kinds of objects, such as ``Buffer``: those with a property query by handle."""
    return [
        function.name.removeprefix("Get").removesuffix("Property")
        for function in api.functions
        if function.is_property_query and len(function.parameters) == 4
    ]


def core_source(api: Api) -> str:
    """Return the C source of the extension module ``nexus._core``."""
    names = {function.name for function in api.functions}
    prompt_enum = api.enums.get("nxs_function_prompt")
    prompt = {member.name for member in prompt_enum.members} if prompt_enum else set()
    rows = ""
    for kind in kinds_of(api):
        release = f"Release{kind}"
        place = f"offsetof(nxs_plugin, {release})" if release in names else "0"
        is_prompt = int(f"NFP_nxs{release}" in prompt)
        query = f"offsetof(nxs_plugin, Get{kind}Property)"
        rows += f'    {{"{kind}", {place}, {query}, {is_prompt}}},\n'
    commands_are_prompt = int(prompt.issuperset(COMMANDS))
    head, tail = PARTS[0].read_text("utf-8").split("/* GENERATED: the struct and the kinds. */\n")
    table = f"static const nxs_kind nxs_kinds[] = {{\n{rows}}};\n"
    rest = "".join("\n" + file.read_text("utf-8") for file in PARTS[1:])
    define = f"#define NXS_COMMANDS_ARE_PROMPT {commands_are_prompt}\n"
    return head + struct_source(api) + KIND + table + define + tail + rest


KIND = """
/** A kind of object: where the plugin's functions for it stand in the table; 0 for none. */
typedef struct nxs_kind {
  const char *name;
  size_t release;
  size_t query;
  int release_is_prompt;
} nxs_kind;

"""
