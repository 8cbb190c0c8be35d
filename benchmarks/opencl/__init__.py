"""The OpenCL plugin on each driver of this machine, compared with its calls in C and PyOpenCL."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import nexus
from benchmarks.harness import CannotRunError, Goal, Report, Row, interleave, mean_of, row
from benchmarks.peers import opencl as peer

from .baseline import Baseline

C, C_ONCE = "C", "C, arguments set once"
# Programs usually leave the group size to the driver; a case has the one that Nexus is given.
PYOPENCL, PYOPENCL_SIZED = "pyopencl", "pyopencl, group size given"
CALL, RUN, SYNCHRONIZE = "kernel(a, b, c, ...)", "schedule.run()", "synchronize() at the end"
NOW = "without Capture"
_OURS = (CALL, RUN, SYNCHRONIZE)
_ITEMS = 16
_WAITED, _PIPELINED, _COMMANDS = 200, 100, 100
# The rate of copies is to be 0.95 of the driver's.
_AS_FAST = 1 / 0.95
_OF_PYOPENCL, _OF_C = 0.6, 1.2


def run(quick: bool) -> Report:
    """Time launches, captured schedules, copies and shared arrays."""
    rows: list[Row] = []
    seconds = 0.2 if quick else 5
    sizes = (16,) if quick else (16, 64)
    with tempfile.TemporaryDirectory() as name, peer.registered(Path(name)) as notes:
        arrays = [np.arange(_ITEMS, dtype=np.float32) for _ in range(3)]
        devices = _devices()
        peers = peer.kernels(arrays, notes)
        for driver, platform in peer.PLATFORMS.items():
            if platform not in devices:
                continue
            device = devices[platform]
            base = Baseline(Path(name), platform, peer.SOURCE, _ITEMS, max(sizes) << 20)
            title = f"{driver.removeprefix('pyopencl on ')}: "
            with _prepared(device, arrays) as ours:
                for measure in (_waited, _pipelined):
                    rows += measure(title, ours, base, peers.get(driver), seconds)
                rows += _captured(title, ours, seconds)
            for size in sizes:
                rows += _copies(title, device, base, size, seconds)
            rows += _shared(title, device, max(sizes), seconds, notes)
            notes.append(f"{title}{device.get_property_str('Description')}, driver {_of(device)}")
    return Report(rows, notes)


def _of(device: nexus.Device) -> str:
    return device.get_property_str("Version")


def _devices() -> dict[str, nexus.Device]:
    """Return the first device of each driver that is measured, by the platform's name."""
    try:
        runtime = nexus.get_runtime("opencl")
    except LookupError as error:
        raise CannotRunError(f"no OpenCL plugin: {error}") from None
    found: dict[str, nexus.Device] = {}
    for device in runtime.get_devices():
        described = device.get_property_str("Description")
        for platform in peer.PLATFORMS.values():
            if f", by {platform}" in described:
                found.setdefault(platform, device)
    if not found:
        reason = runtime.properties().get("Message", "neither Intel's runtime nor PoCL is there")
        raise CannotRunError(f"no OpenCL device to measure: {reason}")
    return found


class _Prepared:
    """A kernel of Nexus with its buffers, and a stream."""

    def __init__(self, device: nexus.Device, arrays: list[Any]) -> None:
        self.device = device
        self.kernel = device.compile(peer.SOURCE).get_kernel("add")
        self.buffers = tuple(device.create_buffer(array) for array in arrays)
        self.stream = device.create_stream()
        self.launch(blocking=True)
        assert (self.buffers[2].numpy() == arrays[0] + arrays[1]).all()

    def launch(self, **options: Any) -> None:
        self.kernel(*self.buffers, group_size=_ITEMS, grid_size=_ITEMS, **options)

    def schedule(self, commands: int = 1, settings: int = 0) -> nexus.Schedule:
        made = self.device.create_schedule(settings)
        for _ in range(commands):
            made.create_command(self.kernel, self.buffers, _ITEMS, _ITEMS)
        return made


@contextmanager
def _prepared(device: nexus.Device, arrays: list[Any]) -> Iterator[_Prepared]:
    made = _Prepared(device, arrays)
    try:
        yield made
    finally:
        made.stream.close()


def _rows(of: str, samples: dict[str, list[float]], *goals: Goal) -> list[Row]:
    """Return the rows of Nexus, each against all others, and those of the others.

    The goals are of a call and a run.
    """
    against = {other: taken for other, taken in samples.items() if other not in _OURS}
    known = [goal for goal in goals if goal.of in against]
    rows = []
    for name, taken in samples.items():
        limits = known if name in (CALL, RUN) else []
        ratios = against if name in _OURS else None
        rows.append(row(f"{of}, {name}", "us", taken, ratios, *limits))
    return rows


def _of_pyopencl(
    theirs: dict[str, Any] | None, times: int, each: bool
) -> dict[str, Callable[[], float]]:
    """Return the cases of PyOpenCL: `times` launches, of which each is waited for, or the last."""
    if not theirs:
        return {}
    queue, kernel, buffers = theirs["queue"], theirs["kernel"], theirs["buffers"]

    def case(group: tuple[int] | None) -> Callable[[], float]:
        def launches() -> None:
            for _ in range(times):
                kernel(queue, (_ITEMS,), group, *buffers)
                if each:
                    queue.finish()
            queue.finish()

        return _each_of(times, launches)

    return {PYOPENCL: case(None), PYOPENCL_SIZED: case((_ITEMS,))}


