"""Work for the checks: commands of the kit's kernels and events that hold work back."""

from __future__ import annotations

import array
import time
from collections.abc import Callable, Sequence

from nexus._enums import data_type, event_command_settings, execution_settings
from nexus._enums import property as Property
from nexus.conformance.checks.support.queries import query
from nexus.conformance.checks.support.subjects import INT_MAX, has_kernels, read
from nexus.conformance.harness.call_arguments import Dim3, Layout
from nexus.conformance.harness.kit import Kit

NON_BLOCKING = int(execution_settings.NonBlocking)
TIMING = int(execution_settings.Timing)
I32 = int(data_type.I32)
F32 = int(data_type.F32)
# Nanoseconds in which work ends that is not held back.
SOON = 5_000_000_000
# Nanoseconds after which work counts as held back.
A_WHILE = 30_000_000
_ATTEMPTS = 3

# Status of a run whose kernel fails, and of a wait for a value that will not be reached.
KERNEL_FAILED = "InvalidProgramExecutable"
WAIT_FAILED = "ExecStatusErrorForEventsInWaitList"

# The k-th run signals, or waits for, k times the value of a command with this setting.
PER_RUN = int(event_command_settings.PerRun)


def f32(*values: float) -> bytes:
    """Pack numbers as float32."""
    return array.array("f", values).tobytes()


def i32(*values: int) -> bytes:
    """Pack numbers as int32."""
    return array.array("i", values).tobytes()


def int_buffer(kit: Kit, values: Sequence[int]) -> int:
    """Make a buffer of int32."""
    return kit.ok("CreateBuffer", 0, Layout(I32, [len(values)]), i32(*values), 0)


def float_buffer(kit: Kit, values: Sequence[float]) -> int:
    """Make a buffer of float32."""
    return kit.ok("CreateBuffer", 0, Layout(F32, [len(values)]), f32(*values), 0)


def read_ints(kit: Kit, buffer: int, count: int = 1) -> list[int]:
    """Copy a buffer of int32 to the host."""
    return array.array("i", read(kit, buffer, 4 * count)).tolist()


def read_floats(kit: Kit, buffer: int, count: int = 1) -> list[float]:
    """Copy a buffer of float32 to the host."""
    return array.array("f", read(kit, buffer, 4 * count)).tolist()


def new_schedule(kit: Kit) -> int:
    """Make a schedule."""
    return kit.ok("CreateSchedule", 0, 0)


def new_stream(kit: Kit) -> int:
    """Make a stream."""
    return kit.ok("CreateStream", 0, 0)


def new_event(kit: Kit) -> int:
    """Make an event."""
    return kit.ok("CreateEvent", 0, 0, 0)


def set_arguments(kit: Kit, command: int, buffers: Sequence[int], scalars: Sequence[int]) -> None:
    """Set buffers first, then scalars of int32."""
    for index, buffer in enumerate(buffers):
        kit.ok("SetCommandArgument", command, index, buffer, None, 0)
    for index, value in enumerate(scalars, len(buffers)):
        kit.ok("SetCommandScalar", command, index, i32(value), None, I32)


def command(
    kit: Kit,
    schedule: int,
    kernel: str | int,
    buffers: Sequence[int],
    scalars: Sequence[int],
    *,
    grid: Dim3 | None = None,
    group: Dim3 | None = None,
) -> int:
    """Append a command that is ready to run; of a single item where no size is given."""
    handle = kit.kernel(kernel) if isinstance(kernel, str) else kernel
    made = kit.ok("CreateCommand", schedule, handle, 0)
    set_arguments(kit, made, buffers, scalars)
    kit.ok("FinalizeCommand", made, grid or Dim3(1), group or Dim3(1), 0)
    return made


def fill(kit: Kit, schedule: int, buffer: int, value: int, kernel: int | None = None) -> int:
    """Append a command that sets the first number of a buffer."""
    return command(kit, schedule, "fill" if kernel is None else kernel, [buffer], [value, 1])


def copying(kit: Kit) -> int:
    """Make a kernel that copies int32 from one buffer to another, in groups of one item.

    It also copies in larger groups where all numbers of a group are equal.
    """
    return kit.kernel("copy" if has_kernels(kit, "copy") else "barrier")


