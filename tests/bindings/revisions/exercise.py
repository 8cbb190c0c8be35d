"""Builds a binding and a plugin from headers, and calls every function of one through the other.

The plugin mixes the bytes of all arguments of a call to one number, which must be what Python makes
of the same bytes. As the headers declare the functions that it defines, the compiler compares the
signatures that the generator read with them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from support.compilation import compile_shared

from codegen.api import Api, Function

PLUGIN = """
#include <{umbrella}>
#include <stdint.h>
#include <string.h>
__attribute__((visibility("default"))) unsigned char nxs_test_bytes[4096];
__attribute__((visibility("default"))) unsigned nxs_test_size;
static void start(void) {{ nxs_test_size = 0; }}
static void keep(const void *bytes, unsigned size) {{
  memcpy(nxs_test_bytes + nxs_test_size, bytes, size);
  nxs_test_size += size;
}}
"""


def _body(function: Function) -> str:
    count = len(function.parameters)
    names = [f"p{number}" for number in range(1, count + 1)]
    if function.is_property_query:
        text = f"if ({names[-2]} != 0) *(int64_t *){names[-2]} = 1000 + (int64_t){names[-3]};"
        return f"{text} *{names[-1]} = 8; return ({function.c_result})0;"
    text = "start(); " + " ".join(f"keep(&{name}, sizeof {name});" for name in names)
    kind = function.result_type.kind
    if kind == "void":
        return text
    text += f" {function.c_result} result; memset((void *)&result, 1, sizeof result);"
    if kind == "primitive" and function.result_type.cname not in ("float _Complex",):
        text += f" result = ({function.c_result})1;"
    return text + " return result;"


def plugin_source(api: Api) -> str:
    """Return a plugin that defines every function."""
    text = PLUGIN.format(umbrella=api.umbrella)
    for item in api.functions:
        text += f"{item.c_result} nxs{item.name}({item.arguments}) {{ {_body(item)} }}\n"
    return text


PROGRAM = r"""
import ast, ctypes, itertools, json, sys
facts = json.loads(sys.argv[2])
ast.parse(open("_ffi.pyi").read())
import _enums
from _ffi import ffi, lib

plugin = lib.nxs_plugin_open(sys.argv[1].encode(), ffi.new("char[]", 500), 500)
assert plugin
library = ctypes.CDLL(sys.argv[1])
kept = (ctypes.c_ubyte * 4096).in_dll(library, "nxs_test_bytes")
size = ctypes.c_uint.in_dll(library, "nxs_test_size")

for name, value in facts["values"].items():
    assert getattr(lib, name) == value, name

def value_of(c_type, number):
    if c_type.kind == "enum" or "double _Complex" == c_type.cname:
        return number
    if c_type.kind != "primitive":
        return ffi.cast(c_type, 4096 + number)
    if c_type.cname in ("char", "wchar_t"):
        return b"A" if c_type.cname == "char" else "A"
    return True if c_type.cname == "_Bool" else number

def argument(c_type, original, number):
    "Return an argument for a call, and the bytes that the plugin is to see."
    if original in ("struct", "union"):
        pointer = ffi.new(c_type)
        memory = ffi.buffer(pointer)
        memory[:] = bytes([number]) * len(memory)
        return pointer, bytes(memory)
    value = value_of(c_type, number)
    if original == "enum":
        return value, number.to_bytes(facts["enum_size"], sys.byteorder)
    if c_type.kind != "primitive":
        holder = ffi.new(ffi.typeof(ffi.getctype(c_type, "*")), value)
    else:
        holder = ffi.new(ffi.getctype(c_type.cname, "*"), value)
    return value, bytes(ffi.buffer(holder))