def _waited(
    title: str, ours: _Prepared, base: Baseline, theirs: dict[str, Any] | None, seconds: float
) -> list[Row]:
    kernel, buffers, schedule = ours.kernel, ours.buffers, ours.schedule()

    def call() -> None:
        kernel(*buffers, group_size=_ITEMS, grid_size=_ITEMS)

    cases = {
        CALL: mean_of(call, _nothing, _WAITED),
        RUN: mean_of(schedule.run, _nothing, _WAITED),
        C: base.launches("waited", _WAITED, each=True),
        C_ONCE: base.launches("waited", _WAITED, each=False),
        **_of_pyopencl(theirs, _WAITED, each=True),
    }
    goals = [Goal(PYOPENCL, _OF_PYOPENCL)] if title.startswith("Intel") else []
    return _rows(f"{title}launch and wait", interleave(cases, seconds), *goals)


def _pipelined(
    title: str, ours: _Prepared, base: Baseline, theirs: dict[str, Any] | None, seconds: float
) -> list[Row]:
    """Time launches of which the last one is waited for, as clFinish does."""
    kernel, buffers, schedule, stream = ours.kernel, ours.buffers, ours.schedule(), ours.stream
    sizes: dict[str, Any] = {"group_size": _ITEMS, "grid_size": _ITEMS, "stream": stream}

    def calls() -> None:
        for _ in range(_PIPELINED - 1):
            kernel(*buffers, **sizes, blocking=False)
        kernel(*buffers, **sizes)

    def runs() -> None:
        for _ in range(_PIPELINED - 1):
            schedule.run(stream, blocking=False)
        schedule.run(stream)

    def synchronized() -> None:
        for _ in range(_PIPELINED):
            schedule.run(stream, blocking=False)
        stream.synchronize()

    cases = {
        CALL: _each_of(_PIPELINED, calls),
        RUN: _each_of(_PIPELINED, runs),
        SYNCHRONIZE: _each_of(_PIPELINED, synchronized),
        C: base.launches("pipelined", _PIPELINED, each=True),
        C_ONCE: base.launches("pipelined", _PIPELINED, each=False),
        **_of_pyopencl(theirs, _PIPELINED, each=False),
    }
    of = f"{title}{_PIPELINED} launches in flight, one"
    return _rows(of, interleave(cases, seconds), Goal(C, _OF_C))


def _each_of(times: int, body: Callable[[], None]) -> Callable[[], float]:
    """Return a function that measures a body of so many launches, in us for one."""
    take = mean_of(body, _nothing, 1)
    return lambda: take() / times


def _captured(title: str, ours: _Prepared, seconds: float) -> list[Row]:
    """Time schedules that the plugin may hand over as command buffers."""
    capture = nexus.execution_settings.Capture
    schedules = {
        NOW: ours.schedule(_COMMANDS),
        "with Capture": ours.schedule(_COMMANDS, capture),
    }
    cases = {name: mean_of(made.run, _nothing, 5) for name, made in schedules.items()}
    samples = interleave(cases, seconds)
    of = f"{title}schedule of {_COMMANDS} launches"
    return [
        row(f"{of}, {NOW}", "us", samples[NOW]),
        row(f"{of}, with Capture", "us", samples["with Capture"], {NOW: samples[NOW]}),
    ]


def _copies(
    title: str, device: nexus.Device, base: Baseline, megabytes: int, seconds: float
) -> list[Row]:
    host = np.ones(megabytes << 18, np.float32)
    rows = []
    with device.create_buffer(host) as buffer:
        for of, mine, names in (
            ("to the device", buffer.copy_from, ("write", "write_mapped")),
            ("to the host", buffer.copy, ("read", "read_mapped")),
        ):
            cases = {f"C, {name}": base.copy(name, host) for name in names}
            cases["Nexus"] = mean_of(partial(mine, host), _nothing, 1)
            samples = interleave(cases, seconds)
            nexus_side = samples.pop("Nexus")
            name = f"{title}{megabytes} MiB {of}"
            rows.append(row(name, "us", nexus_side, samples, Goal(f"C, {names[0]}", _AS_FAST)))
            rows += [row(f"{name}, {other}", "us", taken) for other, taken in samples.items()]
    return rows


def _shared(
    title: str, device: nexus.Device, megabytes: int, seconds: float, notes: list[str]
) -> list[Row]:
    """Time a kernel on three arrays of NumPy that the device shares, or that are copied."""
    kernel = device.compile(peer.SOURCE).get_kernel("add")
    count = megabytes << 18
    arrays = [np.ones(count, np.float32) for _ in range(3)]

    def use(copy: bool) -> Callable[[], None]:
        def body() -> None:
            buffers = [device.create_buffer(array, copy=copy) for array in arrays]
            kernel(*buffers, group_size=256, grid_size=count)
            if copy:
                buffers[2].copy(arrays[2])
            for buffer in buffers:
                buffer.close()

        return body

    try:
        use(copy=False)()
    except (BufferError, ValueError, nexus.NexusError) as error:
        notes.append(f"{title}arrays of NumPy cannot be shared: {error}")
        return []
    assert (arrays[2] == 2).all()
    cases = {
        "shared": mean_of(use(copy=False), _nothing, 1),
        "copied": mean_of(use(copy=True), _nothing, 1),
    }
    samples = interleave(cases, seconds)
    of = f"{title}addition of {megabytes} MiB arrays"
    return [
        row(f"{of}, copied", "us", samples["copied"]),
        row(f"{of}, shared", "us", samples["shared"], {"copied": samples["copied"]}),
    ]


def _nothing() -> None:
    pass
