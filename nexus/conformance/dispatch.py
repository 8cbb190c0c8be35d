"""Work for the checks: commands of the kit's kernels and events that hold work back."""

from __future__ import annotations

import array
from collections.abc import Sequence

from nexus._enums import data_type, execution_settings
from nexus.conformance.arguments import Dim3, Layout
from nexus.conformance.kit import Kit
from nexus.conformance.objects import read

NON_BLOCKING = int(execution_settings.NonBlocking)
TIMING = int(execution_settings.Timing)
I32 = int(data_type.I32)
F32 = int(data_type.F32)
# Time enough for work that is not held back, in ns.
SOON = 5_000_000_000
# Time enough to see that work is held back, in ns.
A_WHILE = 30_000_000


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


class Gate:
    """Holds work on a stream back until it is opened.

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
        """Let the work go on."""
        self._kit.ok("SignalEvent", self.event, 1)


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
    """Wait until an event is there."""
    if kit.has("WaitEventTimeout"):
        result = kit.worker.call("WaitEventTimeout", event, value, SOON).value
        assert result == 0, f"work that nothing holds back has not signalled {value} in 5 s"
    else:
        kit.ok("WaitEvent", event, value)


def held(kit: Kit, event: int, value: int = 1) -> None:
    """Demand that an event is not there, and does not get there soon."""
    kit.need("WaitEventTimeout")
    result = kit.worker.call("WaitEventTimeout", event, value, A_WHILE).value
    assert result != 0, f"the event has reached {value}, and what it waits for has not happened"


def a_while(kit: Kit) -> tuple[str, int, int, int]:
    """Return a call that does nothing for a while, for scripts of threads."""
    kit.need("WaitEventTimeout")
    return ("WaitEventTimeout", new_event(kit), 1, A_WHILE)
