"""The cost of calls from Python, in multiples of a bare compiled cffi call."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import cffi

import nexus
from benchmarks import compiler
from benchmarks.harness import Goal, Report, Row, interleave, per_call, row

BARE, PYBIND11, NANOBIND = "bare call", "pybind11", "nanobind"
QUIET = "no other thread"
_HERE = Path(__file__).parent
_STATEMENTS = {
    "schedule.run()": "schedule.run()",
    "get_property_int(name)": "device.get_property_int('Count')",
    "get_property_int(key)": "device.get_property_int(key)",
    "create_buffer(64).close()": "device.create_buffer(64).close()",
    "create_buffer(64), dropped": "device.create_buffer(64)",
    "error of the plugin": "try: unfinished.run()\nexcept NexusError: pass",
    "error, no such property": "try: device.get_property_int('Sizes')\nexcept NexusError: pass",
}
# The same calls on the classes of peers/.
_THEIRS = {
    "schedule.run()": "{0}_schedule.run()",
    "get_property_int(key)": "{0}_device.get_property_int(number)",
    "create_buffer(64).close()": "{0}_device.create_buffer(64).close()",
    "create_buffer(64), dropped": "{0}_device.create_buffer(64)",
    "error of the plugin": "try: {0}_unfinished.run()\nexcept RuntimeError: pass",
}
_GOALS = {
    "schedule.run()": (Goal(PYBIND11, 0.45), Goal(NANOBIND, 0.45)),
    "get_property_int(key)": (Goal(PYBIND11, 0.45),),
    "create_buffer(64).close()": (Goal(PYBIND11, 0.35),),
    "create_buffer(64), dropped": (Goal(PYBIND11, 0.35),),
    "error of the plugin": (Goal(PYBIND11, 0.2),),
    "error, no such property": (Goal("median", 6000),),
}


def run(quick: bool) -> Report:
    """Time calls of the Python API, of cffi, and of those other bindings that are installed."""
    names = _objects()
    notes = [
        "a bare call, a run, and creating a buffer release the interpreter's lock in Nexus; the "
        "other bindings release it for a run only"
    ]
    with tempfile.TemporaryDirectory() as folder:
        names["bare"] = _bare_call(Path(folder))
        statements = {BARE: "bare(1)", **_STATEMENTS}
        for peer, build in ((PYBIND11, _pybind11), (NANOBIND, _nanobind)):
            if importlib.util.find_spec(peer):
                names |= _their_objects(peer, build(Path(folder)), names)
                theirs = {f"{peer}: {name}": text.format(peer) for name, text in _THEIRS.items()}
                statements |= theirs
            else:
                notes.append(f"{peer} is not installed, so it is not compared")
        cases = {name: per_call(text, names) for name, text in statements.items()}
        samples = interleave(cases, 0.3 if quick else 15)
    rows = [_row(name, taken, samples) for name, taken in samples.items()]
    return Report([*rows, *_beside_a_thread(names, 0.2 if quick else 5)], notes)


def _row(name: str, taken: list[float], samples: dict[str, list[float]]) -> Row:
    against = {} if name == BARE else {BARE: samples[BARE]}
    for peer in (PYBIND11, NANOBIND):
        if theirs := samples.get(f"{peer}: {name}"):
            against[peer] = theirs
    goals = [goal for goal in _GOALS.get(name, ()) if goal.of in ("median", *against)]
    return row(name, "ns", taken, against, *goals)


def _beside_a_thread(names: dict[str, Any], seconds: float) -> list[Row]:
    """Compare a function that never waits with itself, beside a thread that never rests."""
    call = per_call("device.get_property_int(key)", names)
    title = "get_property_int(key) beside a busy thread"
    with _busy_thread() as busy:

        def beside() -> float:
            busy.set()
            try:
                return call()
            finally:
                busy.clear()

        samples = interleave({QUIET: call, title: beside}, seconds)
    return [row(title, "ns", samples[title], {QUIET: samples[QUIET]}, Goal(QUIET, 2.2))]


@contextmanager
def _busy_thread() -> Iterator[threading.Event]:
    """Yield an event; while it is set, another thread runs Python code."""
    busy, end = threading.Event(), threading.Event()

    def work() -> None:
        while not end.is_set():
            busy.wait(0.1)
            while busy.is_set():
                pass

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield busy
    finally:
        end.set()
        thread.join()


def _objects() -> dict[str, Any]:
    device = nexus.get_runtime("cpu").get_device(0)
    nothing = device.load_library(_HERE / "cpu" / "kernels.c").get_kernel("nothing")
    unfinished = device.create_schedule()
    return {
        "device": device,
        "schedule": device.create_schedule(),
        "unfinished": unfinished,
        "command": unfinished.create_command(nothing),
        "key": nexus.property.Count,
        "number": int(nexus.property.Count),
        "NexusError": nexus.NexusError,
    }


def _their_objects(peer: str, module: ModuleType, ours: dict[str, Any]) -> dict[str, Any]:
    device = module.Device(ours["device"].runtime.path, ours["device"].index)
    return {
        f"{peer}_device": device,
        # Handles made by Nexus are valid here: a plugin is loaded once per process.
        f"{peer}_schedule": module.Schedule(device, ours["schedule"]._handle),
        f"{peer}_unfinished": module.Schedule(device, ours["unfinished"]._handle),
    }


def _pybind11(folder: Path) -> ModuleType:
    pybind11 = importlib.import_module(PYBIND11)
    options = (*_options(), f"-I{pybind11.get_include()}")
    return compiler.extension(
        _HERE / "peers" / "pybind11.cpp", folder / "through_pybind11.so", *options
    )


def _nanobind(folder: Path) -> ModuleType:
    nanobind = importlib.import_module(NANOBIND)
    home = Path(nanobind.include_dir()).parent
    options = (
        *_options(),
        f"-I{nanobind.include_dir()}",
        f"-I{home / 'ext/robin_map/include'}",
        "-fno-strict-aliasing",
        "-DNDEBUG",
        str(home / "src/nb_combined.cpp"),
    )
    return compiler.extension(
        _HERE / "peers" / "nanobind.cpp", folder / "through_nanobind.so", *options
    )


def _options() -> tuple[str, ...]:
    return ("-std=c++17", "-fvisibility=hidden", f"-I{nexus.get_include()}")


def _bare_call(folder: Path) -> Callable[[int], int]:
    """Return a compiled function of an int; cffi releases the interpreter lock around it."""
    ffi = cffi.FFI()
    ffi.cdef("int bare(int value);")
    text = "static int bare(int value) { return value; }"
    ffi.set_source("bare", text, compiler_verbose=False)
    source = folder / "bare.c"
    ffi.emit_c_code(str(source))
    bare: Callable[[int], int] = compiler.extension(source, folder / "bare.abi3.so").lib.bare
    return bare
