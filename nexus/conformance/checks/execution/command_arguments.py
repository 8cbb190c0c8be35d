"""Commands: the arguments of kernels."""

from __future__ import annotations

from nexus._enums import KERNEL_MAX_ARGS, data_type
from nexus.conformance.checks.support.fill_command import Fill
from nexus.conformance.checks.support.queries import needs_signature
from nexus.conformance.checks.support.subjects import (
    INT_MAX,
    INT_MIN,
    refused,
)
from nexus.conformance.checks.support.work import (
    I32,
    i32,
    int_buffer,
    read_ints,
    run,
)
from nexus.conformance.harness.call_arguments import Dim3, Guarded
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

_BAD_INDEXES = (-1, INT_MIN, KERNEL_MAX_ARGS, KERNEL_MAX_ARGS + 1, 1000, INT_MAX)


@check(
    "command.argument_index",
    "An index that is not in 0 to 63 is InvalidArgIndex, for buffers and scalars.",
    function="SetCommandArgument",
)
def argument_index(kit: Kit) -> None:
    work = Fill(kit)
    for index in _BAD_INDEXES:
        refused(kit, "InvalidArgIndex", "SetCommandArgument", work.command, index, work.buffer,
                None, 0)  # fmt: skip
        refused(kit, "InvalidArgIndex", "SetCommandScalar", work.command, index, i32(1), None, I32)
    work.writes(5, "arguments of indexes that were refused count")


@check(
    "command.argument_edges",
    "Each index from 0 to 63 sets its own argument only, or is InvalidArgIndex.",
    function="SetCommandArgument",
)
def argument_edges(kit: Kit) -> None:
    other = int_buffer(kit, [0])
    work = Fill(kit)
    for index in range(3, KERNEL_MAX_ARGS):
        for name, value in (("SetCommandArgument", (other,)), ("SetCommandScalar", (i32(9),))):
            tail = (None, 0) if name == "SetCommandArgument" else (None, I32)
            result = kit.worker.call(name, work.command, index, *value, *tail).value
            got = status_name(result)
            right = got in ("Success", "InvalidArgIndex")
            assert right, f"{name} of index {index} of a kernel of 3 arguments gives {got}"
            if got == "Success":
                # Accepted, so the arguments in between are holes, and the command cannot run.
                return
    work.writes(5, "arguments beyond the last one count")


@check(
    "command.hole",
    "Running a command with an unset argument is InvalidKernelArgs, and nothing runs.",
    function="RunSchedule",
)
def hole(kit: Kit) -> None:
    for missing in range(3):
        work = Fill(kit, value=None)
        if missing != 0:
            kit.ok("SetCommandArgument", work.command, 0, work.buffer, None, 0)
        for index, value in ((1, 5), (2, 1)):
            if index != missing:
                kit.ok("SetCommandScalar", work.command, index, i32(value), None, I32)
        status = kit.worker.call("FinalizeCommand", work.command, Dim3(1), Dim3(1), 0).value
        if status < 0:
            assert status_name(status) == "InvalidKernelArgs", status_name(status)
            continue
        refused(kit, "InvalidKernelArgs", "RunSchedule", work.schedule, -1, 0)
        assert read_ints(kit, work.buffer) == [0], f"without argument {missing} the kernel ran"


@check(
    "command.no_arguments",
    "Running a kernel without any argument set is InvalidKernelArgs.",
    function="RunSchedule",
    needs=("full",),
)
def no_arguments(kit: Kit) -> None:
    work = Fill(kit, value=None)
    work.finalize()
    refused(kit, "InvalidKernelArgs", "RunSchedule", work.schedule, -1, 0)


@check(
    "command.argument_buffer",
    "A handle that is not a live buffer is InvalidBuffer; the argument does not change.",
    function="SetCommandArgument",
    root="handle.released",
)
def argument_buffer(kit: Kit) -> None:
    work = Fill(kit)
    released = int_buffer(kit, [0])
    kit.ok("ReleaseBuffer", released)
    for handle in (released, -1, INT_MIN, INT_MAX, work.schedule, work.command):
        refused(kit, "InvalidBuffer", "SetCommandArgument", work.command, 0, handle, None, 0)
    work.writes(5, "a refused buffer took the argument's place")


