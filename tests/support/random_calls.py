"""Random and hostile calls of the API on four threads, with collections and closes at any point.

``python -m support.random_calls SECONDS SEED`` prints how many calls it made, and fails for an
exception of a foreign kind or for objects that are left at the end.
"""

from __future__ import annotations

import faulthandler
import gc
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import nexus
from nexus._objects.handle import Handle
from support.hostile import VALUES, fault_of

THREADS = 4
POOL = 24
SOURCE = """#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, factor)) {
  NXS_ITEMS if (NXS_GLOBAL_ID(0) < 16) x[NXS_GLOBAL_ID(0)] *= factor;
}
"""
# Valid but huge sizes are left out: they would take minutes, or all memory.
UNEXPECTED = [v for v in VALUES if not (isinstance(v, int) and 2**16 < v < 2**63)]
# The number of bytes that the kernel writes at most.
LEAST_BYTES = 64
DTYPES = ["float32", "float32", "int64", "uint8", "bf16", "int4", "bool", None]


class NothingYetError(Exception):
    """There is no object of that class yet."""


class Program:
    """The objects of one thread, which other threads use and close too."""

    def __init__(self, device: nexus.Device, random_: random.Random, pool: list[Any]) -> None:
        self.device, self.random, self.pool = device, random_, pool
        self.calls = 0

    def own(self, kind: type) -> Any:
        """Return a random object of a class, open or not."""
        found = [thing for thing in list(self.pool) if isinstance(thing, kind)]
        if not found:
            raise NothingYetError
        return self.random.choice(found)

    def some(self, kind: type) -> Any:
        """Return a random object of a class as an argument; now and then anything else."""
        return self.hostile() if self.random.random() < 0.05 else self.own(kind)

    def argument(self) -> Any:
        """Return a buffer that the kernel may write to; now and then anything else."""
        found = self.some(nexus.Buffer)
        if isinstance(found, nexus.Buffer) and found.nbytes < LEAST_BYTES:
            raise NothingYetError
        return found

    def hostile(self) -> Any:
        return self.random.choice(UNEXPECTED)

    def one_of(self, *values: Any) -> Any:
        """Return one of some valid values; at times a hostile one."""
        return self.hostile() if self.random.random() < 0.15 else self.random.choice(values)

    def step(self) -> None:
        """Make one random call, and judge its exception."""
        action = self.random.choice(ACTIONS)
        self.calls += 1
        try:
            made = action(self)
        except NothingYetError:
            return
        except Exception as error:
            if fault := fault_of(error):
                raise AssertionError(f"{action.__name__}: {fault}") from error
            return
        if made is not None:
            self.pool.append(made)
            if len(self.pool) > POOL:
                del self.pool[self.random.randrange(len(self.pool) // 2)]


def buffer(p: Program) -> Any:
    shape = p.one_of(64, (8, 8), np.ones(64, np.float32), b"x" * 64, [1, 2, 3], 64.0)
    return p.device.create_buffer(shape, p.one_of(*DTYPES), p.one_of(True, True, None, False), 0)


def shared(p: Program) -> Any:
    return p.device.create_buffer(np.zeros(64, np.float32), copy=p.one_of(False, None))


def view(p: Program) -> Any:
    return p.own(nexus.Buffer).view(p.one_of("float32", "uint8", "Undefined", "int64"))


def array(p: Program) -> Any:
    return p.own(nexus.Buffer).numpy()


def read(p: Program) -> None:
    p.own(np.ndarray).sum()


def capsule(p: Program) -> None:
    found = p.own(nexus.Buffer)
    found.__dlpack__(max_version=p.one_of(None, (1, 0)), copy=p.one_of(None, True, False))


def fill(p: Program) -> None:
    p.own(nexus.Buffer).fill(p.one_of(1, 2.5, True), p.one_of(*DTYPES))


def copy(p: Program) -> None:
    p.own(nexus.Buffer).copy(p.one_of(np.empty(64, np.float32), bytearray(64)))


def copy_from(p: Program) -> None:
    p.own(nexus.Buffer).copy_from(p.one_of(np.ones(64, np.float32), bytes(64)))


def kernel(p: Program) -> Any:
    return p.own(nexus.Library).get_kernel(p.one_of("scale", "scale", "none"))


def library(p: Program) -> Any:
    return p.device.compile(SOURCE)


def schedule(p: Program) -> Any:
    return p.device.create_schedule(p.one_of(0, 0, nexus.execution_settings.Timing))


def stream(p: Program) -> Any:
    return p.device.create_stream(p.one_of(0))


def event(p: Program) -> Any:
    return p.device.create_event(p.one_of(*nexus.event_type))


def command(p: Program) -> Any:
    made = p.own(nexus.Schedule).create_command(p.some(nexus.Kernel))
    made.set_arg(0, p.argument())
    made.set_scalar(1, p.one_of(1.0, np.float64(0.5)))
    made.finalize(p.one_of(8, 16), p.one_of(16, np.array([16])))
    return made


def argument(p: Program) -> None:
    p.own(nexus.Command).set_arg(p.one_of(0, 1), p.one_of(p.argument(), 1.5))


def finalize(p: Program) -> None:
    p.own(nexus.Command).finalize(p.one_of(8), p.one_of(16), p.one_of(0, 64))


def signal_command(p: Program) -> Any:
    return p.own(nexus.Schedule).create_signal_command(p.some(nexus.Event), p.one_of(1, 2))


def wait_command(p: Program) -> Any:
    # Only for a value that is reached already: any other wait could block a stream for ever.
    return p.own(nexus.Schedule).create_wait_command(p.some(nexus.Event), 0)


def run(p: Program) -> None:
    on = p.one_of(None, p.some(nexus.Stream))
    p.own(nexus.Schedule).run(on, p.one_of(True, False), p.one_of(False, True))


def launch(p: Program) -> None:
    found = p.own(nexus.Kernel)
    found(p.argument(), p.one_of(2.0, 3), group_size=p.one_of(8), grid_size=p.one_of(16))


def synchronize(p: Program) -> None:
    p.own(nexus.Stream).synchronize()


def signal(p: Program) -> None:
    p.own(nexus.Event).signal(p.one_of(1, 2, 3))


def wait(p: Program) -> None:
    p.own(nexus.Event).wait(p.one_of(1, 2), timeout=p.random.choice([0, 0.001, "", -1, object()]))


def ask(p: Program) -> None:
    kind = p.random.choice([nexus.Buffer, nexus.Schedule, nexus.Event, nexus.Kernel])
    found, key = p.own(kind), p.one_of("Size", "Status", nexus.property.Value, ["Name"])
    p.random.choice([found.get_property_int, found.get_property_str, found.get_property_int_vec])(
        key
    )


def show(p: Program) -> None:
    repr(p.some(object))


def close(p: Program) -> None:
    p.own(nexus.Buffer if p.random.random() < 0.6 else Handle).close()


def collect(p: Program) -> None:
    gc.collect(0)


# Calls that others depend on are listed twice, so that they are chosen more often.
ACTIONS: list[Callable[[Program], Any]] = [
    *(buffer, buffer, shared, view, array, read, capsule, fill, copy, copy_from, kernel, library),
    *(schedule, stream, event, command, command, argument, finalize, signal_command, wait_command),
    *(run, run, launch, launch, synchronize, signal, wait, ask, show, close, close, collect),
]


def work(seconds: float, seed: int) -> int:
    """Run the threads, and return how many calls they made."""
    device = nexus.get_runtime("cpu").get_device(0)
    pool: list[Any] = []
    programs = [Program(device, random.Random(seed * THREADS + n), pool) for n in range(THREADS)]
    failures: list[BaseException] = []
    end = time.monotonic() + seconds

    def loop(program: Program) -> None:
        try:
            while time.monotonic() < end and not failures:
                program.step()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=loop, args=[program]) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(program.calls for program in programs)


def live() -> int:
    gc.collect()
    count: int = nexus.get_runtime("cpu").get_property_int_vec("LiveObjects")[0]
    return count


def main() -> None:
    seconds, seed = float(sys.argv[1]), int(sys.argv[2])
    faulthandler.enable()
    # If the program hangs, it prints the stacks of all threads and exits.
    faulthandler.dump_traceback_later(seconds + 60, exit=True)
    warnings.simplefilter("ignore")
    before = live()
    calls = work(seconds, seed)
    with nexus.get_runtime("cpu").get_device(0).create_stream() as last:
        last.synchronize()
    left = live() - before
    if left:
        raise AssertionError(f"{left} objects are left")
    print("calls", calls)


if __name__ == "__main__":
    main()
