"""Prints calls and their right answers as a C program that shows a failure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from nexus._ffi import ffi, lib
from nexus.conformance.harness.call_arguments import (
    Address,
    Dim3,
    Launch,
    Layout,
    Out,
    SizeT,
)
from nexus.conformance.harness.patterns import seed_of, unit_of
from nexus.conformance.harness.trace import Content, Handle, Step
from nexus.conformance.programs.c_head import HEAD
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

_BY_VALUE = ("nxs_buffer_layout *", "nxs_dim3 *")


def _signature(function: str) -> tuple[str, list[str]]:
    """Return the C types of a function's result and arguments."""
    kind: Any = ffi.typeof(getattr(lib, f"nxs_{function}"))
    types = [argument.cname.removeprefix("struct ") for argument in kind.args[1:]]
    # By value in the plugin; the trampoline of Python takes a pointer.
    return kind.result.cname, [t.removesuffix(" *") if t in _BY_VALUE else t for t in types]


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
    head = HEAD.format(
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
            passed.append(_pointer(name, read))
            after.append(_spoil(name, read))
        elif isinstance(argument, Launch):
            made_before, made_after = _launch(name, argument, known, what)
            before += made_before
            after += made_after
            passed.append(f"&{name}")
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


def _pointer(name: str, read: Given) -> str:
    return f"(void *)({name} + {read.shift})" if read.shift else f"(void *){name}"


def _spoil(name: str, read: Given) -> str:
    """Return a line that overwrites memory that belongs to the caller again."""
    return f"memset({name}, 0xdd, {len(read.data) + read.shift});"


def _launch(name: str, launch: Launch, known: set[str], what: str) -> tuple[list[str], list[str]]:
    """Return the lines before and after a call that create a launch, check and overwrite it."""
    before: list[str] = []
    after: list[str] = []
    fields: list[str] = []
    for place, argument in enumerate(launch.arguments or ()):
        value, read = "NULL", given(argument.value)
        if read is not None:
            before += _given(f"{name}_{place}", read)
            after.append(_spoil(f"{name}_{place}", read))
            value = _pointer(f"{name}_{place}", read)
        fields.append(f"{{{value}, {number(argument.buffer, known)}, {int(argument.data_type)}u}}")
    arguments = "NULL"
    if launch.arguments is not None:
        arguments, told = f"{name}_arguments", f"{name}_given"
        listed = ", ".join(fields) or "{NULL, -1, 0u}"
        before.append(f"const nxs_launch_argument {told}[] = {{{listed}}};")
        before.append(
            f"nxs_launch_argument *{arguments} = (void *)guarded(sizeof {told});"
            if launch.guard
            else f"nxs_launch_argument {arguments}[{max(len(fields), 1)}];"
        )
        before.append(f"memcpy({arguments}, {told}, sizeof {told});")
        after.insert(0, f"expect(memcmp({arguments}, {told}, sizeof {told}) == 0, {what});")
        after.append(f"memset({arguments}, 0xdd, sizeof {told});")
    sizes = ", ".join(
        f"{{{size.x}u, {size.y}u, {size.z}u}}" for size in (launch.grid, launch.group)
    )
    before.append(
        f"nxs_launch {name} = {{{sizes}, {launch.shared}u, {launch.told}u, {arguments}}};"
    )
    return before, [*after, f"memset(&{name}, 0xdd, sizeof {name});"]


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
