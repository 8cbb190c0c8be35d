"""Launches of an addition from Python, compared with other ways to run it."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np

import nexus
from benchmarks import compiler
from benchmarks.harness import Goal, Report, Row, interleave, per_call, row
from benchmarks.peers import opencl

CTYPES, NUMPY = "ctypes", "NumPy, out="
CFUNC, SERIAL, PARALLEL = "numba cfunc", "numba serial", "numba parallel"
CALL = "kernel(a, b, c, group_size=, grid_size=)"
RUN = "schedule.run()"
BUILD = "create_command(kernel, (a, b, c), ...)"
BUILD_BY_FIVE = "the same in five calls"
_HERE = Path(__file__).parent
_KERNELS = _HERE / "cpu" / "kernels.c"
_STATEMENTS = {
    CALL: "kernel(a, b, c, group_size=group, grid_size=n)",
    RUN: "schedule.run()",
    "build, finalize and run": (
        "made = device.create_schedule()\n"
        "command = made.create_command(kernel)\n"
        "command.set_arg(0, a); command.set_arg(1, b); command.set_arg(2, c)\n"
        "command.finalize(group, n)\n"
        "made.run()"
    ),
}
# For the smallest launch, where nearly all of the time is the way to the kernel.
_GOALS = {CALL: (Goal(CTYPES, 1), Goal(PARALLEL, 0.3), Goal(opencl.POCL, 1 / 40))}
_SIZES = (16, 1024, 1 << 16)


def run(quick: bool) -> Report:
    """Time launches of three sizes, the building of a command, and runs that do not block."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with opencl.registered(folder) as notes:
            for n in _SIZES:
                rows += _race(n, folder, notes, 0.2 if quick else 8)
    rows += _building(0.2 if quick else 3)
    rows += _without_blocking(quick)
    if not importlib.util.find_spec("numba"):
        notes.append("numba is not installed, so it is not compared")
    return Report(rows, list(dict.fromkeys(notes)))


def _race(n: int, folder: Path, notes: list[str], seconds: float) -> list[Row]:
    arrays = [np.arange(n, dtype=np.float32), np.ones(n, np.float32), np.zeros(n, np.float32)]
    names = _ours(arrays)
    cases = {name: per_call(text, names) for name, text in _STATEMENTS.items()}
    cases |= _of_c(arrays, folder) | _of_numba(arrays)
    cases[NUMPY] = per_call("np.add(x, y, out=z)", _named(arrays) | {"np": np})
    for name, found in opencl.kernels(arrays, notes).items():
        call = f"kernel(queue, ({n},), None, *buffers); queue.finish()"
        cases[name] = per_call(call, found)
    samples = interleave(cases, seconds)
    rows = []
    for name, taken in samples.items():
        ours = name in _STATEMENTS
        against = {other: samples[other] for other in samples if ours and other not in _STATEMENTS}
        goals = [goal for goal in _GOALS.get(name, ()) if n == _SIZES[0] and goal.of in against]
        rows.append(row(f"{name}, {n:,} items", "ns", taken, against, *goals))
    return rows


def _ours(arrays: list[Any]) -> dict[str, Any]:
    device = nexus.get_runtime("cpu").get_device(0)
    kernel = device.load_library(_KERNELS).get_kernel("add")
    a, b, c = (device.create_buffer(array) for array in arrays)
    group, n = min(256, arrays[0].size), arrays[0].size
    schedule = device.create_schedule()
    command = schedule.create_command(kernel)
    for index, buffer in enumerate((a, b, c)):
        command.set_arg(index, buffer)
    command.finalize(group, n)
    kernel(a, b, c, group_size=group, grid_size=n)
    assert (c.numpy() == arrays[0] + arrays[1]).all()
    return {
        "device": device,
        "kernel": kernel,
        "schedule": schedule,
        "a": a,
        "b": b,
        "c": c,
        "group": group,
        "n": n,
    }


def _named(arrays: list[Any]) -> dict[str, Any]:
    return dict(zip("xyz", arrays, strict=True))


