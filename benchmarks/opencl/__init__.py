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

C, C_ONCE, PYOPENCL = "C", "C, arguments set once", "pyopencl"
CALL, RUN, NOW = "kernel(a, b, c, ...)", "schedule.run()", "without Capture"
_ITEMS = 16
_WAITED, _PIPELINED, _COMMANDS = 200, 100, 100
# The rate of copies is to be 0.95 of the driver's.
_AS_FAST = 1 / 0.95
_GOALS = {peer.INTEL: 0.6}


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
            title = f"{platform.split()[0]}: "
            with _prepared(device, arrays) as ours:
                for make in (_waited, _pipelined):
                    rows += make(title, ours, base, peers.get(driver), seconds, driver)
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
    runtime = nexus.get_runtime("opencl")
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


def _ours(title: str, of: str, samples: dict[str, list[float]], **goals: Goal) -> list[Row]:
    """Return the rows of Nexus, each against all others, and those of the others."""
    rows = []
    for name in (CALL, RUN):
        against = {other: taken for other, taken in samples.items() if other not in (CALL, RUN)}
        mine = [goal for key, goal in goals.items() if key == ("call" if name == CALL else "run")]
        mine = [goal for goal in mine if goal.of in against]
        rows.append(row(f"{title}{of}, {name}", "us", samples[name], against, *mine))
    others = samples.keys() - {CALL, RUN}
    return rows + [row(f"{title}{of}, {name}", "us", samples[name]) for name in sorted(others)]


def _waited(
    title: str,
    ours: _Prepared,
    base: Baseline,
    theirs: dict[str, Any] | None,
    seconds: float,
    driver: str,
) -> list[Row]:
    kernel, buffers, schedule = ours.kernel, ours.buffers, ours.schedule()
    cases = {
        CALL: mean_of(
            lambda: kernel(*buffers, group_size=_ITEMS, grid_size=_ITEMS), _nothing, _WAITED
        ),
        RUN: mean_of(schedule.run, _nothing, _WAITED),
        C: base.launches("waited", _WAITED, each=True),
        C_ONCE: base.launches("waited", _WAITED, each=False),
    }
    if theirs:
        queue, add = theirs["queue"], theirs["kernel"]

        def call() -> None:
            add(queue, (_ITEMS,), (_ITEMS,), *theirs["buffers"])
            queue.finish()

        cases[PYOPENCL] = mean_of(call, _nothing, _WAITED)
    goals = {"call": Goal(PYOPENCL, _GOALS[driver])} if driver in _GOALS else {}
    return _ours(title, "launch and wait", interleave(cases, seconds), **goals)


def _pipelined(
    title: str,
    ours: _Prepared,
    base: Baseline,
    theirs: dict[str, Any] | None,
    seconds: float,
    driver: str,
) -> list[Row]:
    kernel, buffers, schedule, stream = ours.kernel, ours.buffers, ours.schedule(), ours.stream

    def call() -> None:
        for _ in range(_PIPELINED):
            kernel(*buffers, group_size=_ITEMS, grid_size=_ITEMS, stream=stream, blocking=False)
        stream.synchronize()

    def runs() -> None:
        for _ in range(_PIPELINED):
            schedule.run(stream, blocking=False)
        stream.synchronize()

    cases = {
        CALL: _each(call),
        RUN: _each(runs),
        C: base.launches("pipelined", _PIPELINED, each=True),
        C_ONCE: base.launches("pipelined", _PIPELINED, each=False),
    }
    if theirs:
        queue, add = theirs["queue"], theirs["kernel"]

        def calls() -> None:
            for _ in range(_PIPELINED):
                add(queue, (_ITEMS,), (_ITEMS,), *theirs["buffers"])
            queue.finish()

        cases[PYOPENCL] = _each(calls)
    samples = interleave(cases, seconds)
    of = f"{_PIPELINED} launches in flight, one"
    return _ours(title, of, samples, call=Goal(C, 1.2), run=Goal(C, 1.2))


def _each(body: Callable[[], None]) -> Callable[[], float]:
    """Return a function that measures the time of each of the launches in flight, in us."""
    take = mean_of(body, _nothing, 1)
    return lambda: take() / _PIPELINED


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
