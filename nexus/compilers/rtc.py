"""Runs one compilation of NVRTC or hiprtc, which have the same functions under other names.

A program of its own, since both change the process that they work in: signal handlers, and hiprtc
ends it for some errors. Reads a `Request` as JSON from standard input. Writes a line of JSON,
``{"log", "size", "version"}``, and the compiled bytes; ``size`` is -1 if the source has errors.
Uses nothing of this package, whose import would take longer than the compilation.
"""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn, TypedDict

import cffi


class Request(TypedDict):
    """What to compile, and with what."""

    library: str
    """Path of the compiler's library."""
    prefix: str
    """The first part of its functions' names."""
    code: str
    """The middle part of the two functions that return what was compiled."""
    source: str
    name: str
    options: list[str]
    headers: dict[str, str]
    """Texts of headers by the name under which the source includes them."""


_DECLARATIONS = """
typedef struct _program *program;
int {0}CreateProgram(program *, const char *, const char *, int, const char **, const char **);
int {0}DestroyProgram(program *);
int {0}CompileProgram(program, int, const char **);
int {0}GetProgramLogSize(program, size_t *);
int {0}GetProgramLog(program, char *);
int {0}Get{1}Size(program, size_t *);
int {0}Get{1}(program, char *);
const char *{0}GetErrorString(int);
int {0}Version(int *, int *);
"""


class _Compiler:
    def __init__(self, request: Request):
        self.ffi = cffi.FFI()
        self.ffi.cdef(_DECLARATIONS.format(request["prefix"], request["code"]))
        self.lib: Any = self.ffi.dlopen(request["library"])
        self.prefix = request["prefix"]

    def call(self, name: str, *arguments: object) -> None:
        result = getattr(self.lib, self.prefix + name)(*arguments)
        if result:
            text = self.ffi.string(getattr(self.lib, f"{self.prefix}GetErrorString")(result))
            _end(f"{self.prefix}{name}: {bytes(text).decode()}")

    def version(self) -> str:
        major, minor = self.ffi.new("int *"), self.ffi.new("int *")
        self.call("Version", major, minor)
        return f"{major[0]}.{minor[0]}"

    def texts(self, texts: list[str]) -> tuple[object, list[object]]:
        """Return an array of C strings, and what keeps them alive."""
        kept = [self.ffi.new("char[]", text.encode()) for text in texts]
        return self.ffi.new("const char *[]", kept), list(kept)

    def result(self, program: object, name: str) -> bytes:
        size = self.ffi.new("size_t *")
        self.call(f"Get{name}Size", program, size)
        data = self.ffi.new("char[]", size[0] + 1)
        self.call(f"Get{name}", program, data)
        return bytes(self.ffi.buffer(data, size[0]))


def _end(reason: str) -> NoReturn:
    sys.exit(reason)


def run(request: Request) -> tuple[str, bytes | None, str]:
    """Return log, what was compiled, None if the source has errors, and the compiler's version."""
    compiler = _Compiler(request)
    source = compiler.ffi.new("char[]", request["source"].encode())
    name = compiler.ffi.new("char[]", request["name"].encode())
    headers, _kept_texts = compiler.texts(list(request["headers"].values()))
    names, _kept_names = compiler.texts(list(request["headers"]))
    handle = compiler.ffi.new("program *")
    compiler.call("CreateProgram", handle, source, name, len(request["headers"]), headers, names)
    options, _kept_options = compiler.texts(request["options"])
    function = getattr(compiler.lib, f"{compiler.prefix}CompileProgram")
    failed = function(handle[0], len(request["options"]), options)
    log = compiler.result(handle[0], "ProgramLog").rstrip(b"\0\n").decode(errors="replace")
    code = None if failed else compiler.result(handle[0], request["code"])
    compiler.call("DestroyProgram", handle)
    return log, code, compiler.version()


if __name__ == "__main__":
    log, code, version = run(json.load(sys.stdin))
    head = {"log": log, "size": -1 if code is None else len(code), "version": version}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + (code or b""))
