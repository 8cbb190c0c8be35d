"""Prints calls and their right answers as a C program that shows a failure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from nexus._ffi import ffi, lib
from nexus.conformance.harness.call_arguments import Address, Dim3, Layout, Out, SizeT
from nexus.conformance.harness.patterns import seed_of, unit_of
from nexus.conformance.harness.trace import Content, Handle, Step
from nexus.conformance.programs.notation import (
    MEMORY,
    RIGHT,
    Given,
    Place,
    comment,
    expected,
    expected_size,
    given,
    known_names,
    number,
    statuses,
)

_HEAD = """\
/* {message}
 *
 * cc -o show {file} -ldl && ./show {plugin}
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct nxs_dim3 {{ uint32_t x, y, z; }} nxs_dim3;
typedef struct nxs_buffer_layout {{
  uint32_t data_type, rank;
  uint64_t dim[8], stride[8];
}} nxs_buffer_layout;

static void *plugin;
static int32_t issued[{count}];
static int issued_count;

static inline void *function(const char *name) {{
  void *found = dlsym(plugin, name);
  if (!found) printf("the plugin has no %s\\n", name), exit(2);
  return found;
}}

static inline void begin(int step, const char *name) {{
  printf("%d: %s\\n", step, name);
  fflush(stdout);
  usleep(2000); /* Lets threads of the plugin begin to wait. */
}}

static inline void expect(int right, const char *what) {{
  if (right) return;
  printf("WRONG: %s\\n", what);
  exit(1);
}}

static inline int32_t new_handle(int32_t handle, const char *what) {{
  int right = handle >= 0;
  for (int i = 0; i < issued_count; ++i) right &= issued[i] != handle;
  expect(right, what);
  return issued[issued_count++] = handle;
}}

static inline void show(const void *memory, size_t size) {{
  for (size_t i = 0; i < size; ++i) printf("%02x ", ((const unsigned char *)memory)[i]);
  puts("");
}}

/* Returns memory that ends at an inaccessible page. */
static inline unsigned char *guarded(size_t size) {{
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), length = (size + page - 1) / page * page;
  const int writable = PROT_READ | PROT_WRITE, own = MAP_PRIVATE | MAP_ANONYMOUS;
  unsigned char *memory = mmap(NULL, length + page, writable, own, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory + length, page, PROT_NONE)) exit(2);
  return (unsigned char *)memset(memory, 0xa5, length) + (length - size);
}}

/* Fills memory with repetitions of a unit. */
static inline void repeat(unsigned char *memory, size_t size, const char *unit, size_t unit_size) {{
  for (size_t i = 0; i < size; ++i) memory[i] = (unsigned char)unit[i % unit_size];
}}

/* Fills memory with bytes in which no two places look alike. */
static inline void pattern(unsigned char *memory, size_t size, size_t seed) {{
  for (size_t i = 0; i < size; ++i)
    memory[i] = (unsigned char)(seed * 31 + i * 7 + (i >> 8) * 13 + (i >> 16));
}}

/* Returns memory with a margin before and after it. */
static inline unsigned char *out(size_t size) {{
  unsigned char *memory = malloc(size + 128);
  memset(memory, 0xa5, size + 128);
  return memory + 64;
}}

static inline void expect_margins(const unsigned char *memory, size_t size, const char *what) {{
  for (int i = 0; i < 64; ++i)
    expect(memory[-1 - i] == 0xa5 && memory[size + (size_t)i] == 0xa5, what);
}}

/* Checks the start of memory, and that the rest has not changed. */
static inline void expect_memory(const unsigned char *memory, size_t size, const void *wanted,
                                 size_t wanted_size, const char *what) {{
  expect(memcmp(memory, wanted, wanted_size) == 0, what);
  for (size_t i = wanted_size; i < size; ++i) expect(memory[i] == 0xa5, what);
}}

