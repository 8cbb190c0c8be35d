"""Prints calls and what they must answer as a Python program that shows what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexus.conformance.harness.call_arguments import Address, Dim3, Layout, Out, SizeT
from nexus.conformance.harness.trace import Content, Step
from nexus.conformance.programs.notation import (
    MEMORY,
    RIGHT,
    Place,
    comment,
    expected,
    expected_size,
    given,
    known_names,
    number,
    python_bytes,
    statuses,
)

_HEAD = '''\
"""{message}

Runs against {plugin}, or the plugin that is named on the command line.
"""

import os
import signal
import sys
import time

from nexus._ffi import ffi, lib
from nexus.conformance.harness.in_worker.call_memory import GuardedMemory
from nexus.conformance.harness.patterns import pattern

signal.alarm(30)  # What hangs ends here.

path = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else {plugin!r})
message = ffi.new("char[]", 1000)
plugin = lib.nxs_plugin_open(path.encode(), message, 1000)
if plugin == ffi.NULL:
    sys.exit("cannot be loaded: " + ffi.string(message).decode())
issued = set()
kept = []


def out(size):
    """Return memory of so many bytes, with a margin before and behind."""
    memory = ffi.new("unsigned char[]", size + 128)
    ffi.memmove(memory, b"\\xa5" * (size + 128), size + 128)
    return memory


def guarded(data):
    """Return memory with the data that ends at a page that cannot be touched."""
    kept.append(GuardedMemory(len(data)))
    ffi.memmove(kept[-1].pointer, data, len(data))
    return kept[-1].pointer


def given(data, shift=0):
    """Return memory with the data, so far behind an even address."""
    kept.append(ffi.new("char[]", b"\\0" * shift + data))
    return kept[-1] + shift


def take_back(memory, size):
    """Overwrite what a call was given to read: it is the caller's again."""
    ffi.memmove(memory, b"\\xdd" * size, size)


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
    wanted += b"\\xa5" * (size - len(wanted))
    expect(bytes(ffi.buffer(memory, size)) == wanted, f"{{what}}: memory is not as it must be")


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
            size, at = argument.size, name if argument.guard else f"{name} + 64"
            before.append(
                f'{name} = guarded(b"\\xa5" * {size})'
                if argument.guard
                else f"{name} = out({size})"
            )
            passed.append(at)
            content = expected(step, outs)
            outs += 1
            if not argument.guard:
                after.append(f"expect_margins({name}, {size}, {what!r})")
            if content is not None:
                after.append(f"expect_memory({at}, {size}, {_content(content, known)}, {what!r})")
        elif isinstance(argument, SizeT):
            before.append(f'{name} = ffi.new("size_t *", {argument.value})')
            passed.append(name)
            wanted_size = expected_size(step, sizes, argument.value)
            sizes += 1
            if wanted_size is not None:
                after.append(f"expect({name}[0] == {wanted_size}, {what + ': *size'!r})")
        elif read := given(argument):
            data = python_bytes(read.data)
            how = f"{data}, {read.shift}" if read.shift else data
            before.append(f"{name} = {'guarded' if read.guard else 'given'}({how})")
            passed.append(name)
            after.append(f"take_back({name}, {len(read.data)})")
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
            return f"ffi.memmove({_value(place, set())}, {python_bytes(rest[0])}, {len(rest[0])})"
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
    raise TypeError(f"{argument!r} cannot be written in Python")


def _content(content: Content, known: set[str]) -> str:
    if isinstance(content, tuple):
        numbers = ", ".join(number(value, known) for value in content)
        return f'bytes(ffi.buffer(ffi.new("int64_t[]", [{numbers}])))'
    return repr(bytes(content or b""))
