"""Emits the C source of the extension module ``nexus._ffi``."""

from __future__ import annotations

from pathlib import Path

from cffi import FFI

from codegen.api import Api, Function
from codegen.templates import STRUCT, TEMPLATES

# The loader, which fills the table of function pointers that the trampolines go through.
TABLE = TEMPLATES / "plugin_table.c"

PLUGIN_DECLARATIONS = """\
typedef struct nxs_plugin nxs_plugin;
static const int NXS_ABSENT;
nxs_plugin *nxs_plugin_open(const char *path, char *message, size_t message_size);
int nxs_plugin_has(const nxs_plugin *plugin, nxs_int function);
void nxs_plugin_close(nxs_plugin *plugin);
"""


def _signature(function: Function) -> str:
    parameters = ["const nxs_plugin *plugin", *(item.declaration for item in function.parameters)]
    return f"{function.result} nxs_{function.name}({', '.join(parameters)})"


def _int_signature(function: Function) -> str:
    query = [item.declaration for item in function.parameters[:-2]]
    return f"nxs_long nxs_{function.name}_int({', '.join(['const nxs_plugin *plugin', *query])})"


def _trampoline(function: Function) -> str:
    arguments = ", ".join(item.argument for item in function.parameters)
    return f"""
static {_signature(function)} {{
  return plugin->{function.name}({arguments});
}}
"""


def _int_trampoline(function: Function) -> str:
    arguments = ", ".join(item.argument for item in function.parameters[:-2])
    return f"""
static {_int_signature(function)} {{
  nxs_long value = 0;
  size_t size = sizeof value;
  const nxs_status status = plugin->{function.name}({arguments}, &value, &size);
  return status == NXS_Success && size == sizeof value ? value : INT64_MIN;
}}
"""


def emit_c_source(api: Api, target: Path) -> None:
    """Write the C source of the extension module ``nexus._ffi``."""
    queries = [function for function in api.functions if function.is_property_query]
    builder = FFI()
    builder.cdef(api.types)
    builder.cdef(PLUGIN_DECLARATIONS)
    builder.cdef("".join(f"{_signature(function)};\n" for function in api.functions))
    builder.cdef("".join(f"{_int_signature(function)};\n" for function in queries))
    source = STRUCT.read_text("utf-8") + TABLE.read_text("utf-8")
    source += "".join(map(_trampoline, api.functions))
    source += "".join(map(_int_trampoline, queries))
    builder.set_source("nexus._ffi", source)
    builder.emit_c_code(str(target))
