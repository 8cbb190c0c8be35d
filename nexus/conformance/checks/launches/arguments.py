"""Launches: arguments that are refused, and those that are not set."""

from __future__ import annotations

from dataclasses import replace

from nexus._enums import KERNEL_MAX_ARGS, data_type
from nexus._enums import property as Property
from nexus.conformance.checks.support.launching import UNSET, Filling, scalar, with_argument
from nexus.conformance.checks.support.queries import needs_signature, query
from nexus.conformance.checks.support.subjects import INT_MAX, INT_MIN, UINT_MAX
from nexus.conformance.checks.support.work import I32, i32, int_buffer, new_event, new_schedule
from nexus.conformance.harness.call_arguments import Guarded, LaunchArgument, Layout
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check


@check(
    "launch.null",
    "A NULL launch is InvalidValue, and so are NULL arguments unless there are none.",
    function="Launch",
    needs=("Launch",),
)
def null(kit: Kit) -> None:
    work = Filling(kit)
    work.refused("InvalidValue", None)
    for count in (1, 3, KERNEL_MAX_ARGS):
        work.refused("InvalidValue", work.of(5, arguments=None, count=count))
    work.refused("InvalidKernelArgs", work.of(5, arguments=None))
    work.writes(5, "after launches of NULL")


@check(
    "launch.missing",
    "An argument that is not set is InvalidKernelArgs, and nothing runs.",
    function="Launch",
    root="command.hole",
    needs=("Launch",),
)
def missing(kit: Kit) -> None:
    work = Filling(kit)
    whole = work.of(5)
    for place in range(3):
        work.refused("InvalidKernelArgs", with_argument(whole, place, UNSET))
        few = list(whole.arguments or ())[:place]
        work.refused("InvalidKernelArgs", replace(whole, arguments=few))
    work.writes(5, "after launches without an argument")


@check(
    "launch.too_many",
    "More arguments than the kernel or any kernel has are InvalidArgIndex.",
    function="Launch",
    needs=("Launch",),
)
def too_many(kit: Kit) -> None:
    work = Filling(kit)
    more = [*(work.of(5).arguments or ()), *[scalar(1)] * 1000]
    for count in (KERNEL_MAX_ARGS + 1, 1000):
        work.refused("InvalidArgIndex", work.of(5, arguments=more[:count]))
    # Memory for as many as a plugin may look at before it finds one that is too many.
    for count in (1 << 16, INT_MAX, UINT_MAX):
        work.refused("InvalidArgIndex", work.of(5, arguments=more, count=count))
    place = (work.kernel,)
    if isinstance(query(kit, "GetKernelProperty", place, int(Property.Arguments)), bytes):
        for count in (4, 5, KERNEL_MAX_ARGS):
            work.refused("InvalidArgIndex", work.of(5, arguments=more[:count]))
    work.writes(5, "after launches with too many arguments")


@check(
    "launch.value_and_buffer",
    "An argument with a value and a buffer is InvalidArgValue.",
    function="Launch",
    needs=("Launch",),
)
def value_and_buffer(kit: Kit) -> None:
    work = Filling(kit)
    for place in range(3):
        both = LaunchArgument(i32(1), buffer=work.buffer, data_type=I32)
        work.refused("InvalidArgValue", with_argument(work.of(5), place, both))
    work.writes(5, "after launches with two values for an argument")


@check(
    "launch.buffers",
    "A buffer that is not live, or one of another device, is InvalidBuffer.",
    function="Launch",
    root="command.argument_buffer",
    needs=("Launch",),
)
def buffers(kit: Kit) -> None:
    work = Filling(kit)
    released = int_buffer(kit, [0])
    kit.ok("ReleaseBuffer", released)
    wrong = [released, -2, INT_MIN, INT_MAX, work.kernel, new_event(kit), new_schedule(kit)]
    if kit.devices > 1:
        wrong.append(kit.ok("CreateBuffer", 1, Layout(I32, [1]), None, 0))
    for handle in wrong:
        given = with_argument(work.of(5), 0, LaunchArgument(buffer=handle))
        work.refused("InvalidBuffer", given)
    work.writes(5, "after launches with wrong buffers")


@check(
    "launch.scalar_type",
    "A scalar of an unknown type, or one smaller than a byte, is InvalidArgValue.",
    function="Launch",
    root="command.scalar_type",
    needs=("Launch", "full"),
)
def scalar_type(kit: Kit) -> None:
    work = Filling(kit)
    names = ("F4", "BF4", "I4", "U4")
    for number in (*(int(data_type[name]) for name in names), *range(20, 32)):
        given = LaunchArgument(i32(6) * 2, data_type=number)
        work.refused("InvalidArgValue", with_argument(work.of(5), 1, given))
    work.writes(5, "after launches with scalars of other types")


@check(
    "launch.scalar_size",
    "A scalar whose size differs from the parameter's is InvalidArgSize.",
    function="Launch",
    root="command.scalar_size",
    needs=("Launch",),
)
def scalar_size(kit: Kit) -> None:
    needs_signature(kit)
    work = Filling(kit)
    for name in ("F64", "I64", "U64", "I16", "F16", "U8", "Bool"):
        given = LaunchArgument(i32(6) * 2, data_type=int(data_type[name]))
        work.refused("InvalidArgSize", with_argument(work.of(5), 1, given))
    work.writes(5, "after launches with scalars of other sizes")


@check(
    "launch.undefined_type",
    "A scalar of the type Undefined has the size that the kernel declares.",
    function="Launch",
    needs=("Launch",),
)
def undefined_type(kit: Kit) -> None:
    needs_signature(kit)
    work = Filling(kit)
    given = with_argument(work.of(0), 1, LaunchArgument(Guarded(i32(6))))
    work.launched(given, 6, "after a launch with a scalar of the type Undefined")


@check(
    "launch.kind_of_argument",
    "A scalar for a buffer parameter, or the reverse, is InvalidArgValue.",
    function="Launch",
    root="command.kind_of_argument",
    needs=("Launch",),
)
def kind_of_argument(kit: Kit) -> None:
    needs_signature(kit)
    work = Filling(kit)
    work.refused("InvalidArgValue", with_argument(work.of(5), 0, scalar(5)))
    for place in (1, 2):
        given = LaunchArgument(buffer=work.buffer)
        work.refused("InvalidArgValue", with_argument(work.of(5), place, given))
    work.writes(5, "after launches with arguments of the other kind")
