"""Prints calls and what they must answer as a program that shows what is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from nexus._enums import status
from nexus._ffi import ffi, lib
from nexus.conformance.arguments import CString, Dim3, Guarded, Layout, Misaligned, Out, SizeT
from nexus.conformance.trace import Content, Handle, Step

_PYTHON = '''\
"""{message}

Runs against {plugin}, or the plugin that is named on the command line.
"""

import sys
import time

from nexus._ffi import ffi, lib

path = sys.argv[1] if len(sys.argv) > 1 else {plugin!r}
message = ffi.new("char[]", 1000)
plugin = lib.nxs_plugin_open(path.encode(), message, 1000)
if plugin == ffi.NULL:
    sys.exit("cannot be loaded: " + ffi.string(message).decode())
issued = set()


def out(size):
    """Return memory of so many bytes, with a margin before and behind."""
    memory = ffi.new("unsigned char[]", size + 128)
    ffi.memmove(memory, b"\\xa5" * (size + 128), size + 128)
    return memory


def expect(right, what):
    if not right:
        sys.exit("WRONG: " + what)


def call(step, function, *arguments):
    print(f"{{step}}: {{function}}", flush=True)
    time.sleep(0.002)  # For threads of the plugin to get where they will wait.
    return getattr(lib, "nxs_" + function)(plugin, *arguments)


def expect_status(got, wanted, what):
    expect(got in wanted, f"{{what}}: got {{got}}")


def expect_handle(got, what):
    expect(got >= 0 and got not in issued, f"{{what}}: got {{got}}")
    issued.add(got)


def expect_memory(memory, size, wanted, what):
    """The memory holds what is wanted, and what it held before beyond that."""
    wanted = b"\\xa5" * 64 + wanted + b"\\xa5" * (size - len(wanted) + 64)
    expect(bytes(ffi.buffer(memory)) == wanted, f"{{what}}: memory is not as it must be")


def expect_margins(memory, size, what):
    around = bytes(ffi.buffer(memory))
    expect(around[:64] + around[64 + size :] == b"\\xa5" * 128, f"{{what}}: wrote beyond")


'''

_C = """\
/* {message}
 *
 * cc -o show {file} -ldl && ./show {plugin}
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct nxs_dim3 {{ uint32_t x, y, z; }} nxs_dim3;
typedef struct nxs_buffer_layout {{
  uint32_t data_type, rank;
  uint64_t dim[8], stride[8];
}} nxs_buffer_layout;

static void *plugin;
static int32_t issued[{count}];
static int issued_count;

static void *function(const char *name) {{
  void *found = dlsym(plugin, name);
  if (!found) printf("the plugin has no %s\\n", name), exit(2);
  return found;
}}

static void begin(int step, const char *name) {{
  printf("%d: %s\\n", step, name);
  fflush(stdout);
  usleep(2000); /* For threads of the plugin to get where they will wait. */
}}

