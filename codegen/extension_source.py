"""Emits the C source of the extension module ``nexus._ffi``."""

from __future__ import annotations

from pathlib import Path

from cffi import FFI

from codegen.api import Api
from codegen.table_source import declarations, definitions, struct_source

# What the module needs of the system: how a library is opened, and when the lock is kept.
LIBRARY = Path(__file__).resolve().parent / "plugin_library.c"

PLUGIN_DECLARATIONS = """\
typedef struct nxs_plugin nxs_plugin;
static const int NXS_ABSENT;
nxs_plugin *nxs_plugin_open(const char *path, char *message, size_t message_size);
int nxs_plugin_has(const nxs_plugin *plugin, int function);
nxs_plugin *nxs_plugin_copy(const nxs_plugin *plugin);
void nxs_plugin_replace(nxs_plugin *plugin, int function, void *code);
void nxs_plugin_close(nxs_plugin *plugin);
"""


def emit_c_source(api: Api, target: Path) -> None:
    """Write the C source of the extension module ``nexus._ffi``."""
    builder = FFI()
    builder.cdef(api.types)
    builder.cdef(PLUGIN_DECLARATIONS)
    builder.cdef(declarations(api))
    source = f"{struct_source(api)}\n{LIBRARY.read_text('utf-8')}\n{definitions(api)}"
    builder.set_source("nexus._ffi", source)
    builder.emit_c_code(str(target))
