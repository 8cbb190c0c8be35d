"""Prints calls and what they must answer as a Python program that shows what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexus.conformance.arguments import (
    Address,
    CString,
    Dim3,
    Guarded,
    Layout,
    Misaligned,
    Out,
    SizeT,
)
from nexus.conformance.emit import (
    MEMORY,
    RIGHT,
    Place,
    comment,
    expected,
    expected_size,
    known_names,
    number,
    statuses,
)
from nexus.conformance.trace import Content, Step

_HEAD = '''\
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


def emit_python(steps: Sequence[Step], plugin: str, message: str, verdict: str = RIGHT) -> str:
    """Return a Python program that makes the calls and exits with 1 at the first wrong answer.

    Parameters
    ----------
    steps : sequence of Step
        The calls.
    plugin : str
        Path of the plugin.
    message : str
        What is wrong.
    verdict : str, optional
        What the program says when it gets to its end.
    """
    known = known_names(steps)
    lines: list[str] = []
    for place, step in enumerate(steps, 1):
        lines += _step(place, step, known)
    safe = message.replace("\\", "\\\\").replace('"""', "'''")
    return (
        _HEAD.format(message=safe, plugin=plugin)
        + "\n".join([*lines, f"print({verdict!r})"])
        + "\n"
    )


def _step(count: int, step: Step, known: set[str]) -> list[str]:
    if step.function in MEMORY:
        return [_memory(step), ""]
    before: list[str] = []
    after: list[str] = []
    passed: list[str] = []
    what = f"call {count}, {step.function}"
    outs = sizes = 0
    for place, argument in enumerate(step.arguments):
        name = f"argument_{count}_{place}"
        if isinstance(argument, Out):
            before.append(f"{name} = out({argument.size})")
            passed.append(f"{name} + 64")
            content = expected(step, outs)
            outs += 1
            if content is None:
                after.append(f"expect_margins({name}, {argument.size}, {what!r})")
            else:
                wanted = _content(content, known)
                after.append(f"expect_memory({name}, {argument.size}, {wanted}, {what!r})")
        elif isinstance(argument, SizeT):
            before.append(f'{name} = ffi.new("size_t *", {argument.value})')
            passed.append(name)
            wanted_size = expected_size(step, sizes, argument.value)
            sizes += 1
            if wanted_size is not None:
                after.append(f"expect({name}[0] == {wanted_size}, {what + ': *size'!r})")
        elif isinstance(argument, Misaligned):
            data = b"\0" + argument.data
            before.append(f'{name} = ffi.new("unsigned char[]", {data!r})')
            passed.append(f"{name} + 1")
        else:
            passed.append(_value(argument, known))
    target = step.makes or "got"
    call = ", ".join([str(count), repr(step.function), *passed])
    lines = [comment(step, "#"), *before, f"{target} = call({call})"]
    if step.makes and not step.want.refusals:
        lines.append(f"expect_handle({target}, {what!r})")
    else:
        lines.append(f"expect_status({target}, {statuses(step)}, {what!r})")
    return lines + after + [""]


def _memory(step: Step) -> str:
    """Return what is done with memory of the host."""
    place, *rest = step.arguments
    match step.function:
        case "allocate":
            return f'{step.makes} = ffi.new("char[]", {place})'
        case "write":
            return f"ffi.memmove({_value(place, set())}, {rest[0]!r}, {len(rest[0])})"
        case "read":
            return f"print(bytes(ffi.buffer({_value(place, set())}, {rest[0]})))"
    return f"del {_value(place, set())}"


def _value(argument: Any, known: set[str]) -> str:
    if argument is None:
        return "ffi.NULL"
    if isinstance(argument, Place):
        return f"{argument.name} + {argument.offset}" if argument.offset else argument.name
    if isinstance(argument, Address):
        return f'ffi.cast("char *", {argument.value})'
    if isinstance(argument, int):
        return number(argument, known)
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


def _content(content: Content, known: set[str]) -> str:
    if isinstance(content, tuple):
        numbers = ", ".join(number(value, known) for value in content)
        return f'bytes(ffi.buffer(ffi.new("int64_t[]", [{numbers}])))'
    return repr(bytes(content or b""))