for name, kinds in facts["functions"].items():
    call = getattr(lib, "nxs_" + name)
    types = ffi.typeof(call).args[1:]
    assert len(types) == len(kinds), name
    pairs = [argument(*item) for item in zip(types, kinds, itertools.count(1))]
    size.value = 99
    result = call(plugin, *(value for value, _ in pairs))
    expected = b"".join(seen for _, seen in pairs)
    seen = bytes(kept)[: size.value]
    # Padding, of long double for one, has no value.
    if "long double" in [c_type.cname for c_type in types]:
        assert len(seen) == len(expected), name
    else:
        assert seen == expected, (name, seen, expected)
    kind = ffi.typeof(call).result
    if kind.kind == "void":
        assert result is None, name
    elif kind.kind in ("struct", "union"):
        assert set(bytes(ffi.buffer(ffi.addressof(result)))) == {1}, name
    elif kind.kind in ("pointer", "function"):
        assert int(ffi.cast("uintptr_t", result)) % 256 == 1, name
    elif facts["is_enum"][name]:
        assert result == 0x01010101, name
    elif "_Complex" not in kind.cname:
        assert result == (b"\1" if kind.cname == "char" else 1), name

for name, kinds in facts["queries"].items():
    types = ffi.typeof(getattr(lib, "nxs_" + name + "_int")).args[1:-1]
    pairs = [argument(*item) for item in zip(types, kinds, itertools.count(1))]
    handles = [value for value, _ in pairs]
    for number in facts["properties"]:
        assert getattr(lib, "nxs_" + name + "_int")(plugin, *handles, number) == 1000 + number
    out, length = ffi.new("int64_t *"), ffi.new("size_t *", 8)
    assert getattr(lib, "nxs_" + name)(plugin, *handles, 7, out, length) == 0 and out[0] == 1007

for name, number in facts["numbers"].items():
    assert lib.nxs_plugin_has(plugin, number), name
assert not lib.nxs_plugin_has(plugin, 100000) and not lib.nxs_plugin_has(plugin, -1)
empty = lib.nxs_plugin_open(sys.argv[3].encode(), ffi.new("char[]", 500), 500)
for name, kinds in facts["functions"].items():
    call = getattr(lib, "nxs_" + name)
    types = ffi.typeof(call).args[1:]
    result = call(empty, *(argument(*item)[0] for item in zip(types, kinds, itertools.count(1))))
    if facts["is_enum"][name] or ffi.typeof(call).result.cname == "int32_t":
        assert result == lib.NXS_ABSENT, name
assert not any(lib.nxs_plugin_has(empty, number) for number in facts["numbers"].values())
print(len(facts["functions"]) + len(facts["queries"]))
"""


def facts_of(api: Api) -> dict[str, Any]:
    """Return what the program needs to know."""
    kinds = {
        item.name: [parameter.c_type.kind for parameter in item.parameters]
        for item in api.functions
    }
    queries = {item.name for item in api.functions if item.is_property_query}
    members = [member for enum in api.enums.values() for member in enum.members]
    members += api.constants
    listed = {item.name for item in api.functions}
    return {
        "values": {member.name: member.value for member in members},
        "properties": [item.value for item in members if item.name.startswith("NP_")],
        "functions": {name: kind for name, kind in kinds.items() if name not in queries},
        "queries": {name: kind[:-3] for name, kind in kinds.items() if name in queries},
        "is_enum": {item.name: item.result_type.kind == "enum" for item in api.functions},
        "numbers": {
            name: value for name, value in api.numbers.items() if name.removeprefix("nxs") in listed
        },
        "enum_size": 4,
    }


def exercise(api: Api, headers: Path, folder: Path) -> int:
    """Build, load and call everything; return how many functions were called.

    Parameters
    ----------
    api : Api
        What the headers declare.
    headers : Path
        Their folder.
    folder : Path
        Where the generated files are, and the products go.
    """
    (folder / "plugin.c").write_text(plugin_source(api), "utf-8")
    (folder / "empty.c").write_text("int nxs_nothing;\n")
    include = f"-I{headers}"
    plugin = compile_shared(folder / "plugin.c", folder / "plugin.so", include, "-O0", "-w")
    empty = compile_shared(folder / "empty.c", folder / "empty.so")
    python = f"-I{sysconfig.get_path('include')}"
    compile_shared(folder / "_ffi.c", folder / "_ffi.so", python, include, "-O0", "-w")
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, plugin, json.dumps(facts_of(api)), empty],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if result.returncode != 0:
        pytest.fail(f"status {result.returncode}\n{result.stderr}")
    return int(result.stdout)