def _of_c(arrays: list[Any], folder: Path) -> dict[str, Callable[[], float]]:
    target = folder / f"add{arrays[0].size}.so"
    options = ("-O3", "-march=native", "-shared", "-fPIC")
    compiler.compile_file(_HERE / "peers" / "add.c", target, *options)
    add = ctypes.CDLL(str(target)).add
    add.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_long]
    add.restype = None
    names = {"add": add, "n": arrays[0].size}
    names |= {name: array.ctypes.data for name, array in _named(arrays).items()}
    return {CTYPES: per_call("add(x, y, z, n)", names)}


def _of_numba(arrays: list[Any]) -> dict[str, Callable[[], float]]:
    if not importlib.util.find_spec("numba"):
        return {}
    numba = importlib.import_module("numba")

    def loop(x: Any, y: Any, z: Any) -> None:
        for i in numba.prange(x.size):
            z[i] = x[i] + y[i]

    def of_pointers(x: Any, y: Any, z: Any, n: int) -> None:
        to = numba.carray(z, n)
        left, right = numba.carray(x, n), numba.carray(y, n)
        for i in range(n):
            to[i] = left[i] + right[i]

    pointer = numba.types.CPointer(numba.types.float32)
    signature = numba.types.void(pointer, pointer, pointer, numba.types.int64)
    compiled = numba.cfunc(signature)(of_pointers).ctypes
    names = _named(arrays)
    floats = ctypes.POINTER(ctypes.c_float)
    pointers = {name: array.ctypes.data_as(floats) for name, array in names.items()}
    made = {CFUNC: per_call("f(x, y, z, n)", {"f": compiled, "n": arrays[0].size, **pointers})}
    for name, parallel in ((SERIAL, False), (PARALLEL, True)):
        function = numba.njit(parallel=parallel)(loop)
        function(*arrays)
        made[name] = per_call("f(x, y, z)", {"f": function, **names})
    return made


def _building(seconds: float) -> list[Row]:
    """Build commands in a new schedule for each sample, so that it stays short."""
    arrays = [np.zeros(16, np.float32) for _ in range(3)]
    names = _ours(arrays)
    device, kernel, buffers = names["device"], names["kernel"], tuple(names[n] for n in "abc")
    count = 200

    def five(schedule: nexus.Schedule) -> None:
        command = schedule.create_command(kernel)
        for index, buffer in enumerate(buffers):
            command.set_arg(index, buffer)
        command.finalize(16, 16)

    def one(schedule: nexus.Schedule) -> None:
        schedule.create_command(kernel, buffers, 16, 16)

    def timed(build: Callable[[nexus.Schedule], None]) -> Callable[[], float]:
        def take() -> float:
            schedule = device.create_schedule()
            begin = perf_counter_ns()
            for _ in range(count):
                build(schedule)
            took = (perf_counter_ns() - begin) / count
            schedule.close()
            return took

        return take

    samples = interleave({BUILD: timed(one), BUILD_BY_FIVE: timed(five)}, seconds)
    goal = Goal("median", 1500)
    return [
        row(BUILD, "ns", samples[BUILD], None, goal),
        row(BUILD_BY_FIVE, "ns", samples[BUILD_BY_FIVE]),
    ]


def _without_blocking(quick: bool) -> list[Row]:
    """Time a small run on an idle stream: until the caller goes on, and until it is done."""
    names = _ours([np.zeros(16, np.float32) for _ in range(3)])
    stream, schedule = names["device"].create_stream(), names["schedule"]
    submitted, done = [], []
    for _ in range(200 if quick else 20_000):
        begin = perf_counter_ns()
        schedule.run(stream, blocking=False)
        between = perf_counter_ns()
        stream.synchronize()
        done.append((perf_counter_ns() - begin) / 1e3)
        submitted.append((between - begin) / 1e3)
    return [
        row("run(blocking=False), the caller", "us", submitted, None, Goal("median", 2)),
        row("run(blocking=False) and synchronize()", "us", done, None, Goal("median", 8)),
    ]
