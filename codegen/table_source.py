"""Emits the table of a plugin's functions, and the trampolines that call through it, as C."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.api import Api, Function

STRUCT = """\
#include <{umbrella}>
#include <stdint.h>

/** What a trampoline returns when the plugin lacks the function: no plugin uses this status. */
#define NXS_ABSENT INT32_MIN

/** An open plugin: the loader's handle, and a callable pointer for each function of the list. */
typedef struct nxs_plugin {{
  void *library;
  unsigned char present[{count}];
{members}
}} nxs_plugin;
"""

TABLE = """
/* Replacements for absent functions, so that a call need not check for a null pointer. */
{absent}
static nxs_plugin *nxs_plugin_open(const char *path, char *message, size_t message_size) {{
  nxs_plugin *plugin = (nxs_plugin *)malloc(sizeof *plugin);
  if (plugin == NULL) {{
    snprintf(message, message_size, "out of memory");
    return NULL;
  }}
  plugin->library = nxs_library_open(path, message, message_size);
  if (plugin->library == NULL) {{
    free(plugin);
    return NULL;
  }}
{loading}
  return plugin;
}}

/** Whether the plugin exports the function of a number. */
static int nxs_plugin_has(const nxs_plugin *plugin, int function) {{
  switch (function) {{
{presence}
    default: return 0;
  }}
}}

/** Returns a plugin with the same functions, for the replacement of some; NULL without memory. */
static nxs_plugin *nxs_plugin_copy(const nxs_plugin *plugin) {{
  nxs_plugin *copy = (nxs_plugin *)malloc(sizeof *copy);
  if (copy != NULL) *copy = *plugin;
  return copy;
}}

/** Replaces a function, also an absent one. The code has the function's own type. */
static void nxs_plugin_replace(nxs_plugin *plugin, int function, void *code) {{
  switch (function) {{
{replacement}
    default: break;
  }}
}}

/** Closes a plugin, none of whose functions has been called. */
static void nxs_plugin_close(nxs_plugin *plugin) {{
  nxs_library_close(plugin->library);
  free(plugin);
}}
"""

MEMBER = "  {result} (*{name})({arguments});"

LOADING = """\
  *(void **)&plugin->{name} = nxs_library_symbol(plugin->library, "nxs{name}");
  plugin->present[{index}] = plugin->{name} != NULL;
  if (plugin->{name} == NULL) plugin->{name} = nxs_absent_{name};"""

REPLACEMENT = """\
    case NF_nxs{name}:
      *(void **)&plugin->{name} = code;
      plugin->present[{index}] = 1;
      break;"""

PRESENCE = "    case NF_nxs{name}: return plugin->present[{index}];"


def signature(function: Function) -> str:
    """Return the signature of a function's trampoline."""
    parameters = ["const nxs_plugin *plugin", *(item.declaration for item in function.parameters)]
    return f"{function.result} nxs_{function.name}({', '.join(parameters)})"


def int_signature(function: Function) -> str:
    """Return the signature of the trampoline that reads an integer property."""
    query = [item.declaration for item in function.parameters[:-2]]
    parameters = ", ".join(["const nxs_plugin *plugin", *query])
    return f"int64_t nxs_{function.name}_int({parameters})"


def _before(function: Function) -> str:
    return "".join(f"  {item.before}\n" for item in function.parameters if item.before)


def _trampoline(function: Function) -> str:
    arguments = ", ".join(item.argument for item in function.parameters)
    call = f"plugin->{function.name}({arguments});"
    if function.result_type.kind != "void":
        call = f"return {call}"
    return f"\nstatic {signature(function)} {{\n{_before(function)}  {call}\n}}\n"


def _int_trampoline(function: Function) -> str:
    arguments = ", ".join(item.argument for item in function.parameters[:-2])
    return f"""
static {int_signature(function)} {{
  int64_t value = 0;
  size_t size = sizeof value;
{_before(function)}  const int status = (int)plugin->{function.name}({arguments}, &value, &size);
  return status == 0 && size == sizeof value ? value : INT64_MIN;
}}
"""


def _absent(function: Function) -> str:
    """Return the replacement of a function, which takes the same arguments and uses none."""
    kind = function.result_type.kind
    if kind == "void":
        body = ""
    elif kind in ("struct", "union"):
        body = f"  {function.c_result} none;\n  memset(&none, 0, sizeof none);\n  return none;\n"
    elif kind in ("pointer", "function") or function.result_type.cname == "_Bool":
        body = "  return 0;\n"
    else:
        body = f"  return ({function.c_result})NXS_ABSENT;\n"
    return (
        f"static {function.c_result} nxs_absent_{function.name}({function.arguments}) {{\n"
        f"{body}}}\n"
    )


def _numbers(api: Api) -> str:
    """Return the enum of the function numbers where the headers have none."""
    members = "".join(f"  NF_{name} = {number},\n" for name, number in api.numbers.items())
    return "" if api.numbers_declared or not members else f"enum {{\n{members}}};\n"


def _lines(template: str, functions: Iterable[Function]) -> str:
    """Return a line for each function."""
    return "\n".join(
        template.format(index=index, name=item.name, result=item.c_result, arguments=item.arguments)
        for index, item in enumerate(functions)
    )


def declarations(api: Api) -> str:
    """Return what cffi is to declare, apart from the types."""
    queries = [function for function in api.functions if function.is_property_query]
    signatures = [*map(signature, api.functions), *map(int_signature, queries)]
    return _numbers(api) + "".join(f"{text};\n" for text in signatures)


def struct_source(api: Api) -> str:
    """Return the headers, and the struct with a plugin's functions by their names without nxs."""
    return STRUCT.format(
        umbrella=api.umbrella,
        count=max(len(api.functions), 1),
        members=_lines(MEMBER, api.functions),
    )


def definitions(api: Api) -> str:
    """Return what fills the struct, and the trampolines."""
    queries = [function for function in api.functions if function.is_property_query]
    table = TABLE.format(
        absent="".join(map(_absent, api.functions)),
        loading=_lines(LOADING, api.functions),
        presence=_lines(PRESENCE, api.functions),
        replacement=_lines(REPLACEMENT, api.functions),
    )
    trampolines = [*map(_trampoline, api.functions), *map(_int_trampoline, queries)]
    return _numbers(api) + table + "".join(trampolines)
