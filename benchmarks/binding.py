"""The cost of calls from Python, in multiples of a bare compiled cffi call."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sysconfig
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import cffi

import nexus
from benchmarks import compiler
from benchmarks.harness import Goal, Report, interleave, per_call, row

BARE, PYBIND11 = "bare call", "pybind11"
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
# The same calls on the classes of pybind11.cpp.
_THEIRS = {
    "schedule.run()": "their_schedule.run()",
    "get_property_int(key)": "their_device.get_property_int(number)",
    "create_buffer(64).close()": "their_device.create_buffer(64).close()",
    "create_buffer(64), dropped": "their_device.create_buffer(64)",
    "error of the plugin": "try: their_unfinished.run()\nexcept RuntimeError: pass",
}
# 250 ns, 200 ns and 1 us if a bare call takes 57 ns.
_LIMITS = {
    "schedule.run()": 250 / 57,
    "get_property_int(name)": 200 / 57,
    "get_property_int(key)": 200 / 57,
    "create_buffer(64).close()": 1000 / 57,
}


def run(quick: bool) -> Report:
    """Time calls of the Python API, of cffi, and of pybind11 if it is installed."""
    names = _objects()
    with tempfile.TemporaryDirectory() as folder:
        names["bare"] = _bare_call(Path(folder))
        statements = {BARE: "bare(1)", **_STATEMENTS}
        notes = []
        if importlib.util.find_spec(PYBIND11):
            names |= _their_objects(Path(folder), names)
            statements |= {f"{PYBIND11}: {name}": text for name, text in _THEIRS.items()}
        else:
            notes.append("pybind11 is not installed, so it is not compared")
        cases = {name: per_call(text, names) for name, text in statements.items()}
        samples = interleave(cases, 0.3 if quick else 15)
    rows = []
    for name in cases:
        against = {} if name == BARE else {BARE: samples[BARE]}
        if theirs := samples.get(f"{PYBIND11}: {name}"):
            against[PYBIND11] = theirs
        goal = Goal(BARE, _LIMITS[name]) if name in _LIMITS else None
        rows.append(row(name, "ns", samples[name], against, goal))
    return Report(rows, notes)


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


def _their_objects(folder: Path, ours: dict[str, Any]) -> dict[str, Any]:
    pybind11 = importlib.import_module(PYBIND11)
    includes = (pybind11.get_include(), nexus.get_include())
    options = ("-std=c++17", "-fvisibility=hidden", *(f"-I{path}" for path in includes))
    module = _extension(_HERE / "pybind11.cpp", folder / "theirs.so", *options)
    device = module.Device(ours["device"].runtime.path, ours["device"].index)
    return {
        "their_device": device,
        # Handles made by Nexus are valid here: a plugin is loaded once per process.
        "their_schedule": module.Schedule(device, ours["schedule"]._handle),
        "their_unfinished": module.Schedule(device, ours["unfinished"]._handle),
    }


def _bare_call(folder: Path) -> Any:
    """Return a compiled function of an int; cffi releases the interpreter lock around it."""
    ffi = cffi.FFI()
    ffi.cdef("int bare(int value);")
    text = "static int bare(int value) { return value; }"
    ffi.set_source("bare", text, compiler_verbose=False)
    source = folder / "bare.c"
    ffi.emit_c_code(str(source))
    return _extension(source, folder / "bare.abi3.so").lib.bare


def _extension(source: Path, target: Path, *options: str) -> ModuleType:
    """Compile and import a module named after its file."""
    python = f"-I{sysconfig.get_path('include')}"
    link = ["-undefined", "dynamic_lookup"] if sysconfig.get_platform().startswith("mac") else []
    compiler.compile_file(source, target, "-O3", "-shared", "-fPIC", python, *link, *options)
    name = target.name.partition(".")[0]
    loader = importlib.machinery.ExtensionFileLoader(name, str(target))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
