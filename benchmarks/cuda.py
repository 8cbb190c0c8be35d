"""The CUDA plugin on a GPU, compared with driver calls in C++, CuPy and cuda.core.

By itself: ``python -m benchmarks.cuda``.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import nexus
from benchmarks.cuda_driver import SOURCE, Baseline, baseline
from benchmarks.harness import CannotRunError, Goal, Report, Row, interleave, mean_of, row

C = "C++"
_ROOT = Path(__file__).parents[1]
_LAUNCHES, _KERNELS = 200, 100


def run(quick: bool) -> Report:
    """Time launches, graphs, copies and kernels."""
    device = _device()
    seconds = 0.2 if quick else 5
    notes = [f"{device.name}, driver {device.runtime.get_property_str('Version')}"]
    with baseline(device) as base:
        rows = [
            *_launches(device, base, seconds, notes),
            *_graphs(device, base, seconds),
            *_copies(device, base, seconds, 16 if quick else 256, notes),
            *_kernels(device, base, seconds, 64 if quick else 2048),
        ]
    return Report(rows, notes)


def _device() -> nexus.Device:
    runtime = nexus.get_runtime("cuda")
    if not runtime.get_devices():
        reason = runtime.properties().get("Message", "the driver has no device")
        raise CannotRunError(f"no CUDA device: {reason}")
    return runtime.get_device(0)


def _has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _schedule(
    device: nexus.Device,
    kernel: nexus.Kernel,
    args: Sequence[Any],
    group: Any,
    items: Any,
    times: int = 1,
    settings: int = 0,
) -> nexus.Schedule:
    schedule = device.create_schedule(settings)
    for _ in range(times):
        command = schedule.create_command(kernel)
        for index, arg in enumerate(args):
            command.set_arg(index, arg)
        command.finalize(group, items)
    return schedule


def _launches(device: nexus.Device, base: Baseline, seconds: float, notes: list[str]) -> list[Row]:
    kernel = device.compile(SOURCE).get_kernel("nothing")
    x, stream = device.create_buffer(4), device.create_stream()
    schedule = _schedule(device, kernel, [x], 32, 32)
    launch = base.launch("nothing", [x], (32, 1, 1), (1, 1, 1))
    hand_over = mean_of(lambda: schedule.run(stream, blocking=False), stream.synchronize, _LAUNCHES)
    cases = {
        C: lambda: base("launches", launch, _LAUNCHES) / _LAUNCHES * 1e6,
        "Nexus": hand_over,
        **_compared("CuPy", "cupy", _cupy_launch, notes),
        **_compared("cuda.core", "cuda.core", _cuda_core_launch, notes),
    }
    limits = {C: 1.5, "CuPy": 0.5, "cuda.core": 0.8}
    samples = interleave(cases, seconds)
    rows = [row(f"{name}: launch", "us", samples[name]) for name in cases if name != "Nexus"]
    for other in limits.keys() & cases.keys():
        goal = Goal(other, limits[other])
        against = {other: samples[other]}
        rows.append(row(f"Nexus: launch, against {other}", "us", samples["Nexus"], against, goal))
    blocking = {
        C: lambda: base("blocking", launch, _LAUNCHES) / _LAUNCHES * 1e6,
        "Nexus": mean_of(lambda: schedule.run(stream), stream.synchronize, _LAUNCHES),
    }
    samples = interleave(blocking, seconds)
    rows.append(row("Nexus: launch and wait", "us", samples["Nexus"], {C: samples[C]}))
    return rows


def _compared(
    name: str, module: str, make: Callable[[], Callable[[], float]], notes: list[str]
) -> dict[str, Callable[[], float]]:
    """Return the case of another library, empty if it is missing or does not work here."""
    if not _has(module):
        notes.append(f"{name} is not installed, so nothing was compared with it")
        return {}
    try:
        take = make()
        take()
    except Exception as error:  # whatever another library raises
        notes.append(f"{name} does not work here, so nothing was compared with it: {error}")
        return {}
    return {name: take}


def _cupy_launch() -> Callable[[], float]:
    cupy = importlib.import_module("cupy")
    kernel, x = cupy.RawKernel(SOURCE, "nothing"), cupy.zeros(1, cupy.float32)
    stream = cupy.cuda.Stream(non_blocking=True)

    def launch() -> None:
        kernel((1,), (32,), (x,), stream=stream)

    return mean_of(launch, stream.synchronize, _LAUNCHES)


def _cuda_core_launch() -> Callable[[], float]:
    # Before its version 1 it was experimental.
    experimental = _has("cuda.core.experimental")
    core = importlib.import_module("cuda.core.experimental" if experimental else "cuda.core")
    device = core.Device()
    device.set_current()
    stream = device.create_stream()
    options = core.ProgramOptions(arch=f"sm_{device.arch}")
    kernel = core.Program(SOURCE, "c++", options).compile("cubin").get_kernel("nothing")
    memory = device.allocate(4, stream=stream)
    config = core.LaunchConfig(grid=1, block=32)

    def launch() -> None:
        core.launch(stream, config, kernel, memory)

    return mean_of(launch, stream.sync, _LAUNCHES)


def _graphs(device: nexus.Device, base: Baseline, seconds: float) -> list[Row]:
    kernel = device.compile(SOURCE).get_kernel("nothing")
    x = device.create_buffer(4)
    capture = nexus.execution_settings.Capture
    schedule = _schedule(device, kernel, [x], 32, 32, _KERNELS, capture)
    graph = base("graph", base.launch("nothing", [x], (32, 1, 1), (1, 1, 1)), _KERNELS)
    cases = {
        C: lambda: base("replays", ctypes.c_void_p(graph), 20) / 20 * 1e6,
        "Nexus": mean_of(schedule.run, _nothing, 20),
    }
    samples = interleave(cases, seconds)
    title = f"graph of {_KERNELS} kernels"
    goal = Goal(C, 1.1)
    return [
        row(f"{C}: {title}", "us", samples[C]),
        row(f"Nexus: {title}", "us", samples["Nexus"], {C: samples[C]}, goal),
    ]


def _copies(
    device: nexus.Device, base: Baseline, seconds: float, mebibytes: int, notes: list[str]
) -> list[Row]:
    size = mebibytes << 20
    buffer = device.create_buffer(size)
    there = ctypes.c_uint64(buffer.get_property_int("Value"))
    address = base("pinned", ctypes.c_size_t(size))
    pinned = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))
    pageable = np.zeros(size, np.uint8)
    pinned[:] = pageable[:] = np.random.default_rng(0).integers(0, 255, size, np.uint8)
    here, length = ctypes.c_uint64(address), ctypes.c_size_t(size)
    rows = []
    cupy = importlib.import_module("cupy") if _has("cupy") else None
    for title, call, order in (
        ("host to device", buffer.copy_from, (there, here)),
        ("device to host", buffer.copy, (here, there)),
    ):
        cases: dict[str, Callable[[], float]] = {
            C: partial(_baseline_copy, base, *order, length),
            "pinned": mean_of(partial(call, pinned), _nothing, 1),
            "pageable": mean_of(partial(call, pageable), _nothing, 1),
        }
        if cupy is not None:
            array = cupy.zeros(size, cupy.uint8)
            to_device = title.startswith("host")
            move = partial(array.set, pageable) if to_device else partial(array.get, out=pageable)
            cases["CuPy"] = mean_of(move, cupy.cuda.Device().synchronize, 1)
        samples = interleave(cases, seconds)
        name = f"{title}, {mebibytes} MiB"
        rows.append(row(f"{C}: {name}, pinned", "us", samples[C]))
        pinned_row = samples["pinned"], {C: samples[C]}, Goal(C, 1 / 0.95)
        rows.append(row(f"Nexus: {name}, pinned", "us", *pinned_row))
        if cupy is not None:
            against = {"CuPy": samples["CuPy"]}
            pageable_row = samples["pageable"], against, Goal("CuPy", 1.0)
            rows.append(row(f"Nexus: {name}, pageable", "us", *pageable_row))
        else:
            notes.append(f"CuPy is not installed: pageable {title} is compared with nothing")
    return rows


def _baseline_copy(base: Baseline, *args: Any) -> float:
    took: float = base("copy", *args)
    return took * 1e6


def _nothing() -> None:
    pass


def _kernels(device: nexus.Device, base: Baseline, seconds: float, side: int) -> list[Row]:
    library = device.compile(SOURCE)
    rng = np.random.default_rng(0)
    a, b = (device.create_buffer(rng.random((side, side), np.float32)) for _ in range(2))
    c = device.create_buffer((side, side), dtype="float32")
    count, tiles = side * side, side // 32
    rows = []
    for name, n, group, grid in (
        ("add", count, (256, 1, 1), (count // 256, 1, 1)),
        ("multiply", side, (32, 32, 1), (tiles, tiles, 1)),
    ):
        items = [size * number for size, number in zip(group, grid, strict=True)]
        schedule = _schedule(device, library.get_kernel(name), [a, b, c, n], group, items)
        launch = base.launch(name, [a, b, c, n], group, grid)

        def nexus_side(schedule: nexus.Schedule = schedule) -> float:
            schedule.run(timing=True)
            return schedule.get_property_flt("ElapsedTime") * 1e3

        cases = {C: lambda launch=launch: base("kernel", launch) * 1e6, "Nexus": nexus_side}
        samples = interleave(cases, seconds)
        title = f"{name}, {side} x {side}"
        rows.append(row(f"{C}: {title}", "us", samples[C]))
        against = {C: samples[C]}
        rows.append(row(f"Nexus: {title}", "us", samples["Nexus"], against, Goal(C, 1.02)))
    return rows


if __name__ == "__main__":
    from benchmarks.__main__ import main

    sys.argv.insert(1, "cuda")
    sys.exit(main())