class Gate:
    """An event that holds back work on a stream until it is opened.

    Attributes
    ----------
    event : int
        Reaches 1 when the gate is opened.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.event = new_event(kit)

    def hold(self, schedule: int) -> int:
        """Append a command that waits for it."""
        return self._kit.ok("CreateWaitCommand", schedule, self.event, 1, 0)

    def open(self) -> None:
        """Let the work continue."""
        self._kit.ok("SignalEvent", self.event, 1)

    def opens(self, event: int, value: int = 1) -> None:
        """Open the gate, and check that an event reaches a value then and was below 1 before."""
        held(self._kit, event)
        self.open()
        finished(self._kit, event, value)


class HeldWork:
    """Submitted work that waits at a gate.

    Parameters
    ----------
    stream : int, optional
        The device's default one where it is not given.
    append : callable, optional
        Appends the work behind the gate to a schedule.

    Attributes
    ----------
    gate : Gate
        What holds it back.
    schedule : int
        Its schedule.
    done : int
        The event that it raises to 1 at its end.
    """

    def __init__(
        self, kit: Kit, stream: int = -1, append: Callable[[int], object] | None = None
    ) -> None:
        self.gate, self.schedule, self.done = Gate(kit), new_schedule(kit), new_event(kit)
        self.gate.hold(self.schedule)
        if append is not None:
            append(self.schedule)
        signal_in(kit, self.schedule, self.done)
        start(kit, self.schedule, stream)

    def finish(self) -> None:
        """Open the gate, and check that the work is done then and was not done before."""
        self.gate.opens(self.done)


def signal_in(kit: Kit, schedule: int, event: int, value: int = 1) -> int:
    """Append a command that signals."""
    return kit.ok("CreateSignalCommand", schedule, event, value, 0)


def start(kit: Kit, schedule: int, stream: int = -1) -> None:
    """Run without blocking."""
    kit.ok("RunSchedule", schedule, stream, NON_BLOCKING)


def run(kit: Kit, schedule: int, stream: int = -1) -> None:
    """Run and wait for the end."""
    kit.ok("RunSchedule", schedule, stream, 0)


def finished(kit: Kit, event: int, value: int = 1) -> None:
    """Wait until an event has reached 1."""
    if kit.has("WaitEventTimeout"):
        result = kit.worker.call("WaitEventTimeout", event, value, SOON).value
        assert result == 0, f"work that nothing holds back has not signalled {value} in 5 s"
    else:
        kit.ok("WaitEvent", event, value)


def held(kit: Kit, event: int, value: int = 1) -> None:
    """Check that an event is below 1 and stays there for a moment."""
    kit.need("WaitEventTimeout")
    result = kit.worker.call("WaitEventTimeout", event, value, A_WHILE).value
    assert result != 0, f"the event has reached {value}, and what it waits for has not happened"


def promptly(what: str, attempt: Callable[[], object], seconds: float) -> None:
    """Check that a call takes less than a limit in one of a few attempts.

    A busy machine is late now and then; a plugin that waits wrongly is late each time.
    """
    times: list[float] = []
    while not times or (times[-1] >= seconds and len(times) < _ATTEMPTS):
        begin = time.monotonic()
        attempt()
        times.append(time.monotonic() - begin)
    assert times[-1] < seconds, f"{what} took {min(times):.1f} s, {len(times)} times"


def counter(kit: Kit, event: int) -> int | None:
    """Return an event's counter; None if the plugin does not report it."""
    if not kit.has("GetEventProperty"):
        return None
    packed = query(kit, "GetEventProperty", (event,), int(Property.Value))
    return int.from_bytes(packed, "little", signed=True) if isinstance(packed, bytes) else None


def reached(kit: Kit, event: int, value: int) -> None:
    """Check that an event is exactly at a value."""
    found = counter(kit, event)
    assert found in (None, value), f"the event's Value is {found}, and {value} is right"
    kit.ok("WaitEvent", event, value)
    if kit.has("WaitEventTimeout") and value < INT_MAX:
        more = kit.worker.call("WaitEventTimeout", event, value + 1, 0).value
        assert more != 0, f"an event of {value} has reached {value + 1}"


def a_while(kit: Kit) -> tuple[str, int, int, int]:
    """Return a call that lasts a while and does nothing, for scripts of threads."""
    kit.need("WaitEventTimeout")
    return ("WaitEventTimeout", new_event(kit), 1, A_WHILE)


def failing_schedule(kit: Kit) -> int:
    """Make a schedule whose kernel fails."""
    schedule = new_schedule(kit)
    command(kit, schedule, "fail", [int_buffer(kit, [0])], [1, 100_000])
    return schedule