@check(
    "command.argument_name",
    "The name of an argument may be NULL, empty, long, or invalid UTF-8.",
    function="SetCommandArgument",
)
def argument_name(kit: Kit) -> None:
    for name in (None, b"\0", b"x\0", b"long" * 16384 + b"\0", b"\xff\xfe\0", b"%s%n\0"):
        work = Fill(kit, value=None)
        text = None if name is None else Guarded(name)
        kit.ok("SetCommandArgument", work.command, 0, work.buffer, text, 0)
        for index, value in ((1, 8), (2, 1)):
            kit.ok("SetCommandScalar", work.command, index, i32(value), text, I32)
        work.writes(8, f"with the name {(name or b'NULL')[:8]!r}")


@check(
    "command.argument_replaced",
    "The last value that was set for an argument counts.",
    function="SetCommandArgument",
)
def argument_replaced(kit: Kit) -> None:
    work = Fill(kit)
    other = int_buffer(kit, [0])
    kit.ok("SetCommandArgument", work.command, 0, other, None, 0)
    kit.ok("SetCommandScalar", work.command, 1, i32(6), None, I32)
    work.writes(0, "the first buffer counts")
    assert read_ints(kit, other) == [6], "neither the last buffer nor the last scalar counts"


@check(
    "command.scalar_copied",
    "A scalar is copied before the call returns.",
    function="SetCommandScalar",
    strict=True,
)
def scalar_copied(kit: Kit) -> None:
    # The worker overwrites the memory that it passed as soon as the call has returned.
    work = Fill(kit, value=1234)
    kit.worker.call("SetCommandArgument", work.command, 0, work.buffer, "name", 0)
    work.writes(1234, "the scalar is read later")
    run(kit, work.schedule)
    assert read_ints(kit, work.buffer) == [1234], "the scalar is read later"


@check(
    "command.scalar_null",
    "A NULL scalar is InvalidArgValue, and the argument does not change.",
    function="SetCommandScalar",
)
def scalar_null(kit: Kit) -> None:
    work = Fill(kit)
    refused(kit, "InvalidArgValue", "SetCommandScalar", work.command, 1, None, None, I32)
    work.writes(5, "a refused scalar took the argument's place")


@check(
    "command.scalar_type",
    "A scalar of a type smaller than a byte is InvalidArgValue; the argument does not change.",
    function="SetCommandScalar",
    needs=("full",),
)
def scalar_type(kit: Kit) -> None:
    work = Fill(kit)
    names = ("F4", "BF4", "I4", "U4")
    for number in (*(int(data_type[name]) for name in names), *range(20, 32)):
        refused(kit, "InvalidArgValue", "SetCommandScalar", work.command, 1, bytes(8), None, number)
    work.writes(5, "a refused scalar took the argument's place")


@check(
    "command.scalar_size",
    "A scalar whose size differs from the parameter's is InvalidArgSize.",
    function="SetCommandScalar",
)
def scalar_size(kit: Kit) -> None:
    work = Fill(kit)
    needs_signature(kit)
    for name in ("F64", "I64", "U64", "I16", "F16", "U8", "Bool"):
        number = int(data_type[name])
        refused(kit, "InvalidArgSize", "SetCommandScalar", work.command, 1, bytes(8), None, number)
    work.writes(5, "a refused scalar took the argument's place")


@check(
    "command.kind_of_argument",
    "A scalar for a buffer parameter, or the reverse, is InvalidArgValue.",
    function="SetCommandScalar",
)
def kind_of_argument(kit: Kit) -> None:
    work = Fill(kit)
    needs_signature(kit)
    arguments = (work.command, 1, work.buffer, None, 0)
    refused(kit, "InvalidArgValue", "SetCommandArgument", *arguments)
    refused(kit, "InvalidArgValue", "SetCommandScalar", work.command, 0, i32(1), None, I32)
    work.writes(5, "a refused argument took the other's place")


@check(
    "command.scalar_guard_page",
    "Only the bytes of its data type are read from a scalar.",
    function="SetCommandScalar",
    root="command.scalar_copied",
)
def scalar_guard_page(kit: Kit) -> None:
    work = Fill(kit)
    kit.ok("SetCommandScalar", work.command, 1, Guarded(i32(41)), None, I32)
    work.writes(41, "a scalar that ends at a guard page")
    for name, size in (("U8", 1), ("I16", 2), ("F16", 2), ("F32", 4), ("I64", 8), ("F64", 8)):
        other = Fill(kit)
        arguments = (other.command, 1, Guarded(bytes(size)), None, int(data_type[name]))
        kit.worker.call("SetCommandScalar", *arguments)