{prototypes}
int main(int argc, char **argv) {{
  const char *name = argc > 1 ? argv[1] : {plugin_text};
  /* Absolute, since a name without a folder is searched for elsewhere. */
  char *path = realpath(name, NULL);
  alarm(30); /* Ends a hang. */
  plugin = dlopen(path ? path : name, RTLD_NOW | RTLD_LOCAL);
  free(path);
  if (!plugin) printf("cannot be loaded: %s\\n", dlerror()), exit(2);
"""


def _signature(function: str) -> tuple[str, list[str]]:
    """Return the C types of a function's result and arguments."""
    kind: Any = ffi.typeof(getattr(lib, f"nxs_{function}"))
    types = [argument.cname.removeprefix("struct ") for argument in kind.args[1:]]
    # By value in the plugin; the trampoline of Python takes a pointer.
    return kind.result.cname, [t.removesuffix(" *") if t.startswith("nxs_") else t for t in types]


def emit_c(
    steps: Sequence[Step], plugin: str, message: str, verdict: str = RIGHT, file: str = "show.c"
) -> str:
    """Return a C program that makes the calls and exits with 1 at the first wrong answer.

    It needs only a C compiler and the plugin. Parameters as for `recording`, and the name of the
    file.
    """
    known = known_names(steps)
    lines: list[str] = []
    for place, step in enumerate(steps, 1):
        lines += _step(place, step, known)
    functions = sorted({step.function for step in steps} - set(MEMORY))
    end = f"  puts({_text(verdict.encode())});\n  return 0;\n}}\n"
    head = _HEAD.format(
        message=message.replace("*/", "* /").replace("\n", "\n * "),
        file=file,
        plugin=plugin.replace("*/", "* /"),
        plugin_text=_text(plugin.encode()),
        count=len(known) + 1,
        prototypes="\n".join(map(_prototype, functions)),
    )
    return head + "\n".join(f"  {line}" if line else "" for line in lines) + "\n" + end


def _prototype(function: str) -> str:
    result, arguments = _signature(function)
    return f"typedef {result} (*{function}_fn)({', '.join(arguments) or 'void'});"


def _step(count: int, step: Step, known: set[str]) -> list[str]:
    if step.function in MEMORY:
        return [*_memory(count, step), ""]
    before: list[str] = []
    after: list[str] = []
    passed: list[str] = []
    _, types = _signature(step.function)
    what = json.dumps(f"call {count}, {step.function}")
    outs = sizes = 0
    for place, argument in enumerate(step.arguments):
        name = f"argument_{count}_{place}"
        if isinstance(argument, Out):
            made = "guarded" if argument.guard else "out"
            before.append(f"unsigned char *{name} = {made}({argument.size});")
            passed.append(name)
            content = expected(step, outs)
            outs += 1
            if not argument.guard:
                after.append(f"expect_margins({name}, {argument.size}, {what});")
            if content is not None:
                after += _content(f"wanted_{count}_{place}", content, known)
                size = f"sizeof wanted_{count}_{place}" if content else "0"
                wanted = f"wanted_{count}_{place}" if content else '""'
                after.append(f"expect_memory({name}, {argument.size}, {wanted}, {size}, {what});")
        elif isinstance(argument, SizeT):
            before.append(f"size_t {name} = {argument.value}u;")
            passed.append(f"&{name}")
            wanted_size = expected_size(step, sizes, argument.value)
            sizes += 1
            if wanted_size is not None:
                after.append(f"expect({name} == {wanted_size}u, {what});")
        elif read := given(argument):
            before += _given(name, read)
            passed.append(f"(void *)({name} + {read.shift})" if read.shift else f"(void *){name}")
            # The memory belongs to the caller again.
            after.append(f"memset({name}, 0xdd, {len(read.data) + read.shift});")
        else:
            passed.append(_value(argument, types[place], known))
    target = step.makes or f"got_{count}"
    result, _ = _signature(step.function)
    call = f'(({step.function}_fn)function("nxs{step.function}"))({", ".join(passed)})'
    lines = [comment(step, "//"), *before, f'begin({count}, "{step.function}");']
    lines.append(f"{result} {target} = {call};")
    if step.makes and not step.want.refusals:
        lines.append(f"new_handle({target}, {what});")
    else:
        right = " || ".join(f"{target} == {value}" for value in statuses(step))
        lines.append(f"expect({right}, {what});")
    return lines + after + [""]


def _given(name: str, read: Given) -> list[str]:
    """Return the lines that create memory for a call to read."""
    size = len(read.data)
    makes = (
        f"unsigned char *{name} = guarded({size});"
        if read.guard
        else f"static _Alignas(16) unsigned char {name}[{max(size + read.shift, 1)}];"
    )
    place = f"{name} + {read.shift}" if read.shift else name
    unit, seed = unit_of(read.data), seed_of(read.data)
    if unit is not None:
        return [makes, f"repeat({place}, {size}, {_text(unit)}, {len(unit)});"]
    if seed is not None:
        return [makes, f"pattern({place}, {size}, {seed});"]
    data = f"static const unsigned char {name}_data[] = {{{_bytes(read.data)}}};"
    return [data, makes, f"memcpy({place}, {name}_data, {size});"]


def _memory(count: int, step: Step) -> list[str]:
    """Return the lines of an operation on host memory."""
    place, *rest = step.arguments
    if step.function == "allocate":
        return [f"char *{step.makes} = calloc({place}, 1);"]
    address = _value(place, "", set())
    match step.function:
        case "write":
            data = f"data_{count}"
            return [
                f"static const unsigned char {data}[] = {{{_bytes(rest[0])}}};",
                f"memcpy({address}, {data}, {len(rest[0])});",
            ]
        case "read":
            return [f"show({address}, {rest[0]});"]
    return [f"free({address});"]


def _value(argument: Any, type_name: str, known: set[str]) -> str:
    if argument is None:
        return "NULL"
    if isinstance(argument, Place):
        return f"{argument.name} + {argument.offset}" if argument.offset else argument.name
    if isinstance(argument, Address):
        return f"(void *)(uintptr_t){argument.value}u"
    if isinstance(argument, int):
        suffix = "u" if type_name.startswith("uint") and not isinstance(argument, Handle) else ""
        return number(argument, known) + suffix
    if isinstance(argument, Layout):
        rank = len(argument.dims) if argument.rank is None else argument.rank
        dims = ", ".join(f"{side}u" for side in argument.dims) or "0"
        strides = ", ".join(f"{step}u" for step in argument.strides) or "0"
        fields = f"{int(argument.data_type)}u, {rank}u, {{{dims}}}, {{{strides}}}"
        return f"(nxs_buffer_layout){{{fields}}}"
    if isinstance(argument, Dim3):
        return f"(nxs_dim3){{{argument.x}u, {argument.y}u, {argument.z}u}}"
    raise TypeError(f"{argument!r} cannot be written in C")


def _text(data: bytes) -> str:
    """Return a C string; octal escapes end after three digits, whatever follows."""
    plain = set(range(32, 127)) - set(b'"\\?')
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in data) + '"'


def _bytes(data: bytes) -> str:
    return ", ".join(map(str, data)) or "0"


def _content(name: str, content: Content, known: set[str]) -> list[str]:
    if not content:
        return []
    if isinstance(content, tuple):
        numbers = ", ".join(number(value, known) for value in content)
        return [f"const int64_t {name}[] = {{{numbers}}};"]
    return [f"static const unsigned char {name}[] = {{{_bytes(bytes(content))}}};"]