static void expect(int right, const char *what) {{
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

/* Memory of so many bytes, with a margin before and behind. */
static inline unsigned char *out(size_t size) {{
  unsigned char *memory = malloc(size + 128);
  memset(memory, 0xa5, size + 128);
  return memory + 64;
}}

static inline void expect_margins(const unsigned char *memory, size_t size, const char *what) {{
  for (int i = 0; i < 64; ++i)
    expect(memory[-1 - i] == 0xa5 && memory[size + (size_t)i] == 0xa5, what);
}}

/* The memory holds what is wanted, and what it held before beyond that. */
static inline void expect_memory(const unsigned char *memory, size_t size, const void *wanted,
                                 size_t wanted_size, const char *what) {{
  expect_margins(memory, size, what);
  expect(memcmp(memory, wanted, wanted_size) == 0, what);
  for (size_t i = wanted_size; i < size; ++i) expect(memory[i] == 0xa5, what);
}}

{prototypes}
int main(int argc, char **argv) {{
  plugin = dlopen(argc > 1 ? argv[1] : {plugin_text}, RTLD_NOW | RTLD_LOCAL);
  if (!plugin) printf("cannot be loaded: %s\\n", dlerror()), exit(2);
  alarm(30); /* A call that hangs ends here. */
"""

# A program whose last call should have crashed, but did not, shows nothing.
_PYTHON_END = 'print("every call answered what it must")\n'
_C_END = '  puts("every call answered what it must");\n  return 0;\n}\n'


def _signature(function: str) -> tuple[str, list[str]]:
    """Return the types of a function's result and arguments, in C."""
    kind: Any = ffi.typeof(getattr(lib, f"nxs_{function}"))
    types = [argument.cname.removeprefix("struct ") for argument in kind.args[1:]]
    # By value in the plugin; the trampoline of Python takes a pointer.
    return kind.result.cname, [t.removesuffix(" *") if t.startswith("nxs_") else t for t in types]


def _known_names(steps: Sequence[Step]) -> set[str]:
    return {step.makes for step in steps if step.makes}


def _number(value: int, known: set[str]) -> str:
    """Return a number, or the variable that holds a handle."""
    if isinstance(value, Handle) and value.name in known:
        return value.name
    if value == -(1 << 31):
        return "(-2147483647 - 1)"
    return f"{int(value)}"


def _comment(step: Step, mark: str) -> str:
    wanted = step.want.text(step.makes)
    problem = step.problem.partition("\n")[0]
    return f"{mark} {wanted}{'; but ' + problem if problem else ''}"


def _statuses(step: Step) -> list[int]:
    numbers = [int(status[f"NXS_{name}"]) for name in sorted(step.want.refusals)]
    return [*([0] if step.want.succeeds else []), *numbers]


def _expected(step: Step, index: int) -> Content:
    """Return what an `Out` must hold in any case; None where that is open."""
    want = step.want
    if want.either:
        return None
    if want.refusals:
        return b""
    return want.outs[index] if index < len(want.outs) else None


def _expected_size(step: Step, index: int, before: int) -> int | None:
    if index < len(step.want.sizes):
        return step.want.sizes[index]
    return before if not step.want.succeeds else None


def emit_python(steps: Sequence[Step], plugin: str, message: str) -> str:
    """Return a Python program that makes the calls and exits with 1 at the first wrong answer.

    Parameters
    ----------
    steps : sequence of Step
        The calls.
    plugin : str
        Path of the plugin.
    message : str
        What is wrong.
    """
    known = _known_names(steps)
    lines: list[str] = []
    for number, step in enumerate(steps, 1):
        lines += _python_step(number, step, known)
    safe = message.replace("\\", "\\\\").replace('"""', "'''")
    return _PYTHON.format(message=safe, plugin=plugin) + "\n".join(lines) + "\n" + _PYTHON_END


def _python_step(number: int, step: Step, known: set[str]) -> list[str]:
    before: list[str] = []
    after: list[str] = []
    passed: list[str] = []
    what = f"call {number}, {step.function}"
    outs = sizes = 0
    for place, argument in enumerate(step.arguments):
        name = f"argument_{number}_{place}"
        if isinstance(argument, Out):
            before.append(f"{name} = out({argument.size})")
            passed.append(f"{name} + 64")
            content = _expected(step, outs)
            outs += 1
            if content is None:
                after.append(f"expect_margins({name}, {argument.size}, {what!r})")
            else:
                wanted = _python_content(content, known)
                after.append(f"expect_memory({name}, {argument.size}, {wanted}, {what!r})")
        elif isinstance(argument, SizeT):
            before.append(f'{name} = ffi.new("size_t *", {argument.value})')
            passed.append(name)
            wanted_size = _expected_size(step, sizes, argument.value)
            sizes += 1
            if wanted_size is not None:
                after.append(f"expect({name}[0] == {wanted_size}, {what + ': *size'!r})")
        elif isinstance(argument, Misaligned):
            data = b"\0" + argument.data
            before.append(f'{name} = ffi.new("unsigned char[]", {data!r})')
            passed.append(f"{name} + 1")
        else:
            passed.append(_python_value(argument, known))
    target = step.makes or "got"
    call = ", ".join([str(number), repr(step.function), *passed])
    lines = [_comment(step, "#"), *before, f"{target} = call({call})"]
    if step.makes and not step.want.refusals:
        lines.append(f"expect_handle({target}, {what!r})")
    else:
        lines.append(f"expect_status({target}, {_statuses(step)}, {what!r})")
    return lines + after + [""]


def _python_value(argument: Any, known: set[str]) -> str:
    if argument is None:
        return "ffi.NULL"
    if isinstance(argument, int):
        return _number(argument, known)
    if isinstance(argument, Layout):
        rank = len(argument.dims) if argument.rank is None else argument.rank
        fields = (argument.data_type, rank, list(argument.dims), list(argument.strides))
        return f"[{fields!r}]"
    if isinstance(argument, Dim3):
        return f"[({argument.x}, {argument.y}, {argument.z})]"
    if isinstance(argument, str):
        return repr(argument.encode())
    if isinstance(argument, (CString, Guarded)):
        return repr(argument.data)
    # Memory of no bytes has an address too.
    return f'ffi.new("char[]", {argument!r})'


def _python_content(content: Content, known: set[str]) -> str:
    if isinstance(content, tuple):
        numbers = ", ".join(_number(value, known) for value in content)
        return f'bytes(ffi.buffer(ffi.new("int64_t[]", [{numbers}])))'
    return repr(bytes(content or b""))


def emit_c(steps: Sequence[Step], plugin: str, message: str, file: str = "show.c") -> str:
    """Return a C program that makes the calls and exits with 1 at the first wrong answer.

    It needs nothing but a C compiler and the plugin. Parameters as `emit_python`, and the name
    that the file will have.
    """
    known = _known_names(steps)
    lines: list[str] = []
    for number, step in enumerate(steps, 1):
        lines += _c_step(number, step, known)
    head = _C.format(
        message=message.replace("*/", "* /").replace("\n", "\n * "),
        file=file,
        plugin=plugin.replace("*/", "* /"),
        plugin_text=_c_text(plugin.encode()),
        count=len(known) + 1,
        prototypes="\n".join(_prototype(name) for name in sorted({s.function for s in steps})),
    )
    return head + "\n".join(f"  {line}" if line else "" for line in lines) + "\n" + _C_END


def _prototype(function: str) -> str:
    result, arguments = _signature(function)
    return f"typedef {result} (*{function}_fn)({', '.join(arguments) or 'void'});"


def _c_step(number: int, step: Step, known: set[str]) -> list[str]:
    before: list[str] = []
    after: list[str] = []
    passed: list[str] = []
    _, types = _signature(step.function)
    what = json.dumps(f"call {number}, {step.function}")
    outs = sizes = 0
    for place, argument in enumerate(step.arguments):
        name = f"argument_{number}_{place}"
        if isinstance(argument, Out):
            before.append(f"unsigned char *{name} = out({argument.size});")
            passed.append(name)
            content = _expected(step, outs)
            outs += 1
            if content is None:
                after.append(f"expect_margins({name}, {argument.size}, {what});")
            else:
                after += _c_content(f"wanted_{number}_{place}", content, known)
                size = f"sizeof wanted_{number}_{place}" if content else "0"
                wanted = f"wanted_{number}_{place}" if content else '""'
                after.append(f"expect_memory({name}, {argument.size}, {wanted}, {size}, {what});")
        elif isinstance(argument, SizeT):
            before.append(f"size_t {name} = {argument.value}u;")
            passed.append(f"&{name}")
            wanted_size = _expected_size(step, sizes, argument.value)
            sizes += 1
            if wanted_size is not None:
                after.append(f"expect({name} == {wanted_size}u, {what});")
        elif isinstance(argument, (bytes, Guarded, Misaligned)):
            data = argument if isinstance(argument, bytes) else argument.data
            shift = int(isinstance(argument, Misaligned))
            before.append(f"static unsigned char {name}[] = {{{_c_bytes(bytes(shift) + data)}}};")
            passed.append(f"{name} + 1" if shift else name)
        else:
            passed.append(_c_value(argument, types[place], known))
    target = step.makes or f"got_{number}"
    result, _ = _signature(step.function)
    call = f'(({step.function}_fn)function("nxs{step.function}"))({", ".join(passed)})'
    lines = [_comment(step, "//"), *before, f'begin({number}, "{step.function}");']
    lines.append(f"{result} {target} = {call};")
    if step.makes and not step.want.refusals:
        lines.append(f"new_handle({target}, {what});")
    else:
        right = " || ".join(f"{target} == {value}" for value in _statuses(step))
        lines.append(f"expect({right}, {what});")
    return lines + after + [""]


def _c_value(argument: Any, type_name: str, known: set[str]) -> str:
    if argument is None:
        return "NULL"
    if isinstance(argument, int):
        suffix = "u" if type_name.startswith("uint") and not isinstance(argument, Handle) else ""
        return _number(argument, known) + suffix
    if isinstance(argument, Layout):
        rank = len(argument.dims) if argument.rank is None else argument.rank
        dims = ", ".join(f"{side}u" for side in argument.dims) or "0"
        strides = ", ".join(f"{step}u" for step in argument.strides) or "0"
        fields = f"{int(argument.data_type)}u, {rank}u, {{{dims}}}, {{{strides}}}"
        return f"(nxs_buffer_layout){{{fields}}}"
    if isinstance(argument, Dim3):
        return f"(nxs_dim3){{{argument.x}u, {argument.y}u, {argument.z}u}}"
    data = argument.encode() if isinstance(argument, str) else argument.data
    return f"(char *){_c_text(data)}"


def _c_text(data: bytes) -> str:
    """Return a C string; octal escapes end after three digits, whatever follows."""
    plain = set(range(32, 127)) - set(b'"\\?')
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in data) + '"'


def _c_bytes(data: bytes) -> str:
    return ", ".join(map(str, data)) or "0"


def _c_content(name: str, content: Content, known: set[str]) -> list[str]:
    if not content:
        return []
    if isinstance(content, tuple):
        numbers = ", ".join(_number(value, known) for value in content)
        return [f"const int64_t {name}[] = {{{numbers}}};"]
    return [f"static const unsigned char {name}[] = {{{_c_bytes(bytes(content))}}};"]
